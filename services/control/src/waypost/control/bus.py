"""The API's line to the broker: answers come when it is there, a typed fault when it is not."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

import msgspec

from waypost.control.model.faults import Invalid, Unavailable
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import codec, subjects
from waypost.wire.packing import Damaged, lines_of
from waypost.wire.queries import UNAVAILABLE, Query
from waypost.wire.scan_events import ExportChunk, ExportQuery

AnswerT = TypeVar("AnswerT")
_QUERY_TIMEOUT_S = 10.0
_log = Log(__name__)


class Bus:
    """Connects in the background and for ever, so that the API serves while the broker is away."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._broker: Broker | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._wakes: set[asyncio.Task[None]] = set()
        self._asked: dict[bytes, asyncio.Task[object]] = {}
        """Questions on their way that others may wait for, too."""

    @classmethod
    def over(cls, broker: Broker) -> "Bus":
        """The same line over a connection that somebody else made and closes."""
        bus = cls("", "")
        bus._broker = broker
        return bus

    def start(self) -> None:
        """Begin to connect."""
        if self._url:
            self._connecting = asyncio.create_task(self._connect())

    async def close(self) -> None:
        """End the connection and every attempt to make one."""
        for task in [*self._wakes, *([self._connecting] if self._connecting else [])]:
            task.cancel()
        if self._broker is not None:
            await self._broker.close()

    @property
    def is_connected(self) -> bool:
        """Whether the broker could be asked right now."""
        return self._broker is not None and self._broker.is_connected

    def wake_worker(self) -> None:
        """Tell the worker that something was committed. When this is lost, it looks within a second."""
        if self.is_connected:
            task = asyncio.get_running_loop().create_task(self._wake())
            self._wakes.add(task)
            task.add_done_callback(self._wakes.discard)

    async def ask(self, query: Query, answer_type: type[AnswerT]) -> AnswerT:
        """Ask analytics. Raises Unavailable when it does not answer, Invalid when it refuses a field."""
        raw = await self.request(subjects.ANALYTICS_QUERY, codec.encode(query))
        reply = codec.decode_reply(raw)
        if reply.error is not None:
            if reply.error.code == UNAVAILABLE:
                _log.warning("analytics_unavailable", error=reply.error.message)
                raise Unavailable("Analytics")
            raise Invalid(reply.error.field, reply.error.message)
        if reply.answer is None:
            raise Unavailable("Analytics")
        return msgspec.msgpack.decode(reply.answer, type=answer_type)

    async def ask_together(self, query: Query, answer_type: type[AnswerT]) -> AnswerT:
        """The same for a question that many have at once: while it is on its way, an equal one waits for its
        answer."""
        key = codec.encode(query)
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.create_task(self._ask_any(query, answer_type))
            asked.add_done_callback(lambda _: self._asked.pop(key))
            asked.add_done_callback(_heard)
        answer = await asyncio.shield(asked)
        assert isinstance(answer, answer_type)
        return answer

    async def _ask_any(self, query: Query, answer_type: type[object]) -> object:
        return await self.ask(query, answer_type)

    async def export(self, query: ExportQuery) -> AsyncGenerator[ExportChunk]:
        """The chunks of an export, opened; while one is used, the next is fetched. Raises as `ask` does."""
        query = msgspec.structs.replace(query, packed=True)
        chunk = await self.ask(query, ExportChunk)
        while chunk.cursor >= 0:
            query = msgspec.structs.replace(query, after=chunk.cursor)
            coming = asyncio.create_task(self.ask(query, ExportChunk))
            coming.add_done_callback(_heard)
            try:
                yield _opened(chunk)
                chunk = await coming
            finally:
                coming.cancel()
        yield _opened(chunk)

    async def request(self, subject: str, payload: bytes) -> bytes:
        """One request over the broker. Raises Unavailable."""
        if self._broker is None or not self._broker.is_connected:
            raise Unavailable("Analytics")
        try:
            return await self._broker.request(subject, payload, timeout_s=_QUERY_TIMEOUT_S)
        except BrokerUnavailable as error:
            raise Unavailable("Analytics") from error

    async def _connect(self) -> None:
        self._broker = await Broker.connect(self._url, self._name)

    async def _wake(self) -> None:
        if self._broker is None:
            return
        try:
            await self._broker.broadcast(subjects.CONTROL_WAKE, b"")
        except BrokerUnavailable:
            _log.debug("wake_not_sent")  # the worker's own clock finds the change within a second


def _heard(task: asyncio.Task[Any]) -> None:
    """Who has left needs no word of a failure that came too late."""
    if not task.cancelled():
        task.exception()


def _opened(chunk: ExportChunk) -> ExportChunk:
    try:
        return ExportChunk(lines_of(chunk), chunk.rows, chunk.cursor)
    except Damaged as error:
        _log.error("export_damaged", cause=error)
        raise Unavailable("Analytics") from error
