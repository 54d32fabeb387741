"""The fast lane: requests whose header block was seen before are answered from inside the parser.

What arrives in one turn of the event loop waits for its end. Then it is answered together: the scans are written
with one system call, and behind it the answers are sent, so that none is sent before it is recorded. What is not
known is read strictly by its connection.
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Protocol

import lmdb

from waypost.facts.client_ip import TrustedProxies, network_of
from waypost.redirect.answer import STATUS_LINES, Answer
from waypost.redirect.asset_file import is_asset
from waypost.redirect.blocks import Block, Blocks
from waypost.redirect.client import Request
from waypost.redirect.counters import Counters, slot
from waypost.redirect.edge import Edge
from waypost.redirect.full_lane import FAILED, UNAVAILABLE, counter_of
from waypost.redirect.head import Head
from waypost.redirect.limits import IDLE_DEADLINE_S, URL_BYTES_MAX
from waypost.redirect.plain_link import BEFORE_TARGET
from waypost.redirect.plain_path import Left, Peer, PlainPath
from waypost.redirect.recorder import Recorder
from waypost.redirect.replica import StoreMissing
from waypost.redirect.store_format import ValueDamaged
from waypost.runtime.logs import Log

_log = Log(__name__)
_METHOD = b"GET "
_TARGET = re.compile(rb"/[!\"$-~]*")
"""An address in origin form: printable, without a blank or a fragment."""
_COUNTER_OF = {status: slot(counter_of(status)) for status in STATUS_LINES}
_REDIRECTS = slot("answers_redirect")
_FAST, _KNOWN, _NEW = slot("requests_fast"), slot("headers_known"), slot("headers_new")


class Connection(Protocol):
    """What the lane wants of a connection."""

    peer: Peer
    transport: asyncio.Transport
    send: Callable[[bytes], object]
    """The transport's `write`, looked up once."""
    deadline_s: float
    is_free: bool
    """Nothing that came before is read, answered or waited for."""

    def read(self, data: bytes) -> None:
        """The lane does not know the request: read it strictly."""


class FastLane:
    """Answers requests. One per worker, shared by its connections."""

    def __init__(
        self,
        edge: Edge,
        plain: PlainPath,
        recorder: Recorder,
        refresh: Callable[[], int],
        record: Callable[[], None],
        now_ms: Callable[[], int],
        counters: Counters,
        country_header: bytes,
        trusted: TrustedProxies,
        *,
        is_on: bool,
    ) -> None:
        self._edge = edge
        self._plain = plain
        self._recorder = recorder
        self._refresh = refresh
        self.record = record
        """Write the scans of the answers that are about to be sent."""
        self._now_ms = now_ms
        self.counters = counters
        self._words = counters.words
        self.country_header = country_header
        self._trusted = trusted
        self.is_on = is_on
        self.now_s = time.monotonic()
        """A clock for deadlines, moved by the worker's timer."""
        self.arrived: list[tuple[Connection, bytes]] = []
        """What free connections received in this turn. Who appends the first calls `begin_turn` before."""
        self._turn_began_ns = 0
        self._blocks = Blocks(recorder, country_header)
        self._date_headers: list[tuple[bytes, bytes]] | None = None
        self.date_line = b""
        """The headers that every answer of uvicorn begins with, as bytes."""
        self._before_target = b""
        """The date and what else comes before the destination of a redirect."""

    def begin_turn(self) -> None:
        """The first of a turn arrives: answer all of them at its end."""
        asyncio.get_running_loop().call_soon(self.flush)
        self._turn_began_ns = time.perf_counter_ns()

    def flush(self) -> None:
        """Answer what arrived: scans first, then what is sent. The time of the first is taken."""
        if not self.arrived:
            self.record()
            return
        arrived = self.arrived.copy()
        self.arrived.clear()
        now_ms = self._now_ms()
        self._recorder.set_clock(now_ms)
        self._plain.begin(self._follow_changes(), now_ms)
        held: list[tuple[Connection, bytes, bool]] = []
        left = self._plain.follow(arrived, self._blocks, self._before_target, held.append)
        plain = len(held)
        unknown = [each for each in left if not self._is_answered(each, held)] if left else left
        self.record()
        deadline_s = self.now_s + IDLE_DEADLINE_S
        for connection, response, closes in held:
            connection.deadline_s = deadline_s
            connection.is_free = True
            connection.send(response)
            if closes:
                connection.transport.close()
        words = self._words
        words[_KNOWN] += len(held)
        words[_FAST] += plain
        words[_REDIRECTS] += plain
        if held:
            self.counters.observe((time.perf_counter_ns() - self._turn_began_ns) // 1_000)
        for each in unknown:
            try:
                each.asker.read(each.data)
            except Exception as error:  # noqa: BLE001 - as the event loop does: a fault ends only its connection
                _log.error("connection_failed", cause=error)
                each.asker.transport.abort()

    def _is_answered(self, left: Left[Connection], held: list[tuple[Connection, bytes, bool]]) -> bool:
        """Answer a request of a known block that is none of the plain path's."""
        block = left.block
        if block is None:
            return False
        if left.fault is not None:
            response: bytes | None = self._response(self._fault(left.fault), block)
        else:
            response = self._answer_known(block, left.line, left.forwarded, left.asker.peer)
        if response is None:
            return False
        held.append((left.asker, response, block.closes))
        return True

    def _follow_changes(self) -> int:
        """See what the agent changed since; the generation of what is seen."""
        try:
            return self._refresh()
        except (lmdb.Error, OSError) as error:
            # Whoever looks something up meets it again, and answers that it cannot.
            _log.error("store_not_read", cause=error)
            return -1

    def _answer_known(self, block: Block, line: bytes, forwarded: bytes, peer: Peer) -> bytes | None:
        """The response for a known block that is none of the plain path's; None for another method than GET."""
        target = line[len(_METHOD) :]
        if not line.startswith(_METHOD) or len(line) > URL_BYTES_MAX or not _TARGET.fullmatch(target):
            return None
        text = forwarded.decode("latin-1")
        if not text.isprintable() or is_asset(target):
            return None
        path, _, query = target.partition(b"?")
        return self._response(self._answer(Request("GET", path, query, peer.text, block.client, text)), block)

    def _response(self, answer: Answer, block: Block) -> bytes:
        return b"".join(
            (STATUS_LINES[answer.status], self.date_line, answer.raw_headers, block.end, answer.body)
        )

    def answer(self, request: Request) -> Answer:
        """Answer a request that its connection has read; what the edge itself cannot answer is "try again"."""
        began_ns = time.perf_counter_ns()
        self._follow_changes()
        answer = self._answer(request)
        self.counters.observe((time.perf_counter_ns() - began_ns) // 1_000)
        return answer

    def remember(self, raw: bytes, head: Head) -> None:
        """Keep the block of a request that was answered, so that its next one is known."""
        if self._blocks.remember(raw, head):
            self._words[_NEW] += 1

    def peer(self, text: str) -> Peer:
        """The other end of a connection, by its address as the system writes it."""
        return Peer(text, *self._trusted.peer(text))

    def network(self, peer: Peer) -> str:
        """Whose connections are counted together: an IPv4 address, an IPv6 /64; "" for a trusted proxy."""
        return "" if peer.is_trusted else network_of(peer.address)

    def count(self, status: int) -> None:
        """Count an answer that came from nowhere else."""
        self._words[_COUNTER_OF[status]] += 1

    def tick(self, date_headers: list[tuple[bytes, bytes]]) -> None:
        """Move the clock, and take over uvicorn's default headers, which change once a second."""
        self.now_s = time.monotonic()
        if date_headers is not self._date_headers:
            self._date_headers = date_headers
            self.date_line = b"".join([b"%b: %b\r\n" % header for header in date_headers])
            self._before_target = self.date_line + BEFORE_TARGET

    def _answer(self, request: Request) -> Answer:
        self._words[_FAST] += 1
        try:
            answer = self._edge.answer(request)
        except Exception as error:  # noqa: BLE001 - as Starlette does: a fault in one request ends only that one
            return self._fault(error)
        self._words[_COUNTER_OF[answer.status]] += 1
        return answer

    def _fault(self, error: Exception) -> Answer:
        """What is answered when the edge itself cannot."""
        answer = UNAVAILABLE
        if isinstance(error, ValueDamaged):
            self.counters.add("values_damaged")
            _log.error("value_damaged", key=error.key.hex())
        elif not isinstance(error, StoreMissing):
            _log.error("request_failed", cause=error)
            answer = FAILED
        self._words[_COUNTER_OF[answer.status]] += 1
        return answer
