"""A ClickHouse server as the store sees it: run this SQL, put these rows, give Arrow back.

The client is clickhouse-connect's, over HTTP; its embedded form (chdb) takes the same calls, which is how the
tests run the same store in process.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from waypost.analytics.limits import CLICKHOUSE_CONNECT_TIMEOUT_S, CLICKHOUSE_TIMEOUT_S
from waypost.analytics.store.commit import StoreTrouble, StoreUnfit
from waypost.analytics.store.duckdb_reader import first_line

OLDEST_VERSION = (24, 8)
"""The oldest release that is let in: since then views are seen through by the analyzer by default."""

_SETTINGS = {
    "async_insert": 0,
    "max_query_size": 16 * 1024**2,
    "max_partitions_per_insert_block": 0,
    "mutations_sync": 2,
    "prefer_column_name_to_alias": 1,
}
"""Rows are there when their insert is answered; queries list names and numbers; a commit may touch any number
of months; a change waits until it is made; a name means a column first, as everywhere else in SQL."""

_BROKEN = (ClickHouseError, HTTPError, pa.ArrowException)
"""What a refusal, a lost connection and an answer that was cut off look like."""

_BYTES = frozenset({"workspace_id", "link_id", "sketch", "raw", "payload", "watched_id", "click"})
"""Columns of bytes: ClickHouse has one type for text and bytes, and hands both out as text."""


class Server:
    """One database of a server. From any thread. Raises StoreTrouble: whatever the server refuses is tried
    again, because nothing may be skipped on its word."""

    def __init__(self, client: Any) -> None:
        """`client` is clickhouse-connect's. Raises StoreUnfit when the server is too old."""
        self._client = client
        version = str(client.server_version)
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
            oldest = ".".join(map(str, OLDEST_VERSION))
            raise StoreUnfit(f"ClickHouse {version} is too old; {oldest} or later is needed")
        for name, value in _SETTINGS.items():
            client.set_client_setting(name, value)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def table(self, sql: str, texts: Mapping[str, str] | None = None) -> pa.Table:
        """All rows of a query whose text parameters are written `{name:String}`."""
        try:
            found = self._client.query_arrow(sql, parameters=dict(texts or {}) or None, use_strings=True)
        except _BROKEN as error:
            raise StoreTrouble(_told(error)) from error
        return _with_bytes(found)

    def rows(self, sql: str, texts: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
        """The same as tuples."""
        return list(zip(*[column.to_pylist() for column in self.table(sql, texts).columns], strict=True))

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The same, some rows at a time."""
        try:
            with self._client.query_arrow_stream(sql, use_strings=True) as tables:
                yield from tables
        except _BROKEN as error:
            raise StoreTrouble(_told(error)) from error

    def put(self, table: str, rows: pa.Table) -> None:
        """Append rows; the client never sends them twice by itself."""
        try:
            self._client.insert_arrow(table, rows)
        except _BROKEN as error:
            raise StoreTrouble(_told(error)) from error

    def run(self, sql: str, *, wait: bool = True) -> None:
        """Do something; unless told otherwise, wait until rows are changed."""
        try:
            self._client.command(sql if wait else f"{sql} SETTINGS mutations_sync = 0")
        except _BROKEN as error:
            raise StoreTrouble(_told(error)) from error


def connected(url: str) -> Server:
    """The server of `clickhouse://user:password@host:port/database`; `clickhouses://` speaks TLS. Raises
    StoreUnfit in one sentence that never holds the password."""
    parts = urlsplit(url)
    for name in ("urllib3", "clickhouse_connect"):  # each failure is raised, and told once by whoever waits
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = clickhouse_connect.get_client(
            host=parts.hostname,
            port=parts.port,
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or "default",
            secure=parts.scheme == "clickhouses",
            connect_timeout=CLICKHOUSE_CONNECT_TIMEOUT_S,
            send_receive_timeout=CLICKHOUSE_TIMEOUT_S,
            autogenerate_session_id=False,
            form_encode_query_params=True,  # a list of links does not fit into an address
            client_name="waypost-analytics",
        )
    except (ClickHouseError, OSError) as error:
        where = f"{parts.hostname}:{parts.port or 8123}"
        raise StoreUnfit(f"cannot use ClickHouse at {where}: {_told(error)}") from error
    return Server(client)


def _told(error: Exception) -> str:
    """What went wrong, without the address, whose parameters fill a screen."""
    reason = getattr(error.__cause__, "reason", None)
    return str(reason).rpartition("): ")[2] if reason else first_line(error)


def _with_bytes(found: pa.Table) -> pa.Table:
    for index, field in enumerate(found.schema):
        if field.name in _BYTES and pa.types.is_string(field.type):
            found = found.set_column(index, field.name, found[field.name].cast(pa.binary()))
    return found
