"""Requests that nobody means well with: mutated bytes against the parser, and against whole connections (R30).

The long form (`make fault`) makes 10 million; `WAYPOST_FUZZ_EXECS` says another number.
"""

import asyncio
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h11
import pytest
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store
from uvicorn.server import ServerState

from waypost.redirect.head import parse_head
from waypost.redirect.http_guard import Connections, protocol_for
from waypost.redirect.request import BadRequest
from waypost.redirect.server import config
from waypost.redirect.settings import RedirectSettings
from waypost.redirect.worker import Worker
from waypost.wire.link import LinkOptionsV1

LONG = os.environ.get("WAYPOST_FAULT") == "full"
EXECS = int(os.environ.get("WAYPOST_FUZZ_EXECS", "10000000" if LONG else "200000"))
CONNECTION_SHARE = 20
"""One connection is fuzzed for so many heads: it costs about that much more."""

SHORT_FORM_S = 30.0
HANG_S = 5.0
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
STATUSES = {200, 302, 400, 404, 405, 413, 414, 431}
pytestmark = [pytest.mark.fault, pytest.mark.timeout(0 if LONG else 120)]

SEEDS = (
    b"GET /plain HTTP/1.1\r\nHost: short.test\r\n\r\n",
    b"GET /plain?qr=1 HTTP/1.1\r\nHost: short.test\r\nUser-Agent: x\r\nX-Forwarded-For: 1.2.3.4\r\nAccept: */*\r\n\r\n",
    b"HEAD /a/b%20c?x=1&y HTTP/1.1\r\nhost: short.test:8080\r\nConnection: keep-alive\r\nDNT: 1\r\n\r\n",
    b"GET http://short.test/forward?a=b HTTP/1.1\r\nHost: short.test\r\nReferer: https://a.test/\r\n\r\n",
    b"GET /forward HTTP/1.0\r\nHost: short.test\r\nCookie: wp_seed=0011223344556677\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: short.test\r\nConnection: close\r\nAccept-Language: de;q=0.5, fr\r\n\r\n",
    b"POST /plain HTTP/1.1\r\nHost: short.test\r\nContent-Length: 3\r\n\r\na=b",
    b"GET /plain HTTP/1.1\r\nHost: short.test\r\n\r\nGET /none+ HTTP/1.1\r\nHost: short.test\r\n\r\n",
)
FOUND_BEFORE = (
    b"GET /plain HTTP/1.1\r\nHost: short.test\r\n\r\n\r\nX-Forwarded-For: 8.8.8.8",
    b"GET /plain HTTP/1.1\r\nHost: short.test\r\n\r\n\r\nX-Forwarded-For: ",
    b"GET /plain HTTP/1.1\r\nX-Forwarded-For: 8.8.8.8\r\nHost: short.test\r\n\r\n",
    b"GET /pla\r\nX-Forwarded-For: 8.8.8.8in HTTP/1.1\r\nHost: short.test\r\n\r\n",
    b"GET /plain HTTP/1.0\r\nX: HTTP/1.1\r\nHost: short.test\r\nUser-Agent: v\r\n\r\n",
    b"GET /plain HTTP/1.1\r\nHost: short.test\r\nUser-Agent: v\r\n\r\n",
)
"""What once went wrong: a header behind the end of a whole request, or inside its first line, was taken for one
of it. The third is there for its block, which the fourth then seems to have; the fifth left the block of the sixth
behind, closing its connection as HTTP/1.0 does.
"""

TOKENS = (
    *(b"\r\n", b"\n", b"\r", b"\x00", b" ", b"\t", b":", b"%", b"%00", b"\xff", b"#", b"?", b"&", b"/", b"//", b"+"),
    *(b"Host: b.test\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(b" HTTP/1.1", b"HTTP/1.1", b"GET ", b"X-Forwarded-For: ", b"\r\nX-Forwarded-For: 8.8.8.8", b"\r\n folded"),
    *(b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n", b"A" * 300, b"\r\n\r\n", b"0\r\n\r\n", b"*", b"@"),
)  # fmt: skip


def mutated(randomness: random.Random) -> bytes:
    """A request with one to four things wrong with it."""
    data = bytearray(randomness.choice(SEEDS))
    for _ in range(randomness.randrange(1, 5)):
        at = randomness.randrange(len(data) + 1)
        match randomness.randrange(6):
            case 0:
                data[at : at + 1] = bytes([randomness.randrange(256)])
            case 1 | 2:
                data[at:at] = randomness.choice(TOKENS)
            case 3:
                del data[at : at + randomness.randrange(1, 20)]
            case 4:
                data[at:at] = data[at : at + randomness.randrange(1, 40)]
            case _:
                other = randomness.choice(SEEDS)
                data[at:] = other[randomness.randrange(len(other)) :]
    return bytes(data)


def rounds(count: int, randomness: random.Random) -> Iterator[bytes]:
    """So many mutated requests; the short form ends earlier on a slow machine."""
    yield from (*SEEDS, *FOUND_BEFORE)
    until_s = time.monotonic() + SHORT_FORM_S
    for number in range(count):
        if not LONG and number % 256 == 0 and time.monotonic() > until_s:
            return
        yield mutated(randomness)


def h11_reads(raw: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Method, target and Host as h11 sees them; None for what it refuses."""
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(raw + b"\r\n\r\n")
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.Request):
        return None
    return event.method, event.target, dict(event.headers).get(b"host", b"")


def test_mutated_heads_are_refused_or_read_as_another_parser_reads_them() -> None:
    """No crash, no hang, and nothing accepted that means something else to a proxy in front."""
    randomness = random.Random(SEED)
    accepted = 0
    for number, data in enumerate(rounds(EXECS, randomness)):
        raw = data.partition(b"\r\n\r\n")[0]
        began_s = time.monotonic()
        status, head = 200, None
        try:
            head = parse_head(raw)
        except BadRequest as bad:
            status = bad.status
        assert status in STATUSES, raw
        assert time.monotonic() - began_s < HANG_S, raw
        if head is None or (LONG and number % 8):  # h11 takes ten times as long as we do
            continue
        accepted += 1
        seen = h11_reads(raw)
        assert seen is not None, raw
        method, target, host = seen
        assert (method, host) == (head.method, dict(head.headers)[b"host"]), raw
        path = re.sub(rb"(?i)^https?://[^/?]*", b"", target) or b"/"
        assert path == head.path + (b"?" + head.query if b"?" in path else b""), raw
    assert accepted > 0


class Wire(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        """Keep it."""
        if not self.is_closed:
            self.written += bytes(data)

    def close(self) -> None:
        """Take no more."""
        self.is_closed = True

    def abort(self) -> None:
        """Take no more."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.is_closed

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """Nothing is read here."""


async def empty_app(_: Any, __: Any, send: Any) -> None:
    """In place of the full lane."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def outcome(make: Any, pieces: list[bytes]) -> tuple[bytes, bool]:
    """What a new connection answers to these pieces, and whether it was closed.

    Without nonces; and a refusal, always the last answer, may have another reason when only a part was seen.
    """
    wire = Wire()
    guard = make()
    guard.connection_made(wire)
    for piece in pieces:
        if wire.is_closed:
            break
        guard.data_received(piece)
        for _ in range(8):
            await asyncio.sleep(0)
    guard.connection_lost(None)
    answers = re.sub(rb"nonce[-=]\"?[\w-]+", b"nonce", wire.written)
    return re.sub(
        rb"HTTP/1.1 (400|405|413|414|431) .*", b"HTTP/1.1 400 ", answers, flags=re.DOTALL
    ), wire.is_closed


async def test_mutated_connections_answer_alike_however_their_bytes_arrive(tmp_path: Path) -> None:
    """A whole request, one in pieces and one whose header block is known take three ways through the code."""
    build_store(
        tmp_path,
        {
            key_of("plain"): link_value("plain", "https://example.com/plain"),
            key_of("forward"): link_value(
                "forward", "https://example.com/f", options=LinkOptionsV1(query_policy="forward")
            ),
        },
    )
    worker = Worker(RedirectSettings(data_dir=str(tmp_path), trusted_proxies="127.0.0.0/8"), 0)
    lane = worker.fast_lane()
    lane.tick([(b"date", b"now")])
    protocol = protocol_for(Connections(lane))
    http = config(empty_app, http=protocol)
    http.load()
    state = ServerState()

    def make() -> Any:
        return protocol(config=http, server_state=state, app_state={})

    randomness = random.Random(SEED)
    answered = 0
    for data in rounds(EXECS // CONNECTION_SHARE, randomness):
        cuts = sorted(randomness.randrange(len(data) + 1) for _ in range(randomness.randrange(1, 4)))
        pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        whole = await outcome(make, [data])
        again = await outcome(make, [data])
        split = await outcome(make, [piece for piece in pieces if piece])
        assert whole == again == split, (data, pieces)
        statuses = {int(status) for status in re.findall(rb"^HTTP/1\.1 (\d+) ", whole[0], re.MULTILINE)}
        assert statuses <= STATUSES, data
        answered += bool(statuses)
    assert answered > 0
    assert not worker.spool.dropped
    worker.close()
