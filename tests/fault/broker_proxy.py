"""A proxy between a client and nats-server that loses what it is told to lose."""

import asyncio
import contextlib
from collections.abc import Callable

_WITH_PAYLOAD = (b"MSG ", b"HMSG ", b"PUB ", b"HPUB ")
_END = b"\r\n"

Judge = Callable[[bytes, bytes], bool]
"""Says of one protocol line and its payload whether it is lost."""


class BrokerProxy:
    """Forwards the NATS protocol frame by frame. `loses` judges every frame that carries a payload, either way;
    `cuts` those after whose first half both connections end."""

    def __init__(self, upstream_port: Callable[[], int], *, loses: Judge, cuts: Judge) -> None:
        self._upstream_port = upstream_port
        self._loses = loses
        self._cuts = cuts
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.lost = 0
        self.cut = 0

    @property
    def url(self) -> str:
        """Where clients connect."""
        assert self._server is not None
        return f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        """End every connection."""
        assert self._server is not None
        self._server.close()
        serving = list(self._open)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream_port())
        except OSError:
            await _end(writer)
            self._open.discard(task)
            return
        pumps = [
            asyncio.ensure_future(self._pump(reader, up_writer)),
            asyncio.ensure_future(self._pump(up_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await _end(writer)
            await _end(up_writer)
            self._open.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one direction until it ends or is cut."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                payload = b""
                if line.upper().startswith(_WITH_PAYLOAD):
                    payload = await reader.readexactly(int(line.split()[-1]) + len(_END))
                    if self._loses(line, payload):
                        self.lost += 1
                        continue
                    if self._cuts(line, payload):
                        self.cut += 1
                        writer.write(line + payload[: len(payload) // 2])
                        await writer.drain()
                        return
                writer.write(line + payload)
                await writer.drain()


async def _end(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once, and wait until it is."""
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
