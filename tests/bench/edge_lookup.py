"""What one look-up costs: the link store against a dict of the same records, in the same process."""

import contextlib
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

from tests.bench.edge_load import slug
from tests.bench.report import Section

from waypost.redirect.paths import EdgePaths
from waypost.redirect.plain_link import read_plain
from waypost.redirect.replica import Replica
from waypost.redirect.store_format import Signals, value_of
from waypost.wire.codec import decode_link
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.slug import LINK_KIND, link_key

LOOK_UPS = 200_000
ROUNDS = 3
TURNS = 10


def lookups(directory: Path, links: int) -> Section:
    """Random keys of a store that `fill_store` wrote; warm, best of a few rounds."""
    paths = EdgePaths(directory)
    signals = Signals(paths.signals)
    replica = Replica(paths.links, signals)
    replica.refresh()
    rng = random.Random(1)
    keys = [link_key(DEFAULT_DOMAIN_ID, slug(rng.randrange(links))) for _ in range(LOOK_UPS)]
    plain = {key: replica.get(key) for key in keys}

    def from_dict() -> None:
        for key in keys:
            plain[key]

    def from_store() -> None:
        for key in keys:
            replica.get(key)

    def checked_and_decoded() -> None:
        for key in keys:
            value = value_of(key, replica.get(key) or b"")
            decode_link(value or b"")

    base_us = _cost_us(from_dict)
    rows = [("dict of the same keys", f"{base_us:.2f}", "1.0")]
    for name, work in (("link store", from_store), ("link store, checked and decoded", checked_and_decoded)):
        cost_us = _cost_us(work)
        rows.append((name, f"{cost_us:.2f}", f"{cost_us / base_us:.1f}"))
    replica.close()
    signals.close()
    method = f"{LOOK_UPS:,} random look-ups in a store of {links:,} links, one core, warm, best of {ROUNDS} rounds."
    return Section("Edge: look-ups", method, ("look-up", "µs", "times a dict"), tuple(rows))


def plain_look_ups_us(directories: Sequence[tuple[Path, int]]) -> list[tuple[float, float]]:
    """Microseconds of one random look-up as the plain path makes it, and of the search in the store alone.

    A pair for each directory with so many links. Warm, and each in turn, round for round: what else runs on the
    machine takes its caches from all of them alike.
    """
    with contextlib.ExitStack() as opened:
        works = [
            work
            for directory, links in directories
            for work in opened.enter_context(_plain_look_up(directory, links))
        ]
        rounds = [[_round_us(work) for work in works] for _ in range(TURNS)]
    medians = [statistics.median(seen) for seen in zip(*rounds[1:], strict=True)]
    return list(zip(medians[::2], medians[1::2], strict=True))


@contextlib.contextmanager
def _plain_look_up(directory: Path, links: int) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """From a slug to a link that is ready to be followed; and the search alone, for keys that lie ready."""
    paths = EdgePaths(directory)
    signals = Signals(paths.signals)
    replica = Replica(paths.links, signals)
    replica.refresh()
    rng = random.Random(1)
    find, start = replica.finder(), replica.link_start(DEFAULT_DOMAIN_ID) or b""
    slugs = [slug(rng.randrange(links)).encode() for _ in range(LOOK_UPS)]
    keys = [start + each for each in slugs]
    key_checksum = crc32(LINK_KIND + DEFAULT_DOMAIN_ID)

    def look_up() -> None:
        for each in slugs:
            read_plain(find(start + each) or b"", crc32(each, key_checksum))

    def search() -> None:
        for key in keys:
            find(key)

    try:
        yield look_up, search
    finally:
        replica.close()
        signals.close()


def _cost_us(work: Callable[[], None]) -> float:
    return min(_round_us(work) for _ in range(ROUNDS))


def _round_us(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / LOOK_UPS * 1e6
