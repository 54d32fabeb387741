"""A ClickHouse for tests: the engine itself in this process (chdb), or the server that
`WAYPOST_TEST_CLICKHOUSE_URL` names, of which each test takes a database of its own."""

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import clickhouse_connect

from waypost.analytics.store.clickhouse_server import Server, connected

URL = os.environ.get("WAYPOST_TEST_CLICKHOUSE_URL", "").rstrip("/")


def database(directory: Path) -> str:
    """The database that stands for a directory."""
    return "waypost_test_" + "_".join(str(directory.absolute()).strip("/").split("/")[-3:]).replace("-", "_")


def server(name: str) -> Server:
    """A new connection to a database, which is made when it is not there."""
    if URL:
        connected(f"{URL}/default").run(f"CREATE DATABASE IF NOT EXISTS `{name}`")
        return connected(f"{URL}/{name}")
    client = embedded(_engine_directory())
    client.command(f"CREATE DATABASE IF NOT EXISTS `{name}`")
    client.database = name
    return Server(client)


def embedded(directory: str) -> Any:
    """The client of the engine in this process; an engine has one directory for as long as it lives."""
    return clickhouse_connect.get_client(interface="chdb", path=directory)


@functools.cache
def _engine_directory() -> str:
    directory = tempfile.mkdtemp(prefix="waypost-chdb-")
    # A client that stays open keeps the engine; opening it takes longer than any question.
    keeper = embedded(directory)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    atexit.register(keeper.close)
    return directory
