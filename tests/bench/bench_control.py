"""Control: creating links one by one and in bulk, and listing among very many, beside raw SQLite."""

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from tests.bench.report import Section

from waypost.control.app import asgi
from waypost.control.bus import Bus
from waypost.control.core import bootstrap, keys, link_bulk, links
from waypost.control.core.keys import Peppers
from waypost.control.migrations import migrate
from waypost.control.model.access import Actor
from waypost.control.model.installation import Installation
from waypost.control.model.links import CreateLink, LinkFilter
from waypost.control.model.plans import Plan
from waypost.control.objects.local import LocalObjects
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
    """Measure creation and lists."""
    return asyncio.run(_run())


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
        creating = await _creating(database, actor, Path(directory))
        listing = await _listing(database, actor)
        await database.close()
    return [creating, listing]


async def _creating(database: Database, actor: Actor, directory: Path) -> Section:
    control = Control(database, PEPPERS, Bus("", "bench"), LocalObjects(directory / "assets"))
    transport = httpx.ASGITransport(app=asgi(control))
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:

        async def post() -> None:
            (await client.post("/v1/links", json={"target_url": TARGET})).raise_for_status()

        async def get() -> None:
            await client.get("/healthz")

        over_api = await _rate(post, SINGLE)
        empty_call = await _rate(get, SINGLE)
        newest = (await client.get("/v1/links", params={"limit": 1})).json()["data"][0]["id"]

        async def read_over_api() -> None:
            (await client.get(f"/v1/links/{newest}")).raise_for_status()

        read_api = await _rate(read_over_api, SINGLE)

    async def read() -> None:
        async with database.read() as tx:
            await links.get_link(tx, actor, newest)

    read_core = await _rate(read, SINGLE)

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
        notes=(
            f"An API call that does nothing (`/healthz`) takes {1000 / empty_call:.2f} ms the same way.",
            f"Reading one link takes {1000 / read_api:.2f} ms over the API, {1000 / read_core:.2f} ms as a use case.",
            _load(),
        ),
    )


def _compared(what: str, ours: float, raw: float) -> tuple[str, ...]:
    return what, f"{ours:,.0f}", f"{raw:,.0f}", f"{ours / raw:.2f}"


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


async def _listing(database: Database, actor: Actor) -> Section:
    count = await asyncio.to_thread(_fill, database, actor.workspace_id)
    wanted = {
        "newest first": LinkFilter(),
        "one domain": LinkFilter(domain_id="d7"),
        "one folder": LinkFilter(folder_id="f7"),
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
        marked = ((row(number)["id"], name) for number in range(0, MANY, every))
        connection.executemany("insert into link_tags (link_id, tag_id) values (?, ?)", marked)
    failing = ((row(number)["id"], 1, 404, "x", 1, 1) for number in range(0, MANY, 1000))
    connection.executemany("insert into link_health values (?, ?, ?, ?, ?, ?)", failing)
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
