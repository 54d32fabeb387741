"""A receiver of webhooks: a real HTTP server on loopback that remembers and can misbehave."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from standardwebhooks.webhooks import Webhook

_ANSWER_S = 30.0


class Received:
    """One request as it came in."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)

    def verify(self, secret: str) -> None:
        """Raise WebhookVerificationError unless the Standard Webhooks signature is right."""
        Webhook(secret).verify(self.body, self.headers, json_parse=False)


Answer = tuple[int, dict[str, str], bytes]
Behave = Callable[[Received], Awaitable[Answer]]


async def accept(_received: Received) -> Answer:
    """204, as good receivers do."""
    return 204, {}, b""


async def hang(_received: Received) -> Answer:
    """Take the request and never answer."""
    await asyncio.sleep(_ANSWER_S)
    return 204, {}, b""


def answering(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Behave:
    """Always the same answer."""

    async def behave(_received: Received) -> Answer:
        return status, headers or {}, body

    return behave


class Receiver:
    """Use as a context. `behave` decides the answer, by path when `paths` has one for it."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.behave: Behave = accept
        self.paths: dict[str, Behave] = {}
        self.under_way: dict[str, int] = {}
        self.most_under_way: dict[str, int] = {}
        self.port = 0
        self._changed = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()
        self._handlers: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "Receiver":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._handlers:
            task.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)
        await asyncio.sleep(0)  # lets the transports run their last callback

    async def wait_for(
        self, count: int, *, path: str | None = None, timeout_s: float = 20.0
    ) -> list[Received]:
        """Wait until so many requests came in (to a path) and return them."""

        def mine() -> list[Received]:
            return [each for each in self.received if path is None or each.path == path]

        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: len(mine()) >= count)
        return mine()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self._handlers.add(asyncio.ensure_future(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                received = await _read(reader)
                status, headers, body = await self._answer(received)
                lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, received: Received) -> Answer:
        path = received.path
        self.under_way[path] = self.under_way.get(path, 0) + 1
        self.most_under_way[path] = max(self.most_under_way.get(path, 0), self.under_way[path])
        async with self._changed:
            self.received.append(received)
            self._changed.notify_all()
        try:
            return await self.paths.get(path, self.behave)(received)
        finally:
            self.under_way[path] -= 1


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split(" ")[1], headers, body)
