"""The protocol of every edge connection: limits first, then the fast lane, else the full lane.

uvicorn has no deadline for headers, no limit on their number and no limit on a URL, so all of that is
here: each request head is read strictly by `head`, answered at once when the edge can, and handed to
uvicorn's own parser and the Starlette application otherwise, one request at a time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from waypost.redirect.answer import STATUS_LINES, Answer
from waypost.redirect.asset_file import is_asset
from waypost.redirect.client import Request, read_client
from waypost.redirect.fast_lane import FastLane
from waypost.redirect.full_lane import refusal
from waypost.redirect.head import Head, parse_head
from waypost.redirect.limits import (
    BUFFER_BYTES_MAX,
    CONNECTIONS_MAX,
    CONNECTIONS_PER_CLIENT_MAX,
    HEAD_BYTES_MAX,
    HEAD_DEADLINE_S,
    IDLE_DEADLINE_S,
    PIPELINED_MAX,
    URL_BYTES_MAX,
    WRITE_DEADLINE_S,
)
from waypost.redirect.request import BadRequest, forwarded_for, read_headers

_END = b"\r\n\r\n"
_NEVER = float("inf")


class Connections:
    """All connections of a worker: how many there are, from whom, and which have been too slow."""

    def __init__(self, lane: FastLane) -> None:
        self.lane = lane
        self._open: set[HttpGuard] = set()
        self._by_client: Counter[str] = Counter()

    def admit(self, guard: "HttpGuard", client: str) -> bool:
        """Take a connection in, unless there are too many; a trusted proxy may have any number."""
        if len(self._open) >= CONNECTIONS_MAX:
            return False
        if client and self._by_client[client] >= CONNECTIONS_PER_CLIENT_MAX:
            return False
        self._open.add(guard)
        self._by_client[client] += 1
        return True

    def forget(self, guard: "HttpGuard", client: str) -> None:
        """A connection is gone."""
        if guard in self._open:
            self._open.discard(guard)
            self._by_client[client] -= 1
            if not self._by_client[client]:
                del self._by_client[client]

    def sweep(self) -> None:
        """Close what is past its deadline. Called twice a second; cheaper than a timer per request."""
        now_s = time.monotonic()
        for guard in [each for each in self._open if each.deadline_s <= now_s]:
            self.lane.counters.add("connections_timed_out")
            guard.abort()


class FullLaneProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, made for a connection that has a request for the full lane."""

    on_done: Callable[[], None]

    def on_response_complete(self) -> None:
        """Say so; deadlines are the guard's, not uvicorn's."""
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self.on_done()


class HttpGuard(asyncio.Protocol):
    """One connection. uvicorn makes them; `shared` is set on a subclass by `protocol_for`."""

    __slots__ = (
        "_arrived",
        "_buffer",
        "_config",
        "_full",
        "_is_busy",
        "_is_read_paused",
        "_is_write_paused",
        "_lane",
        "_loop",
        "_network",
        "_server_state",
        "deadline_s",
        "is_free",
        "peer",
        "send",
        "transport",
    )
    shared: Connections

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._lane = self.shared.lane
        self._arrived = self._lane.arrived
        self._full: FullLaneProtocol | None = None
        self._buffer = b""
        self._is_busy = self._is_write_paused = self._is_read_paused = False
        self.is_free = True
        """Nothing of it is read, answered or waited for: what arrives may be given to the lane."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Admit or close a new connection, and start its first deadline."""
        self.transport = transport
        self.send: Callable[[bytes], object] = transport.write
        self._server_state.connections.add(self)  # type: ignore[arg-type]  # it has what the server calls
        address = transport.get_extra_info("peername")
        self.peer = self._lane.peer(str(address[0]) if isinstance(address, tuple) else "")
        self.deadline_s = self._lane.now_s + HEAD_DEADLINE_S
        self._network = self._lane.network(self.peer)
        if not self.shared.admit(self, self._network):
            self._lane.counters.add("connections_refused")
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.shared.forget(self, self._network)
        self._server_state.connections.discard(self)
        if self._full is not None:
            self._full.connection_lost(exc)

    def shutdown(self) -> None:
        """The server ends: close once nothing is in work."""
        if self._full is not None and self._is_busy:
            self._full.shutdown()
        else:
            self.transport.close()

    def abort(self) -> None:
        """Close at once."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes: to the lane, as long as nothing waits before them."""
        if self.is_free:
            self.is_free = False
            arrived = self._arrived
            if not arrived:
                self._lane.begin_turn()
            arrived.append((self, data))
        else:
            self._lane.flush()  # what came before goes first
            self.read(data)

    def read(self, data: bytes) -> None:
        """Read what the lane does not know, strictly."""
        if not self._buffer:
            self.deadline_s = min(self.deadline_s, time.monotonic() + HEAD_DEADLINE_S)
        self._buffer += data
        self._process()

    def pause_writing(self) -> None:
        """The client does not read: no more answers, and not for ever."""
        self._is_write_paused = True
        self.is_free = False
        if self._full is not None:
            self._full.pause_writing()
        self.deadline_s = time.monotonic() + WRITE_DEADLINE_S

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_write_paused = False
        if self._full is not None:
            self._full.resume_writing()
        self.deadline_s = time.monotonic() + IDLE_DEADLINE_S
        self._process()

    def _hand_over(self, raw: bytes) -> None:
        """Give one whole request to the full lane, and wait until it is done."""
        self._is_busy = True
        self.deadline_s = _NEVER
        if self._full is None:
            self._full = FullLaneProtocol(self._config, self._server_state, {}, self._loop)
            self._full.on_done = self._full_lane_done
            self._full.connection_made(self.transport)
        self._full.data_received(raw)

    def _full_lane_done(self) -> None:
        self._is_busy = False
        self.deadline_s = time.monotonic() + (HEAD_DEADLINE_S if self._buffer else IDLE_DEADLINE_S)
        if self._buffer:
            self._loop.call_soon(self._process)
        else:
            self.is_free = not self._is_write_paused

    def _process(self) -> None:
        """Answer or hand over whole requests, in their order, until something must be waited for."""
        for _ in range(PIPELINED_MAX):
            if self._is_busy or self.transport.is_closing() or self._is_write_paused or not self._buffer:
                break
            try:
                if not self._next():
                    break
            except BadRequest as bad:
                self._refuse(bad)
        else:
            if _END in self._buffer:
                self._refuse(BadRequest(400, "too many requests at once"))
        self._set_reading(is_paused=len(self._buffer) > BUFFER_BYTES_MAX)
        self.is_free = not (self._buffer or self._is_busy or self._is_write_paused)

    def _set_reading(self, *, is_paused: bool) -> None:
        """Stop reading while more waits than is good, so that the client has to wait too."""
        if is_paused is self._is_read_paused or self.transport.is_closing():
            return
        self._is_read_paused = is_paused
        if is_paused:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _next(self) -> bool:
        """Take the first request of the buffer; False when it is not whole yet. Raises BadRequest."""
        end = self._buffer.find(_END)
        if end < 0 or end > HEAD_BYTES_MAX:
            self._check_unfinished()
            return False
        head = parse_head(self._buffer[:end])
        size = end + len(_END) + head.body_bytes
        if len(self._buffer) < size:
            return False
        raw, self._buffer = self._buffer[:size], self._buffer[size:]
        self.deadline_s = time.monotonic() + IDLE_DEADLINE_S
        if head.method == b"POST" or not self._lane.is_on or is_asset(head.path):
            self._hand_over(raw)
            return True
        answer = self._answer(head)
        self._write(answer, head)
        self._lane.remember(raw, head)
        return True

    def _answer(self, head: Head) -> Answer:
        headers = read_headers(head.headers, self._lane.country_header)
        client = read_client(headers)
        method = head.method.decode()
        request = Request(method, head.path, head.query, self.peer.text, client, forwarded_for(head.headers))
        return self._lane.answer(request)

    def _write(self, answer: Answer, head: Head) -> None:
        close = b"" if head.keep_alive else b"connection: close\r\n"
        body = b"" if head.method == b"HEAD" else answer.body
        self._lane.flush()
        self.transport.write(
            STATUS_LINES[answer.status] + self._lane.date_line + answer.raw_headers + close + b"\r\n" + body
        )
        if not head.keep_alive:
            self.transport.close()

    def _check_unfinished(self) -> None:
        """An unfinished head must not grow beyond its limits. Raises BadRequest."""
        line_end = self._buffer.find(b"\r\n")
        if line_end > URL_BYTES_MAX or (line_end < 0 and len(self._buffer) > URL_BYTES_MAX):
            raise BadRequest(414, "the address is too long")
        if len(self._buffer) > HEAD_BYTES_MAX:
            raise BadRequest(431, "the headers are too long")
        if self._buffer[:1] in {b"\r", b"\n"} or b"\n\n" in self._buffer:
            raise BadRequest(400, "a line does not end as it should")

    def _refuse(self, bad: BadRequest) -> None:
        """Say why and close: after a request we do not understand, nothing on the connection is certain."""
        answer = refusal(bad)
        self._buffer = b""
        self._lane.count(answer.status)
        self.transport.write(
            STATUS_LINES[answer.status]
            + self._lane.date_line
            + answer.raw_headers
            + b"connection: close\r\n\r\n"
            + answer.body
        )
        self.transport.close()


def protocol_for(connections: Connections) -> type[Any]:
    """The protocol class to give to uvicorn as `http=`."""
    return type("BoundHttpGuard", (HttpGuard,), {"__slots__": (), "shared": connections})
