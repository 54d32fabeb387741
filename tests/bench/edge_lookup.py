"""What one look-up costs: the link store against a dict of the same records, in the same process."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.edge_load import slug
from tests.bench.report import Section

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica import Replica
from waypost.redirect.store_format import Signals, value_of
from waypost.wire.codec import decode_link
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.slug import link_key

LOOK_UPS = 200_000
ROUNDS = 3


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


def store_look_up_us(directory: Path, links: int) -> float:
    """One random look-up of the fast lane in a store of so many links, warm, in microseconds."""
    paths = EdgePaths(directory)
    signals = Signals(paths.signals)
    replica = Replica(paths.links, signals)
    replica.refresh()
    rng = random.Random(1)
    find, start = replica.finder(), replica.link_start(DEFAULT_DOMAIN_ID)
    keys = [(start or b"") + slug(rng.randrange(links)).encode() for _ in range(LOOK_UPS)]

    def look_up() -> None:
        for key in keys:
            find(key)

    cost_us = _cost_us(look_up)
    replica.close()
    signals.close()
    return cost_us


def _cost_us(work: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best / LOOK_UPS * 1e6
