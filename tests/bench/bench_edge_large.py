"""Ten million links: start, memory, and look-ups beside those of a million. Needs 2.3 GB of disk and some minutes."""

import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.bench_edge import first_redirect
from tests.bench.edge_load import edge, fill_store, load, private_mb, read_store, script, store_bytes
from tests.bench.edge_lookup import TURNS, plain_look_ups_us
from tests.bench.report import Section

SMALL, LARGE = 1_000_000, 10_000_000
STARTS = 5


def run() -> list[Section]:
    """Fill both stores, then measure one beside the other."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for links in (SMALL, LARGE):
            fill_store(root / str(links), links)
        return [measured(root)]


def measured(root: Path) -> Section:
    """The section, for a directory that has both stores, each named by its number of links."""
    starts: dict[int, list[float]] = {SMALL: [], LARGE: []}
    for _ in range(STARTS):
        for links, seen in starts.items():
            began_s = time.perf_counter()
            with edge(root / str(links)) as (port, _pid):
                first_redirect(port)
                seen.append(time.perf_counter() - began_s)
    memory, rate, cost = {}, {}, {}
    for links in (SMALL, LARGE):
        lua = script(root, links)
        read_store(root / str(links))
        with edge(root / str(links)) as (port, pid):
            seen_load = load(port, lua, pid, seconds=4)
            memory[links], rate[links], cost[links] = private_mb(pid), seen_load.rate, seen_load.server_us
    look_ups = plain_look_ups_us([(root / str(links), links) for links in (SMALL, LARGE)])
    rows = [
        (
            "store on disk",
            *(f"{store_bytes(root / str(links)) / 1e6:,.0f} MB" for links in (SMALL, LARGE)),
            "",
        ),
        ("start to the first redirect, median", *_pair(starts, "s"), "≤ 0.5 s"),
        (
            "private memory after 4 s of full load",
            *(f"{memory[links]:.0f} MB" for links in memory),
            "≤ 60 MB",
        ),
        (
            f"look-up of a link, {_times(look_ups, 0)} the smaller's",
            *(f"{each[0]:.2f} µs" for each in look_ups),
            "≤ 1.5 ×",
        ),
        (
            f"of it the search in the store, {_times(look_ups, 1)} the smaller's",
            *(f"{each[1]:.2f} µs" for each in look_ups),
            "",
        ),
        ("requests/s", *(f"{rate[links]:,.0f}" for links in rate), ""),
        ("CPU per request", *(f"{cost[links]:.1f} µs" for links in cost), ""),
    ]
    method = (
        f"One worker, {STARTS} starts each in turn. Look-ups of 200,000 random slugs, warm, the stores in turn, the"
        f" median of {TURNS - 1} rounds: from the slug to a link that is ready to be followed, its record checked and"
        " cut. A store is read through before the load, as a worker does within its first seconds."
    )
    return Section(
        "Edge: ten million links", method, ("figure", f"{SMALL:,}", f"{LARGE:,}", "aim"), tuple(rows)
    )


def _times(look_ups: list[tuple[float, float]], index: int) -> str:
    small, large = (each[index] for each in look_ups)
    return f"{large / small:.2f} ×"


def _pair(seen: dict[int, list[float]], unit: str) -> tuple[str, str]:
    small, large = (f"{statistics.median(values):.2f} {unit}" for values in seen.values())
    return small, large
