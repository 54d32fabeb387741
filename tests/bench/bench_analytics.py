"""Analytics: how fast scans are counted, how long questions take over ten million of them, what it costs."""

import asyncio
import contextlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import psutil
from tests.analytics.scans import BOT, BROWSER, DAY_MS, batch, identity, scan
from tests.analytics.service_process import AnalyticsProcess, ask, settled, ship
from tests.bench.report import Section
from tests.broker_process import BrokerProcess

from waypost.analytics.limits import COMMIT_SCANS_MAX
from waypost.analytics.store import schema
from waypost.analytics.store.duckdb_store import DuckStore
from waypost.control.bus import Bus
from waypost.facts.agent import AgentReader
from waypost.facts.robots import RobotReader
from waypost.runtime.broker import Broker, BrokerError
from waypost.wire.codec import decode_scan_batch, encode
from waypost.wire.filters import Filter
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    Query,
    SeriesPoint,
    SeriesQuery,
    StatusAnswer,
    StatusQuery,
    SummaryAnswer,
    SummaryQuery,
)
from waypost.wire.scan import ScanBatchV1, Source
from waypost.wire.scan_events import ExportQuery
from waypost.wire.subjects import SCANS_STREAM, scans

STREAMED = int(os.environ.get("WAYPOST_BENCH_STREAMED", "2000000"))
STORED = int(os.environ.get("WAYPOST_BENCH_STORED", "10000000"))
LINKS = 10_000
WORKSPACES = 10
DAYS = 90
BEGIN_MS = 1_760_000_000_000 // DAY_MS * DAY_MS
RUNS, LINK_RUNS = 50, 200
"""Of each question about a workspace and about a link: the slowest of few runs says more of the machine than a p99."""

LINK_AIM_MS = "20"

UNEVEN_ROWS = 150_000
LAST_SCANS = 400_000
EXPORTED = 400_000


def run() -> list[Section]:
    """All sections."""
    with tempfile.TemporaryDirectory() as directory:
        first = asyncio.run(consumer(Path(directory) / "consumer"))
        second = asyncio.run(questions(Path(directory) / "questions"))
    return [first, *second]


async def consumer(directory: Path) -> Section:
    """From the stream into the store on one core, beside a bare append of the same columns."""
    broker_process = BrokerProcess(directory / "nats")
    broker_process.start()
    service = AnalyticsProcess(directory / "var", broker_process.url, stream_mb=1024, threads=1)
    cores = os.sched_getaffinity(0)
    broker = await Broker.connect(broker_process.url, "bench")
    try:
        await asyncio.to_thread(service.start)
        await settled(broker, 0)
        service.stop()
        await fill_stream(broker)
        began = time.perf_counter()
        service.start()
        process = one_core(service, broker_process)
        # From the end of one commit to that of the last.
        first = await stored_scans(broker, 1)
        running, before_s = time.perf_counter(), cpu_s(process)
        await stored_scans(broker, STREAMED)
        ended = time.perf_counter()
        took_cpu_s = cpu_s(process) - before_s
    finally:
        pin(psutil.Process(), cores)
        service.stop()
        await broker.close()
        broker_process.stop()
    stored = directory / "var" / "analytics" / "analytics.duckdb"
    (uneven, uneven_cpu), (even, even_cpu) = [
        bare_append(stored, directory / f"bare-{rows}.duckdb", rows)
        for rows in (UNEVEN_ROWS, COMMIT_SCANS_MAX)
    ]
    ours = (STREAMED - first) / (ended - running)
    return Section(
        "Analytics: counting scans",
        f"{STREAMED:,} scans of {LINKS:,} links in batches of 500 wait in JetStream; the real service, with all of its"
        " threads on a core that neither the broker nor the benchmark uses and with one DuckDB thread, counts them."
        " Beside it, in the same run, DuckDB copies the very same columns into an empty file with one thread: no"
        " decoding, no verdicts, no uniques, no rollups, no ledger. It does so twice: in transactions that leave a"
        " part of a row group behind, which DuckDB writes again with the next one, and in transactions of one row"
        " group, as the service has them. The second is the fair one to be measured by: it differs from the service"
        " in nothing but the work (aim: 0.4 x, and 150,000 scans/s).",
        ("", "scans/s", "scans per CPU second", "stream to counted is"),
        (
            (
                f"bare append, {UNEVEN_ROWS:,} rows at once",
                f"{uneven:,.0f}",
                f"{uneven_cpu:,.0f}",
                f"{ours / uneven:.2f} x",
            ),
            (
                f"bare append, {COMMIT_SCANS_MAX:,} rows at once",
                f"{even:,.0f}",
                f"{even_cpu:,.0f}",
                f"{ours / even:.2f} x",
            ),
            ("stream to counted", f"{ours:,.0f}", f"{(STREAMED - first) / took_cpu_s:,.0f}", "1"),
            (
                "stream to counted, start of the service included",
                f"{STREAMED / (ended - began):,.0f}",
                "",
                "",
            ),
        ),
    )


async def stored_scans(broker: Broker, at_least: int) -> int:
    """Wait until so many scans are stored; how many there are then. Each look takes the service a few milliseconds
    of its one core, so there are few before the last scans."""
    while (found := (await ask(broker, StatusQuery(), StatusAnswer)).scans) < at_least:
        await asyncio.sleep(0.1 if at_least - found < LAST_SCANS else 0.5)
    return found


def shapes(chance: random.Random) -> list[bytes]:
    """Batches of 500 scans, as different from each other as those of an edge are."""
    visitors = [chance.getrandbits(64) | 1 for _ in range(50_000)]
    agents = [f"{BROWSER} Build/{n}" for n in range(300)] + [BOT]

    def some(count: int) -> bytes:
        return batch(
            0,
            [
                scan(
                    1 + int(chance.random() ** 2 * LINKS),
                    chance.choice(visitors),
                    at_ms=BEGIN_MS + chance.randrange(DAY_MS),
                    user_agent=chance.choice(agents),
                    source=Source.QR if chance.random() < 0.5 else Source.LINK,
                    country=chance.choice(["DE", "FR", "US", "GB"]),
                    region=chance.choice(["BE", "BY", "CA"]),
                    city=chance.choice(["Berlin", "Munich", "Paris", "Austin"]),
                    continent="EU",
                    asn=3320,
                    language=chance.choice(["de", "en", "fr"]),
                    referrer=chance.choice(["", "news.example.org"]),
                    domain="go.example.org",
                )
                for _ in range(count)
            ],
        )

    return [some(500) for _ in range(40)]


async def fill_stream(broker: Broker) -> None:
    """Batches of four edges, shipped one after the other per edge as agents do."""
    chance = random.Random(1)
    decoded = [decode_scan_batch(shape).scans for shape in shapes(chance)]

    async def edge(node: str) -> None:
        for first in range(0, STREAMED // 4, 500):
            payload = encode(ScanBatchV1(node, 1, first, decoded[chance.randrange(len(decoded))]))
            await broker.publish(scans(node), payload, timeout_s=10)

    await asyncio.gather(*[edge(f"edge-{number}") for number in range(4)])
    assert (await broker.stream_state(SCANS_STREAM)).messages >= STREAMED // 500


def one_core(service: AnalyticsProcess, broker_process: BrokerProcess) -> psutil.Process:
    """Pin the service, with every thread that it has, to the first core that there is; the broker and this process
    to the others, if there are any."""
    assert service.process is not None
    assert broker_process.process is not None
    process = psutil.Process(service.process.pid)
    first, *others = sorted(os.sched_getaffinity(process.pid))
    pin(process, {first})
    for each in (psutil.Process(broker_process.process.pid), psutil.Process()):
        pin(each, set(others) or {first})
    return process


def pin(process: psutil.Process, cores: set[int]) -> None:
    """Let a process run on these cores only. Each thread has a mask of its own; one made later has its maker's."""
    for thread in process.threads():
        os.sched_setaffinity(thread.id, cores)


def bare_append(source: Path, target: Path, rows: int) -> tuple[float, float]:
    """Scans per second, and per second of CPU, that DuckDB appends to another file from columns in memory, with one
    thread."""
    with duckdb.connect(str(target), config={"threads": 1, "memory_limit": "512MB"}) as connection:
        connection.execute(f"ATTACH '{source}' AS counted (READ_ONLY)")
        incoming = connection.sql("SELECT * FROM counted.scans").to_arrow_table()
        connection.execute("CREATE TABLE scans AS SELECT * FROM counted.scans LIMIT 0")
        began, before_s = time.perf_counter(), time.process_time()
        for start in range(0, incoming.num_rows, rows):
            connection.register("part", incoming.slice(start, rows))
            connection.execute("INSERT INTO scans SELECT * FROM part")
        took_s, took_cpu_s = time.perf_counter() - began, time.process_time() - before_s
        return incoming.num_rows / took_s, incoming.num_rows / took_cpu_s


async def questions(directory: Path) -> list[Section]:
    """Questions, export and a tail over a full store, asked of the real service over the broker."""
    path = directory / "var" / "analytics" / "analytics.duckdb"
    path.parent.mkdir(parents=True)
    fill_store(path)
    bytes_per_scan = path.stat().st_size / STORED
    broker_process = BrokerProcess(directory / "nats")
    broker_process.start()
    service = AnalyticsProcess(directory / "var", broker_process.url, stream_mb=256)
    broker = await Broker.connect(broker_process.url, "bench")
    try:
        await asyncio.to_thread(service.start)
        assert service.process is not None
        process = psutil.Process(service.process.pid)
        rows = [await measured(broker, process, name, [query], kind) for name, query, kind in asked()]
        rows.append(await measured(broker, process, *of_other_links()))
        exported = [await export_speed(broker, process, form) for form in ("csv", "ndjson")]
        idle_s, busy_s = await seen_after(broker, 0, quiet), await seen_after(broker, 20, restless)
        peak_mb = process.memory_info().rss / 1e6
    finally:
        service.stop()
        await broker.close()
        broker_process.stop()
    method = (
        f"{STORED:,} stored scans of {LINKS:,} links in {WORKSPACES} workspaces over {DAYS} days (skewed; the workspace"
        f" asked about holds about a tenth, the link is a busy one), {RUNS} runs each, and {LINK_RUNS} of those about"
        " links, asked of the real service over the broker with two DuckDB threads. CPU is what the service took, on"
        " both cores together: it says what a question costs when other work shares the machine."
    )
    table = Section(
        "Analytics: questions over ten million scans",
        method,
        ("question", "p50 ms", "p99 ms", "CPU ms", "aim ms"),
        tuple(rows),
        (f"{bytes_per_scan:.1f} bytes of disk per scan (aim 40), everything included.",
         f"Memory of the service after all of this: {peak_mb:,.0f} MB (aim 600)."),
    )  # fmt: skip
    flow = Section(
        "Analytics: exports, and counting while questions are asked",
        f"{EXPORTED:,} scans exported in chunks over the broker, asked for and opened by the API's own code. Then"
        " single scans are shipped and the time until a question sees them is taken, with nobody asking and with two"
        " askers that ask heavy questions without pause.",
        ("", "found", "aim"),
        (
            ("export CSV, rows/s", f"{exported[0][0]:,.0f}", "200,000"),
            ("export CSV, rows per CPU second of the service", f"{exported[0][1]:,.0f}", ""),
            ("export NDJSON, rows/s", f"{exported[1][0]:,.0f}", "200,000"),
            ("export NDJSON, rows per CPU second of the service", f"{exported[1][1]:,.0f}", ""),
            ("scan seen after, idle, median s", f"{idle_s[0]:.2f}", "2"),
            ("scan seen after, busy, median s", f"{busy_s[0]:.2f}", f"{idle_s[0] + 1:.2f}"),
            ("scan seen after, busy, worst s", f"{busy_s[1]:.2f}", f"{idle_s[1] + 1:.2f}"),
        ),
    )
    return [table, flow]


def fill_store(path: Path) -> None:
    """A full store, made by SQL, settled and put in order as the service does it."""
    robots = RobotReader()
    store = DuckStore(path, AgentReader(robots), memory_mb=512, threads=2)
    run_sql = store.connection.execute
    names = ", ".join([column.name for column in schema.SCAN_COLUMNS] + ["first"])
    for start in range(0, STORED, 500_000):
        run_sql(_GENERATED.format(names=names, start=start, end=start + 500_000))
    # Each day as settling leaves it; the last scan is the first of one more.
    for day_ms in range(BEGIN_MS, BEGIN_MS + (DAYS + 1) * DAY_MS, DAY_MS):
        run_sql(
            "INSERT INTO link_hours SELECT at_ms // 3600000 AS hour, workspace, link, count(*),"
            " count(*) FILTER (verdict = 0), count(*) FILTER (first), count(*) FILTER (verdict <> 0),"
            f" count(*) FILTER (verdict = 0 AND source = 1) FROM scans WHERE {schema.COUNTED}"
            f" AND at_ms >= {day_ms} AND at_ms < {day_ms + DAY_MS} GROUP BY ALL ORDER BY workspace, link, hour"
        )
    run_sql(
        "INSERT INTO agents SELECT i, 'Mozilla/5.0 agent ' || i, ['iOS','Android','Windows','Mac'][1 + i % 4], '17',"
        " ['Chrome','Safari','Firefox'][1 + i % 3], '1', ['mobile','desktop','tablet'][1 + i % 3], '', ''"
        " FROM range(1, 3001) t(i)"
    )
    for number in range(1, LINKS + 1):
        if number <= WORKSPACES:
            run_sql("INSERT INTO workspaces VALUES (?, ?)", [number, identity(1000 + number)])
    run_sql(
        f"INSERT INTO links SELECT i, unhex(lpad(printf('%x', i), 32, '0')) FROM range(1, {LINKS + 1}) t(i)"
    )
    run_sql("UPDATE state SET next_id = ?, commits = 1, announced = 1", [STORED + 1])
    for day in store.open_days(BEGIN_MS + (DAYS + 2) * DAY_MS):
        store.finish_day(store.prepare_day(day))
    store.close()
    ordered = DuckStore(path, AgentReader(robots), memory_mb=512, threads=2)
    while ordered.order_block():
        continue
    ordered.connection.execute("CHECKPOINT")
    ordered.close()


_GENERATED = f"""
    INSERT INTO scans ({{names}})
    WITH b AS (SELECT i + 1 AS id, random() r1, random() r2, random() r3, random() r4, random() r5, random() r6
               FROM range({{start}}, {{end}}) t(i)),
    d AS (SELECT *, 1 + floor({LINKS} * r1 * r1)::INT AS link,
                 {BEGIN_MS} + (id * {DAYS * DAY_MS / STORED})::BIGINT AS moment FROM b)
    SELECT id, moment, 1 + link % {WORKSPACES}, link, hash((moment // {DAY_MS}) * 1000003 + floor(r2 * 200000)),
        1 + floor(r3 * r3 * 3000)::INT, CASE WHEN r4 < 0.85 THEN 0 WHEN r4 < 0.95 THEN 1 ELSE 2 END,
        CASE WHEN r4 < 0.85 THEN 'human' ELSE 'robot_bot' END, CASE WHEN r5 < 0.4 THEN 1 ELSE 0 END,
        CASE WHEN r6 < 0.95 THEN 0 ELSE 5 END, 'GET', '',
        ['DE','FR','US','GB','PL','IT','ES','NL'][1 + floor(r5 * r5 * 8)::INT], 'R' || floor(r6 * 40)::INT,
        'City ' || floor(r6 * r5 * 500)::INT, ['EU','NA','AS'][1 + floor(r5 * 3)::INT], 3320 + floor(r2 * 50)::INT,
        ['de','en','fr','es'][1 + floor(r3 * 4)::INT],
        CASE WHEN r2 < 0.5 THEN '' ELSE 'site' || floor(r4 * 200)::INT || '.example.org' END, 'go.example.org',
        CASE WHEN r1 < 0.1 THEN 'rule-' || floor(r2 * 3)::INT ELSE '' END, '', '', '',
        CASE WHEN r6 < 0.2 THEN 'camp-' || floor(r3 * 30)::INT ELSE '' END, '', '', ''::BLOB, '',
        r4 < 0.85 AND r2 < 0.7 FROM d"""


def asked() -> list[tuple[str, Query, type[object]]]:
    """Name (with its aim), question, type of the answer."""
    span: dict[str, Any] = {
        "workspace_id": identity(1003),
        "from_ms": BEGIN_MS,
        "to_ms": BEGIN_MS + DAYS * DAY_MS,
    }
    link = {**span, "link_ids": (identity(2),)}
    filters = (Filter("country", ("DE",)), Filter("os", ("iOS",)))
    series, rows = list[SeriesPoint], BreakdownAnswer
    return [
        ("100 workspace: summary with trend", SummaryQuery(**span, compare=True), SummaryAnswer),
        ("100 workspace: 90 days", SeriesQuery(**span), series),
        ("- workspace: 90 days in Kolkata", SeriesQuery(**span, zone="Asia/Kolkata"), series),
        (
            "100 workspace: cities, two filters",
            BreakdownQuery(**span, dimensions=("city",), filters=filters),
            rows,
        ),
        ("- workspace: countries, no filter", BreakdownQuery(**span, dimensions=("country",)), rows),
        (f"{LINK_AIM_MS} link: summary", SummaryQuery(**link), SummaryAnswer),
        (f"{LINK_AIM_MS} link: 90 days", SeriesQuery(**link), series),
        (
            f"{LINK_AIM_MS} link: cities, two filters",
            BreakdownQuery(**link, dimensions=("city",), filters=filters),
            rows,
        ),
    ]


def of_other_links() -> tuple[str, list[Query], type[object]]:
    """The last question, of another link of the workspace in each run, of which the service kept nothing yet."""
    _, query, kind = asked()[-1]
    assert isinstance(query, BreakdownQuery)
    numbers = range(2, 2 + RUNS * WORKSPACES, WORKSPACES)
    queries = [msgspec.structs.replace(query, link_ids=(identity(number),)) for number in numbers]
    return f"{LINK_AIM_MS} the same, each time of another link", [*queries], kind


def cpu_s(process: psutil.Process) -> float:
    """Seconds of CPU that a process took so far."""
    return float(sum(process.cpu_times()[:2]))


async def measured(
    broker: Broker, process: psutil.Process, name: str, queries: Sequence[Query], kind: type[object]
) -> tuple[str, ...]:
    """Milliseconds of one of these questions, from asking to the decoded answer."""
    aim, _, what = name.partition(" ")
    await ask(broker, queries[-1], kind)
    took_ms = []
    before_s = cpu_s(process)
    runs = LINK_RUNS if aim == LINK_AIM_MS else RUNS
    for run in range(runs):
        began = time.perf_counter()
        await ask(broker, queries[run % len(queries)], kind)
        took_ms.append((time.perf_counter() - began) * 1000)
    cpu_ms = (cpu_s(process) - before_s) / runs * 1000
    p99 = statistics.quantiles(took_ms, n=100, method="inclusive")[98]
    return what, f"{statistics.median(took_ms):.1f}", f"{p99:.1f}", f"{cpu_ms:.0f}", aim


async def export_speed(broker: Broker, process: psutil.Process, form: str) -> tuple[float, float]:
    """Rows of an export over the broker, per second and per CPU second of the service, as the API asks for it."""
    span: dict[str, Any] = {
        "workspace_id": identity(1003),
        "from_ms": BEGIN_MS,
        "to_ms": BEGIN_MS + DAYS * DAY_MS,
    }
    query = ExportQuery(**span, format="csv" if form == "csv" else "ndjson")
    began, before_s, rows = time.perf_counter(), cpu_s(process), 0
    async with contextlib.aclosing(Bus.over(broker).export(query)) as chunks:
        async for chunk in chunks:
            rows += chunk.rows
            if rows >= EXPORTED:
                break
    return rows / (time.perf_counter() - began), rows / (cpu_s(process) - before_s)


async def quiet(broker: Broker) -> None:
    """Ask nothing."""
    del broker
    await asyncio.sleep(3600)


async def restless(broker: Broker) -> None:
    """Ask heavy questions without pause."""
    heavy = BreakdownQuery(
        workspace_id=identity(1003),
        from_ms=BEGIN_MS,
        to_ms=BEGIN_MS + DAYS * DAY_MS,
        dimensions=("city", "browser", "language"),
    )
    while True:
        try:
            await ask(broker, heavy, BreakdownAnswer)
        except BrokerError:
            continue


async def seen_after(
    broker: Broker, first: int, asker: Callable[[Broker], Awaitable[None]]
) -> tuple[float, float]:
    """Median and worst seconds until a shipped scan is stored, while two askers ask."""
    askers = [asyncio.ensure_future(asker(broker)) for _ in range(2)]
    took_s = []
    try:
        for number in range(first, first + 20):
            before = (await ask(broker, StatusQuery(), StatusAnswer)).scans
            began = time.perf_counter()
            await ship(broker, number, [scan(1, number + 1)], node="edge-9")
            while (await ask(broker, StatusQuery(), StatusAnswer)).scans == before:
                await asyncio.sleep(0.01)
            took_s.append(time.perf_counter() - began)
    finally:
        for each in askers:
            each.cancel()
        await asyncio.gather(*askers, return_exceptions=True)
    return statistics.median(took_s), max(took_s)
