"""Clients of the CodeQR dialect: in this process, and over a real socket for other languages."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import uvicorn
from tests.analytics.counting import Bench
from tests.contract.world import World
from tests.control.test_reports import LocalBus

from waypost.analytics.desk import Desk
from waypost.control.app import asgi
from waypost.control.dialects.codeqr.dialect import CODEQR

START_DEADLINE_S = 20.0
KEY = "codeqr_0123456789abcdefghijklmn"


@pytest.fixture
async def vendor_key(world: World) -> str:
    """A key in the vendor's form that opens everything."""
    await world.add_key(KEY)
    return KEY


@pytest.fixture
async def client(world: World, vendor_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """As a user of the vendor has it."""
    async with world.client(CODEQR, vendor_key) as opened:
        yield opened


@pytest.fixture
async def served(world: World, vendor_key: str) -> AsyncIterator[str]:
    """The base URL of the dialect on a port of its own, whose clients send the key."""
    del vendor_key
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(asgi(world.control), log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        async with asyncio.timeout(START_DEADLINE_S):
            while not server.started:
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/codeqr"
    finally:
        server.should_exit = True
        await serving
        listening.close()


@pytest.fixture
def bench(world: World, tmp_path: Path) -> Iterator[Bench]:
    """A scan store in this process, which the dialect asks; only the broker is left out."""
    bench = Bench(tmp_path / "analytics")
    nobody = cast("Any", None)  # the broker and the consumer are asked for status only
    with ThreadPoolExecutor(2) as threads:

        def in_store(function: Any, *values: Any) -> "asyncio.Future[Any]":
            return asyncio.get_running_loop().run_in_executor(threads, function, *values)

        desk = Desk(nobody, bench.store, bench.ingest, nobody, bench.commands, in_store, threads)
        world.control.bus = LocalBus(desk)
        yield bench
    bench.store.close()
