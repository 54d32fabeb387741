"""Clients of the CodeQR dialect: in this process, and over a real socket for other languages."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from tests.contract.world import World

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
