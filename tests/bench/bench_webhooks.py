"""Webhooks: what one worker delivers, and whether hanging receivers delay the others."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from statistics import quantiles

import httpx
from sqlalchemy import text
from tests.bench.report import Section
from tests.control.webhooks.receiver_process import ReceiverProcess

from waypost.control.core import bootstrap, links, webhooks
from waypost.control.core.keys import Peppers
from waypost.control.jobs.webhooks import run_webhooks
from waypost.control.migrations import migrate
from waypost.control.model.access import Actor, system_actor
from waypost.control.model.installation import Installation
from waypost.control.model.links import CreateLink
from waypost.control.model.webhooks.endpoint import CreateEndpoint
from waypost.control.model.webhooks.limits import IN_FLIGHT_MAX
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.target import OutgoingPolicy
from waypost.control.store import workspaces
from waypost.control.store.database import Database, open_database

PEPPERS = Peppers((b"pepper of the benchmark",))
_BODY = b"x" * 700
ENDPOINTS, EVENTS = 40, 50
HEALTHY, HANGING, ISOLATION_EVENTS, EVENT_EVERY_S = 80, 20, 25, 1.0


def run() -> list[Section]:
    """Throughput beside bare httpx, and the delay of healthy endpoints beside hanging ones."""
    return [asyncio.run(_throughput()), asyncio.run(_isolation())]


async def _throughput() -> Section:
    count = ENDPOINTS * EVENTS
    with tempfile.TemporaryDirectory() as directory:
        receiver = ReceiverProcess(Path(directory))
        database, actor = await _database(Path(directory))
        try:
            bare_s = await _bare(f"{receiver.url}/quiet", count)
            guarded_s = await _guarded(f"{receiver.url}/quiet", count)
            await _register(database, actor, [f"{receiver.url}/quiet{n}" for n in range(ENDPOINTS)])
            for _ in range(EVENTS):
                await _make_link(database, actor)
            started = time.perf_counter()
            worker = asyncio.create_task(run_webhooks(database, PEPPERS))
            while await _delivered(database) < count:
                await asyncio.sleep(0.05)
            ours_s = time.perf_counter() - started
            await _end(worker)
        finally:
            await database.close()
            receiver.stop()
    rows = (
        ("httpx alone: the same number of POSTs, nothing stored or signed", f"{count / bare_s:,.0f}", "1.00"),
        (
            "the guarded client alone",
            f"{count / guarded_s:,.0f}",
            f"{bare_s / guarded_s:.2f}",
        ),
        (
            "one worker: fan-out, claims, signatures, log, all on SQLite",
            f"{count / ours_s:,.0f}",
            f"{bare_s / ours_s:.2f}",
        ),
    )
    method = (
        f"{EVENTS} events to {ENDPOINTS} endpoints of one receiver process on loopback, {IN_FLIGHT_MAX} calls"
        " under way; the receiver shares the machine."
    )
    return Section("Webhooks: deliveries per second", method, ("sender", "deliveries/s", "of bare"), rows)


async def _isolation() -> Section:
    with tempfile.TemporaryDirectory() as directory:
        receiver = ReceiverProcess(Path(directory))
        database, actor = await _database(Path(directory))
        rows = []
        try:
            wake = asyncio.Event()
            database.on_commit.append(lambda _tx: wake.set())
            worker = asyncio.create_task(run_webhooks(database, PEPPERS, wake=wake))
            await _register(database, actor, [f"{receiver.url}/fine{n}" for n in range(HEALTHY)])
            rows.append(await _delays(database, actor, receiver, f"{HEALTHY} healthy endpoints alone"))
            await _register(database, actor, [f"{receiver.url}/hang{n}" for n in range(HANGING)])
            rows.append(
                await _delays(database, actor, receiver, f"the same beside {HANGING} that never answer")
            )
            await _end(worker)
        finally:
            await database.close()
            receiver.stop()
    method = (
        f"{ISOLATION_EVENTS} events, {EVENT_EVERY_S:g} s apart, to every endpoint; time from the"
        " commit of the change to the request at the receiver."
    )
    columns = ("endpoints", "p50 ms", "p99 ms", "most ms", "deliveries")
    return Section("Webhooks: isolation of endpoints", method, columns, tuple(rows))


async def _delays(database: Database, actor: Actor, receiver: ReceiverProcess, label: str) -> tuple[str, ...]:
    """Make events, wait for every healthy delivery, and say how long they took."""
    before = len(receiver.received())
    wanted = before + ISOLATION_EVENTS * HEALTHY
    for _ in range(ISOLATION_EVENTS):
        await _make_link(database, actor)
        await asyncio.sleep(EVENT_EVERY_S)
    while len(receiver.received()) < wanted:
        await asyncio.sleep(0.25)
    delays = [each["at_ms"] - _unix_ms(each["body"]["timestamp"]) for each in receiver.received()[before:]]
    cut = quantiles(delays, n=100)
    return label, f"{cut[49]:.0f}", f"{cut[98]:.0f}", f"{max(delays):.0f}", f"{len(delays):,}"


def _unix_ms(rfc3339: str) -> float:
    """Unix milliseconds of a time in RFC 3339."""
    return datetime.fromisoformat(rfc3339).timestamp() * 1000


async def _bare(url: str, count: int) -> float:
    """Bare httpx with its pool."""
    limits = httpx.Limits(max_connections=IN_FLIGHT_MAX)
    async with httpx.AsyncClient(trust_env=False, limits=limits) as client:
        return await _all(count, lambda: client.post(url, content=_BODY))


async def _guarded(url: str, count: int) -> float:
    """The guarded client, which connects anew for every call."""
    client = GuardedClient(OutgoingPolicy(allow_private=True))
    return await _all(count, lambda: client.send("POST", url, body=_BODY))


async def _all(count: int, call: Callable[[], Awaitable[object]]) -> float:
    """How long so many calls take, IN_FLIGHT_MAX at a time."""
    waiting = iter(range(count))

    async def some() -> None:
        for _ in waiting:
            await call()

    started = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(IN_FLIGHT_MAX)))
    return time.perf_counter() - started


async def _database(directory: Path) -> tuple[Database, Actor]:
    installation = Installation(allow_private_targets=True)
    database = await open_database("", directory / "control.db", installation=installation)
    await migrate(database)
    async with database.write() as tx:
        await bootstrap.initialise(tx)
        workspace = await workspaces.first(tx)
    if workspace is None:
        raise RuntimeError("the database was not initialised")
    return database, system_actor(workspace.id, "bench")


async def _register(database: Database, actor: Actor, urls: list[str]) -> None:
    async with database.write() as tx:
        for url in urls:
            command = CreateEndpoint(url=url, events=("link.created",))
            await webhooks.create_endpoint(tx, actor, command, peppers=PEPPERS)


async def _make_link(database: Database, actor: Actor) -> None:
    async with database.write() as tx:
        await links.create_link(tx, actor, CreateLink(target_url="https://example.com/"))


async def _delivered(database: Database) -> int:
    async with database.read() as tx:
        return await tx.number(text("select count(*) from webhook_deliveries where state = 'delivered'"))


async def _end(worker: "asyncio.Task[None]") -> None:
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
