"""What each phase of a plain redirect costs: the edge's own code in this process, on requests of the load."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.bench.edge_load import asked, header_blocks
from tests.bench.report import Section

from waypost.facts.client_ip import TrustedProxies
from waypost.facts.geo import GeoReader
from waypost.facts.visitor import VisitorIds, agent_part
from waypost.redirect import scan_parts
from waypost.redirect.blocks import FORWARDED, LINE_END, VERSION
from waypost.redirect.frame import encode_frames
from waypost.redirect.paths import EdgePaths
from waypost.redirect.plain_link import BEFORE_TARGET, PlainLink, read_plain
from waypost.redirect.replica import Replica
from waypost.redirect.spool import Durability, Spool
from waypost.redirect.store_format import Signals
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.scan import Outcome, Source
from waypost.wire.slug import LINK_KIND

REQUESTS = 50_000
ROUNDS = 3
TURN = 16
"""Scans that are written together; under full load a turn of the event loop has about so many."""

Split = tuple[bytes, tuple[bytes, bytes], bytes]


def phases(directory: Path, links: int) -> Section:
    """Each phase over the same requests, in the order in which a request goes through them."""
    raw = list(_requests(links))
    split = [_split(data) for data in raw]
    blocks = dict.fromkeys(key for _, key, _ in split)
    keys = [LINK_KIND + DEFAULT_DOMAIN_ID + line[5:].lower() for line, _, _ in split]
    paths = EdgePaths(directory)
    signals = Signals(paths.signals)
    replica = Replica(paths.links, signals)
    replica.refresh()
    stored = [(replica.get(key) or b"", crc32(key)) for key in keys]
    addresses = [forwarded.decode() for _, _, forwarded in split]
    geo, trusted = GeoReader(None), TrustedProxies(["127.0.0.1/32"])
    places = [geo.lookup(address) for address in addresses]
    ids, agent = VisitorIds(bytes(32), DEFAULT_DOMAIN_ID), agent_part(header_blocks()[0][12:100])
    found = [link for raw, checksum in stored if (link := read_plain(raw, checksum)) is not None]
    scans = [_scan(link, agent, index) for index, link in enumerate(found)]
    turns = [scans[index : index + TURN] for index in range(0, len(scans), TURN)]
    spool = Spool(directory / "phases", "bench", Durability.GROUP)
    rows = [
        (
            "parse",
            "cut the request, recognise its header block",
            _cost(lambda d: blocks.get(_split(d)[1]), raw),
        ),
        ("resolve", "look the link up in the store", _cost(replica.get, keys)),
        ("resolve", "check and cut its record", _cost(lambda pair: read_plain(*pair), stored)),
        ("facts", "address behind a trusted proxy", _cost(trusted.is_foreign_v4, addresses)),
        ("facts", "country", _cost(geo.lookup, addresses)),
        ("facts", "visitor id", _cost(lambda address: ids.of(address.encode(), agent), addresses)),
        ("record", "the scan's pieces, joined", _cost(lambda link: _scan(link, agent, 1), found)),
        ("record", "the place among them", _cost(scan_parts.place, places)),
        ("record", f"frames, {TURN} at once", _cost(lambda turn: encode_frames(7, 1, turn), turns) / TURN),
        ("record", f"frames and their system call, {TURN} at once", _cost(spool.append_all, turns) / TURN),
        ("answer", "the response, joined", _cost(_response, found)),
    ]
    spool.close()
    replica.close()
    signals.close()
    method = (
        f"{REQUESTS:,} requests of the same load against {links:,} links, one after another, best of {ROUNDS} rounds, "
        "CPU of the thread. Each row has the cost of a call of its own in it (about 0.1 µs). What is missing to the "
        "CPU per request above is the event loop, the system calls of the sockets, and what ties the phases together."
    )
    return Section(
        "Edge: phases of a plain redirect",
        method,
        ("phase", "what", "µs"),
        tuple((phase, what, f"{cost_us:.2f}") for phase, what, cost_us in rows),
    )


def _requests(links: int) -> Iterator[bytes]:
    randomness = random.Random(7)
    slugs, blocks = asked(links, skewed=False), header_blocks()
    for _ in range(REQUESTS):
        address = ".".join(str(randomness.randint(1, 223)) for _ in range(4))
        text = (
            f"GET /{randomness.choice(slugs)} HTTP/1.1\r\nHost: short.test\r\nX-Forwarded-For: {address}\r\n"
        )
        yield f"{text}{randomness.choice(blocks)}\r\n".encode()


def _split(data: bytes) -> Split:
    start, _, behind = data.partition(FORWARDED)
    line, _, before = start.partition(VERSION)
    forwarded, _, after = behind.partition(LINE_END)
    return line, (before, after), forwarded


_START = scan_parts.start(1_790_000_000_000)
_KIND = scan_parts.kind(Source.LINK, Outcome.REDIRECT, "GET", "")
_PLACE = b"\xa2DE\xa0\xa0\xa2EU\x00"
_ORIGIN = scan_parts.origin("de", "", "short.test") + scan_parts.PLAIN_END


def _scan(link: PlainLink, agent: bytes, number: int) -> bytes:
    visitor = number.to_bytes(8, "big")
    return b"".join((_START, link.ids, scan_parts.VISITOR, visitor, agent, _KIND, _PLACE, _ORIGIN))


def _response(link: PlainLink) -> bytes:
    return b"".join((link.status_line, BEFORE_TARGET, link.target, b"\r\n"))


def _cost(work: Callable[[Any], object], items: Iterable[Any]) -> float:
    """CPU µs per item, best of a few rounds."""
    listed = list(items)
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.thread_time()
        for item in listed:
            work(item)
        best = min(best, time.thread_time() - start)
    return best / len(listed) * 1e6
