"""Analytics: the embedded store and ClickHouse side by side, with the same scans and the same questions."""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.analytics.counting import Bench
from tests.analytics.scans import DAY_MS, identity
from tests.bench.bench_analytics import BEGIN_MS, shapes
from tests.bench.report import Section

from waypost.analytics.limits import COMMIT_MESSAGES_MAX
from waypost.analytics.reports import summary
from waypost.analytics.reports.breakdown import breakdown
from waypost.analytics.reports.export import export
from waypost.analytics.reports.reader import Reader
from waypost.wire.codec import decode_scan_batch, encode
from waypost.wire.filters import Filter
from waypost.wire.queries import BreakdownQuery, SeriesQuery, SummaryQuery
from waypost.wire.scan import ScanBatchV1
from waypost.wire.scan_events import ExportQuery

SCANS = int(os.environ.get("WAYPOST_BENCH_BOTH_STORES", "600000"))
BATCH = 500
RUNS = 15
ENGINES = ("duckdb", "clickhouse")


def run() -> list[Section]:
    """One section."""
    with tempfile.TemporaryDirectory() as directory:
        found = [_of(Path(directory) / engine, engine) for engine in ENGINES]
    names = list(found[0])
    return [
        Section(
            "Analytics: both stores",
            f"{SCANS:,} scans of one day, counted from batches of {BATCH} without a broker and asked about without a"
            " service, in this process: DuckDB in a file with one thread, ClickHouse as chdb with as many as it"
            f" likes. The day is then settled. Questions: the median of {RUNS}.",
            ("", *ENGINES),
            tuple((name, *(each[name] for each in found)) for name in names),
        )
    ]


def _of(directory: Path, engine: str) -> dict[str, str]:
    """What one store does."""
    directory.mkdir(parents=True)
    bench = Bench(directory, engine)
    try:
        found = {"counted, scans/s": f"{SCANS / _count(bench):,.0f}"}
        bench.settle(BEGIN_MS + 3 * DAY_MS)
        for name, question in _questions():
            found[f"{name}, ms"] = f"{_median_ms(bench, question):.1f}"
        found["export CSV, rows/s"] = f"{_export(bench):,.0f}"
    finally:
        bench.store.close()
    return found


def _count(bench: Bench) -> float:
    """Seconds for all scans, a commit's worth of messages at a time."""
    chance = random.Random(2)
    decoded = [decode_scan_batch(shape).scans for shape in shapes(chance)]
    payloads = [
        encode(ScanBatchV1("edge-0", 1, first, chance.choice(decoded))) for first in range(0, SCANS, BATCH)
    ]
    whole = COMMIT_MESSAGES_MAX - 1  # so that each commit takes all of its messages
    began = time.perf_counter()
    for start in range(0, len(payloads), whole):
        bench.feed(*payloads[start : start + whole])
    return time.perf_counter() - began


def _questions() -> list[tuple[str, Callable[[Reader], Any]]]:
    span: dict[str, Any] = {
        "workspace_id": identity(1001),
        "from_ms": BEGIN_MS,
        "to_ms": BEGIN_MS + DAY_MS,
    }
    link = {**span, "link_ids": (identity(2),)}
    filters = (Filter("country", ("DE",)), Filter("os", ("Windows",)))
    return [
        ("workspace: summary with trend", lambda r: summary.summary(r, SummaryQuery(**span, compare=True))),
        ("workspace: hours", lambda r: summary.series(r, SeriesQuery(**span, granularity="hour"))),
        (
            "workspace: cities, two filters",
            lambda r: breakdown(r, BreakdownQuery(**span, dimensions=("city",), filters=filters)),
        ),
        ("link: summary", lambda r: summary.summary(r, SummaryQuery(**link))),
        (
            "link: cities, two filters",
            lambda r: breakdown(r, BreakdownQuery(**link, dimensions=("city",), filters=filters)),
        ),
    ]


def _median_ms(bench: Bench, question: Callable[[Reader], Any]) -> float:
    took_ms = []
    for _ in range(RUNS):
        began = time.perf_counter()
        with bench.reader() as reader:
            question(reader)
        took_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(took_ms)


def _export(bench: Bench) -> float:
    """Rows per second of an export of everything."""
    windows, rows, after = bench.windows(), 0, -1
    began = time.perf_counter()
    while after >= 0 or not rows:
        query = ExportQuery(
            workspace_id=identity(1001), from_ms=BEGIN_MS, to_ms=BEGIN_MS + DAY_MS, after=after
        )
        with bench.reader() as reader:
            chunk = export(reader, query, windows)
        rows, after = rows + chunk.rows, chunk.cursor
    return rows / (time.perf_counter() - began)
