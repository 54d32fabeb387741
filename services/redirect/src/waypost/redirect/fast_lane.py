"""The fast lane: requests whose header block was seen before are answered from inside the parser.

Two browsers of one make send the same block but for their address, so reading a block once and then
recognising its bytes beats every parser. What is remembered was read strictly the first time.
"""

import asyncio
import time
from collections.abc import Callable

from msgspec import Struct

from waypost.facts.client_ip import TrustedProxies, parse_address
from waypost.redirect.answer import STATUS_LINES, Answer
from waypost.redirect.asset_file import is_asset
from waypost.redirect.client import Client, Request, read_client
from waypost.redirect.counters import Counters, slot
from waypost.redirect.edge import Edge
from waypost.redirect.full_lane import FAILED, UNAVAILABLE, counter_of
from waypost.redirect.head import Head, parse_fields
from waypost.redirect.limits import HEADER_BLOCKS_MAX, REMEMBERED_BLOCK_BYTES_MAX, URL_BYTES_MAX
from waypost.redirect.replica import StoreMissing
from waypost.redirect.request import BadRequest, read_headers
from waypost.redirect.store_format import ValueDamaged
from waypost.runtime.logs import Log

_log = Log(__name__)
_FORWARDED = b"\r\nX-Forwarded-For: "
_VERSION = b" HTTP/1.1"
_END = b"\r\n\r\n"
CLOSING = b"connection: close\r\n"
_COUNTER_OF = {status: slot(counter_of(status)) for status in STATUS_LINES}
_FAST, _KNOWN, _NEW = slot("requests_fast"), slot("headers_known"), slot("headers_new")
_OBSERVE_EVERY = 16
"""One answer of so many is timed: enough for a histogram, too few to cost anything."""


class _Block(Struct, frozen=True):
    """A remembered header block: what it says, and nothing that could change how the request is framed."""

    client: Client
    closing: bytes
    """The header that says so, when the client wants the connection closed behind the answer."""


class FastLane:
    """Answers requests without waiting. One per worker, shared by its connections."""

    def __init__(
        self,
        edge: Edge,
        refresh: Callable[[], int],
        record: Callable[[], None],
        counters: Counters,
        country_header: bytes,
        trusted: TrustedProxies,
        *,
        is_on: bool,
    ) -> None:
        self._edge = edge
        self._record = record
        self._held: list[tuple[asyncio.Transport, bytes, bool]] = []
        self._refresh = refresh
        self.counters = counters
        self._words = counters.words
        self.country_header = country_header
        self._trusted = trusted
        self.is_on = is_on
        self.now_s = time.monotonic()
        """A clock for deadlines, moved by the worker's timer."""
        self._young: dict[bytes, _Block] = {}
        self._old: dict[bytes, _Block] = {}
        self._date_headers: list[tuple[bytes, bytes]] | None = None
        self.date_line = b""
        """The headers that every answer of uvicorn begins with, as bytes."""
        self._since_observed = 0

    def take_known(self, data: bytes, peer: str, transport: asyncio.Transport) -> bool:
        """Answer exactly one whole GET whose header block is remembered; False for anything else.

        The response is held to the end of this turn of the event loop, so that the scans of a turn cost one
        system call, and still none is answered before it is written.
        """
        line_end = data.find(b"\r\n")
        if data[:5] != b"GET /" or data[line_end - 9 : line_end] != _VERSION or data[-4:] != _END:
            return False
        cut = data.find(_FORWARDED, line_end)
        if cut < 0:
            key, forwarded = data[line_end:], ""
        else:
            value_end = data.find(b"\r\n", cut + 19)
            key = data[line_end:cut] + data[value_end:]
            forwarded = data[cut + 19 : value_end].decode("latin-1")
            if not forwarded.isprintable():
                return False
        block = self._young.get(key) or self._recall(key)
        if block is None:
            return False
        target = data[4 : line_end - 9]
        if line_end > URL_BYTES_MAX or b"#" in target or not _is_printable(target):
            return False
        if is_asset(target):
            return False
        path, _, query = target.partition(b"?")
        answer = self.answer(Request("GET", path, query, peer, block.client, forwarded))
        self._words[_KNOWN] += 1
        response = b"%b%b%b%b\r\n%b" % (
            STATUS_LINES[answer.status],
            self.date_line,
            answer.raw_headers,
            block.closing,
            answer.body,
        )
        if not self._held:
            asyncio.get_running_loop().call_soon(self.flush)
        self._held.append((transport, response, bool(block.closing)))
        return True

    def answer(self, request: Request) -> Answer:
        """Answer one request; what the edge itself cannot answer is "try again"."""
        self._since_observed += 1
        if self._since_observed >= _OBSERVE_EVERY:
            return self._timed(request)
        return self._answer(request)

    def flush(self) -> None:
        """Write the scans, then the responses that wait for them."""
        self._record()
        held, self._held = self._held, []
        for transport, response, closes in held:
            transport.write(response)
            if closes:
                transport.close()

    def remember(self, raw: bytes, head: Head) -> None:
        """Keep the block of a request that was answered, so that its next one is known."""
        if head.method != b"GET" or len(raw) > REMEMBERED_BLOCK_BYTES_MAX:
            return
        self._words[_NEW] += 1
        line_end = raw.find(b"\r\n")
        cut = raw.find(_FORWARDED, line_end)
        key = raw[line_end:]
        if cut >= 0:
            key = raw[line_end:cut] + raw[raw.find(b"\r\n", cut + 19) :]
        names = {name for name, _ in head.headers}
        if (cut < 0 and b"x-forwarded-for" in names) or not raw[:line_end].endswith(_VERSION):
            return
        try:
            fields = parse_fields(key[2 : -len(_END)] if len(key) > 4 else b"")
        except BadRequest:
            return
        if any(name in _NEVER_REMEMBERED for name, _ in fields):
            return
        if len(self._young) >= HEADER_BLOCKS_MAX:
            self._old, self._young = self._young, {}
        client = read_client(read_headers(fields, self.country_header))
        self._young[key] = _Block(client, b"" if head.keep_alive else CLOSING)

    def network(self, peer: str) -> str:
        """Whose connections are counted together: an IPv4 address, an IPv6 /64; "" for a trusted proxy."""
        address = parse_address(peer)
        if address is None or address in self._trusted:
            return ""
        return str(address) if address.version == 4 else address.exploded[:19]

    def count(self, status: int) -> None:
        """Count an answer that came from nowhere else."""
        self._words[_COUNTER_OF[status]] += 1

    def tick(self, date_headers: list[tuple[bytes, bytes]]) -> None:
        """Move the clock, and take over uvicorn's default headers, which change once a second."""
        self.now_s = time.monotonic()
        if date_headers is not self._date_headers:
            self._date_headers = date_headers
            self.date_line = b"".join([b"%b: %b\r\n" % header for header in date_headers])

    def _recall(self, key: bytes) -> _Block | None:
        """A block of the older half that is in use goes to the younger one."""
        block = self._old.pop(key, None)
        if block is not None:
            self._young[key] = block
        return block

    def _timed(self, request: Request) -> Answer:
        self._since_observed = 0
        started_ns = time.perf_counter_ns()
        answer = self._answer(request)
        self.counters.observe((time.perf_counter_ns() - started_ns) // 1_000)
        return answer

    def _answer(self, request: Request) -> Answer:
        self._words[_FAST] += 1
        try:
            self._refresh()
            answer = self._edge.answer(request)
        except StoreMissing:
            answer = UNAVAILABLE
        except ValueDamaged as damaged:
            self.counters.add("values_damaged")
            _log.error("value_damaged", key=damaged.key.hex())
            answer = UNAVAILABLE
        except Exception as error:  # noqa: BLE001 - as Starlette does: a fault in one request ends only that one
            _log.error("request_failed", cause=error)
            answer = FAILED
        self._words[_COUNTER_OF[answer.status]] += 1
        return answer


_NEVER_REMEMBERED = frozenset(
    {
        b"content-length",
        b"cookie",
        b"x-forwarded-for",
    }
)


def _is_printable(target: bytes) -> bool:
    return target.isascii() and target.decode("ascii").isprintable() and b" " not in target
