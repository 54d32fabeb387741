"""Canaries and real servers that the guarded client is set upon."""

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.control.outgoing.authority import Authority

from waypost.control.outgoing.addresses import Address
from waypost.control.outgoing.faults import ResolutionFailed

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_connects: list[object] = []
_watching = False


def _witness(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event == "socket.connect":
        _connects.append(arguments[1])


sys.addaudithook(_witness)


class Canary:
    """Listens on every local address; `touched` counts connections, `attempts` the calls of connect."""

    def __init__(self) -> None:
        self.port = 0
        self.touched = 0

    @property
    def attempts(self) -> list[object]:
        """Every address this process tried to connect to since the canary sat down."""
        return list(_connects)

    async def _touch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.touched += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    """A listener that must never be reached, with an audit hook on connect as second witness."""
    global _watching  # noqa: PLW0603 - an audit hook cannot be removed, so it is switched
    bird = Canary()
    both = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    server = await asyncio.start_server(bird._touch, sock=both)
    bird.port = both.getsockname()[1]
    _connects.clear()
    _watching = True
    yield bird
    _watching = False
    server.close()
    await server.wait_closed()


class NamesOf:
    """A resolver of fixed names. A name with several answers gives them one after another."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[Address]:
        """The next answer for the name, the last one for ever."""
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise ResolutionFailed(host, "NXDOMAIN")
        answer = answers[0] if len(answers) == 1 else answers.pop(0)
        return [ip_address(text) for text in answer]


@asynccontextmanager
async def serving(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A TCP (or TLS) server on loopback for the time of the block; gives its port."""

    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            writer.transport.abort()
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(handle(reader, writer))
        writers.append(writer)
        handlers.add(task)

    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await asyncio.sleep(0)  # lets the transports run their last callback


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of this test run's own."""
    return Authority(Path(tmp_path_factory.mktemp("authority")))
