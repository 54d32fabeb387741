"""Control: what a call costs, creating links one by one and in bulk beside raw SQLite, and listing among very
many."""

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import uvloop
from sqlalchemy import event
from tests.bench.report import Section

from waypost.control import collector
from waypost.control.app import asgi
from waypost.control.bus import Bus
from waypost.control.core import bootstrap, keys, link_bulk, links
from waypost.control.core.keys import Peppers
from waypost.control.migrations import migrate
from waypost.control.model.access import Actor
from waypost.control.model.installation import Installation
from waypost.control.model.links import CreateLink, LinkFilter
from waypost.control.model.page import PageRequest
from waypost.control.model.plans import Plan
from waypost.control.objects.local import LocalObjects
from waypost.control.store import sqlite_driver
from waypost.control.store.cursor_text import encode_cursor
from waypost.control.store.database import Database, open_database
from waypost.control.surface.control import Control

KEY = "a-key-for-the-benchmark"
PEPPERS = Peppers((b"bench",))
TARGET = "https://example.com/spring?campaign=17"
SINGLE = 300
BULK = 2_000
MANY = 1_000_000
LISTS = 100
PLAN = Plan(name="unlimited", api_calls_minute=10**7, api_burst=10**7)


def run() -> list[Section]:
    """Measure calls, creation and lists."""
    return uvloop.run(_run())


async def _run() -> list[Section]:
    with tempfile.TemporaryDirectory() as directory:
        place = Installation(public_url="https://go.example", plans=(PLAN,))
        database = await open_database("", Path(directory) / "control.db", installation=place)
        await migrate(database)
        async with database.write() as tx:
            await bootstrap.initialise(tx)
            await bootstrap.ensure_admin_key(tx, PEPPERS, KEY)
        async with database.read() as tx:
            actor = await keys.authenticate(tx, PEPPERS, KEY)
        control = Control(database, PEPPERS, Bus("", "bench"), LocalObjects(Path(directory) / "assets"))
        transport = httpx.ASGITransport(app=asgi(control))
        headers = {"Authorization": f"Bearer {KEY}"}
        collector.settle()  # as the service does
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", headers=headers, timeout=30
        ) as client:
            calling = await _calling(database, actor, client)
            creating = await _creating(database, actor, client, Path(directory))
            listing = await _listing(database, actor, client)
        await database.close()
    return [calling, creating, listing]


async def _calling(database: Database, actor: Actor, client: httpx.AsyncClient) -> Section:
    created = await client.post("/v1/links", json={"target_url": TARGET, "tags": ["spring"]})
    one = created.json()["id"]
    for _ in range(49):
        await client.post("/v1/links", json={"target_url": TARGET})

    async def nothing() -> None:
        await client.get("/healthz")

    async def begin() -> None:
        async with database.read():
            pass

    async def begin_writing() -> None:
        async with database.write():
            pass

    async def recognise() -> None:
        async with database.read() as tx:
            await keys.authenticate(tx, PEPPERS, KEY)

    async def read() -> None:
        async with database.read() as tx:
            await links.get_link(tx, actor, one)

    async def read_over_api() -> None:
        (await client.get(f"/v1/links/{one}")).raise_for_status()

    async def read_page_over_api() -> None:
        (await client.get("/v1/links", params={"limit": 50})).raise_for_status()

    async def create() -> None:
        async with database.write() as tx:
            await links.create_link(tx, actor, CreateLink(target_url=TARGET))

    async def create_over_api() -> None:
        (await client.post("/v1/links", json={"target_url": TARGET})).raise_for_status()

    calls = {
        "a call that does nothing (`/healthz`)": nothing,
        "an empty transaction that reads": begin,
        "an empty transaction that writes": begin_writing,
        "recognising a key": recognise,
        "one link, use case alone": read,
        "one link, `GET /v1/links/{id}`": read_over_api,
        "a page of 50, `GET /v1/links`": read_page_over_api,
        "creating a link, use case alone": create,
        "creating a link, `POST /v1/links`": create_over_api,
    }
    rows = tuple([(name, *await _cost(database, work)) for name, work in calls.items()])
    return Section(
        title="Control: what a call costs",
        method=f"SQLite, one process, {SINGLE} calls one after another; the client is in the same process, so its "
        "share is in every figure of the API. Statements include the transaction's `begin`; a hop asks the "
        "connection's thread and waits to be woken by it.",
        columns=("what", "p50 ms", "p99 ms", "CPU ms", "statements", "thread hops"),
        rows=rows,
        notes=(_load(),),
    )


async def _cost(database: Database, work: Callable[[], Awaitable[None]]) -> tuple[str, ...]:
    for _ in range(SINGLE // 10):
        await work()
    statements, hops = await _counted(database, work)
    times_ms = []
    processor = time.process_time()
    for _ in range(SINGLE):
        started = time.perf_counter()
        await work()
        times_ms.append((time.perf_counter() - started) * 1000)
    processor_ms = (time.process_time() - processor) * 1000 / SINGLE
    times_ms.sort()
    p50, p99 = times_ms[SINGLE // 2], times_ms[SINGLE * 99 // 100]
    return f"{p50:.2f}", f"{p99:.2f}", f"{processor_ms:.2f}", str(statements), str(hops)


async def _counted(database: Database, work: Callable[[], Awaitable[None]]) -> tuple[int, int]:
    """How many statements a piece of work runs, and how often it waits for a connection's thread."""
    counts = [0, 0]
    hop = sqlite_driver.Connection._on_thread

    def count_statement(*_: object) -> None:
        counts[0] += 1

    async def count_hop(self: sqlite_driver.Connection, *arguments: Any, **more: Any) -> Any:
        counts[1] += 1
        return await hop(self, *arguments, **more)

    engines = (database.reader.sync_engine, database.writer.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count_statement)
    sqlite_driver.Connection._on_thread = count_hop  # type: ignore[method-assign]  # to count, then put back
    try:
        await work()
    finally:
        sqlite_driver.Connection._on_thread = hop  # type: ignore[method-assign]  # put back
        for engine in engines:
            event.remove(engine, "before_cursor_execute", count_statement)
    return counts[0], counts[1]


async def _creating(database: Database, actor: Actor, client: httpx.AsyncClient, directory: Path) -> Section:
    async def post() -> None:
        (await client.post("/v1/links", json={"target_url": TARGET})).raise_for_status()

    over_api = await _rate(post, SINGLE)

    async def create() -> None:
        async with database.write() as tx:
            await links.create_link(tx, actor, CreateLink(target_url=TARGET))

    core = await _rate(create, SINGLE)
    started = time.perf_counter()
    for start in range(0, BULK, 1_000):
        rows: Any = [(index, link_bulk.CreateRow(CreateLink(target_url=TARGET))) for index in range(1_000)]
        async with database.write() as tx:
            await link_bulk.run_rows(tx, actor, rows)
        assert start < BULK
    bulk = BULK / (time.perf_counter() - started)
    raw_single, raw_bulk = await asyncio.to_thread(_raw, directory)
    return Section(
        title="Control: creating links",
        method=f"SQLite, `synchronous=FULL`, one process, {SINGLE} creations one after another, "
        f"{BULK} in bulk of 1,000. The raw figure writes the same rows into the same tables with sqlite3 alone.",
        columns=("what", "links/s", "raw SQLite, same rows", "ratio"),
        rows=(
            (
                "POST /v1/links, whole API in process",
                f"{over_api:,.0f}",
                f"{raw_single:,.0f}",
                f"{over_api / raw_single:.2f}",
            ),
            ("use case alone", f"{core:,.0f}", f"{raw_single:,.0f}", f"{core / raw_single:.2f}"),
            ("bulk", f"{bulk:,.0f}", f"{raw_bulk:,.0f}", f"{bulk / raw_bulk:.2f}"),
        ),
        notes=(_load(),),
    )


def _load() -> str:
    return f"Load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."


def _raw(directory: Path) -> tuple[float, float]:
    """Rows a second that SQLite itself takes, one transaction each and 1,000 per transaction."""
    database = sqlite3.connect(directory / "control.db", isolation_level=None)
    database.execute("pragma synchronous=full")
    tables = ("links", "slugs", "records", "outbox", "events", "changes")
    copies: dict[str, tuple[str, list[tuple[Any, ...]]]] = {}
    for table in tables:
        newest = "" if table == "records" else "order by rowid desc"  # records have no rowid
        rows = database.execute(f"select * from {table} {newest} limit 1000").fetchall()
        database.execute(f"create table raw_{table} as select * from {table} where 0")
        marks = ",".join("?" * len(rows[0]))
        copies[table] = (f"insert into raw_{table} values ({marks})", rows)
    started = time.perf_counter()
    for index in range(SINGLE):
        database.execute("begin immediate")
        for statement, rows in copies.values():
            database.execute(statement, rows[index % len(rows)])
        database.execute("commit")
    single = SINGLE / (time.perf_counter() - started)
    started = time.perf_counter()
    database.execute("begin immediate")
    for statement, rows in copies.values():
        database.executemany(statement, (rows * 2)[:1000])
    database.execute("commit")
    bulk = 1000 / (time.perf_counter() - started)
    for table in tables:
        database.execute(f"drop table raw_{table}")
    database.close()
    return single, bulk


async def _listing(database: Database, actor: Actor, client: httpx.AsyncClient) -> Section:
    count = await asyncio.to_thread(_fill, database, actor.workspace_id)
    middle = encode_cursor(
        "created", 1_700_000_000_000 + MANY // 2, f"01900000-0000-7000-8000-{MANY // 2:012d}"
    )
    wanted = {
        "newest first": LinkFilter(),
        "newest first, the page in the middle": LinkFilter(page=PageRequest(after=middle)),
        "one domain": LinkFilter(domain_id="d7"),
        "one folder": LinkFilter(folder_id="f7"),
        "one folder, by title": LinkFilter(folder_id="f7", sort="title"),
        "one tenant": LinkFilter(tenant_id="t7"),
        "one external id": LinkFilter(external_id="e500017"),
        "made in one hour": LinkFilter(created_from_ms=1_700_000_100_000, created_until_ms=1_700_000_103_600),
        "a tag on 1,000": LinkFilter(tags=("rare",)),
        "a tag on 2,000, in one folder": LinkFilter(tags=("some",), folder_id="f0"),
        "a tag on 10,000": LinkFilter(tags=("common",)),
        "destinations that fail, 1,000": LinkFilter(healthy=False),
        "one destination": LinkFilter(target_url="https://example.com/500017"),
        "by title": LinkFilter(sort="title"),
        "changed last": LinkFilter(sort="updated"),
        "search that finds many (not indexed)": LinkFilter(search="example.com/77"),
    }
    rows = []
    for name, each in wanted.items():
        times_ms = []
        for _ in range(LISTS):
            started = time.perf_counter()
            async with database.read() as tx:
                await links.list_links(tx, actor, each)
            times_ms.append((time.perf_counter() - started) * 1000)
        times_ms.sort()
        rows.append((name, f"{times_ms[LISTS // 2]:.1f}", f"{times_ms[LISTS * 99 // 100]:.1f}"))
    times_ms = []
    for _ in range(LISTS):
        started = time.perf_counter()
        (await client.get("/v1/links", params={"limit": 50})).raise_for_status()
        times_ms.append((time.perf_counter() - started) * 1000)
    times_ms.sort()
    over_api = (f"{times_ms[LISTS // 2]:.1f}", f"{times_ms[LISTS * 99 // 100]:.1f}")
    rows.append(("newest first, `GET /v1/links`", *over_api))
    return Section(
        title=f"Control: lists among {count:,} links",
        method=f"A page of 50 with tags, aliases and totals, {LISTS} times each, SQLite, one process.",
        columns=("list", "p50 ms", "p99 ms"),
        rows=tuple(rows),
        notes=(
            "No statistics are gathered beforehand: the database is as an installation fills it.",
            _load(),
        ),
    )


def _fill(database: Database, workspace_id: str) -> int:
    """Copy one link a million times, with other ids, titles, folders and tenants."""
    connection = sqlite3.connect(str(database.writer.url.database), isolation_level=None)
    names = [row[1] for row in connection.execute("pragma table_info(links)")]
    template = dict(zip(names, connection.execute("select * from links limit 1").fetchone(), strict=True))
    statement = f"insert into links values ({','.join(f':{name}' for name in names)})"

    def row(number: int) -> dict[str, Any]:
        return {
            **template,
            "id": f"01900000-0000-7000-8000-{number:012d}",
            "workspace_id": workspace_id,
            "slug": f"m{number}",
            "slug_key": f"m{number}",
            "domain_id": f"d{number % 200}",
            "external_id": f"e{number}",
            "title": f"Link {number * 7919 % MANY}",
            "folder_id": f"f{number % 1000}",
            "tenant_id": f"t{number % 5000}",
            "target_url": f"https://example.com/{number}",
            "created_ms": 1_700_000_000_000 + number,
            "updated_ms": 1_700_000_000_000 + number * 31 % MANY,
        }

    connection.execute("pragma synchronous=off")
    connection.execute("begin immediate")
    connection.executemany(statement, (row(number) for number in range(MANY)))
    for name, every in (("rare", 1000), ("some", 500), ("common", 100)):
        tag = (name, workspace_id, name, name, "", 0)
        connection.execute("insert into tags values (?, ?, ?, ?, ?, ?)", tag)
        marked = ((one["id"], name, one["created_ms"]) for one in map(row, range(0, MANY, every)))
        connection.executemany("insert into link_tags values (?, ?, ?)", marked)
    failing = (
        (one["id"], 1, 404, "x", 1, 1, workspace_id, one["created_ms"])
        for one in map(row, range(0, MANY, 1000))
    )
    connection.executemany("insert into link_health values (?, ?, ?, ?, ?, ?, ?, ?)", failing)
    connection.execute("commit")
    count = int(connection.execute("select count(*) from links").fetchone()[0])
    connection.close()
    return count


async def _rate(work: Callable[[], Awaitable[None]], times: int) -> float:
    for _ in range(times // 10):
        await work()
    started = time.perf_counter()
    for _ in range(times):
        await work()
    return times / (time.perf_counter() - started)
