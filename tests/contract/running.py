"""A Waypost of this process on a port of its own, and programs of other languages that call it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from tests.contract.world import World

from waypost.control.app import asgi

DEADLINE_S = 60.0


@asynccontextmanager
async def serving(world: World, app: Any = None) -> AsyncIterator[str]:
    """The address of a world, or of another ASGI application over it, without a dialect's prefix."""
    # Said to be TCP, or asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    served = app or asgi(world.control)
    server = uvicorn.Server(uvicorn.Config(served, log_config=None, lifespan="off", ws="none"))
    running = asyncio.create_task(server.serve([listening]))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not server.started:
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


async def output(*command: str, script: str = "", env: Mapping[str, str] | None = None) -> str:
    """What a program writes that reads a script; it must end well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )
    out, err = await asyncio.wait_for(process.communicate(script.encode()), DEADLINE_S)
    assert process.returncode == 0, err.decode()
    return out.decode()
