"""Claiming, leases, retries and health, with a clock that tests move."""

import random

import pytest
from sqlalchemy import text
from tests.control.clock import Clock
from tests.control.webhooks.conftest import SHAPES, MakeEndpoint, MakeLink

from waypost.control.core.webhook_delivery import claim, forget, record
from waypost.control.core.webhook_fanout import fan_out_events
from waypost.control.model.access import Actor
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.delivery import Job, Result
from waypost.control.model.webhooks.schedule import DELAYS_DIALECT_S
from waypost.control.store import events, webhook_deliveries, webhook_endpoints
from waypost.control.store.database import Database


def result(job: Job, status: int | None, retry_after_s: int | None = None) -> Result:
    """How a call ended."""
    return Result(
        delivery_id=job.delivery_id, claim=job.claim, endpoint_id=job.endpoint_id, at_ms=0, duration_ms=1,
        status=status, error="" if status else "timed_out", retry_after_s=retry_after_s,
    )  # fmt: skip


async def claimed(database: Database, under_way: int = 0) -> list[Job]:
    """Fan out and claim."""
    async with database.write() as tx:
        while await fan_out_events(tx, SHAPES):
            pass
    async with database.write() as tx:
        return await claim(tx, under_way)


async def recorded(database: Database, results: list[Result]) -> int:
    """Keep results."""
    async with database.write() as tx:
        return await record(tx, results)


async def states(database: Database) -> dict[str, int]:
    """How many deliveries are in each state."""
    async with database.read() as tx:
        rows = await tx.rows(text("select state, count(*) as n from webhook_deliveries group by state"))
    return {row["state"]: row["n"] for row in rows}


async def test_at_most_four_calls_are_under_way_for_an_endpoint_and_64_in_all(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """A backlog of one endpoint must leave room for all others, over all workers."""
    for _ in range(70):
        await make_endpoint()
    for _ in range(6):
        await make_link()
    per_endpoint: dict[str, int] = {}
    first = await claimed(database)
    for job in first:
        per_endpoint[job.endpoint_id] = per_endpoint.get(job.endpoint_id, 0) + 1
    assert sorted(per_endpoint.values(), reverse=True) == [4] * 8 + [1] * 32, "half by fours, half by ones"
    assert await claimed(database, under_way=64) == []
    while others := await claimed(database):  # other workers
        for job in others:
            per_endpoint[job.endpoint_id] = per_endpoint.get(job.endpoint_id, 0) + 1
    assert set(per_endpoint.values()) == {4}
    assert len(per_endpoint) == 70


async def test_a_failing_endpoint_gets_one_call_at_a_time_until_it_succeeds(
    database: Database, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """Whatever hangs holds one place, not four; whatever recovers gets its four back."""
    await make_endpoint(events=("link.created",))
    for _ in range(9):
        await make_link()
    jobs = await claimed(database)
    assert len(jobs) == 4
    await recorded(database, [result(job, None) for job in jobs])
    (probe,) = await claimed(database)
    assert await claimed(database) == []
    await recorded(database, [result(probe, 200)])
    assert len(await claimed(database)) == 4


async def test_a_dead_workers_deliveries_come_back_and_its_late_results_are_not_believed(
    database: Database, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """SIGKILL, or a machine that slept: the lease ends, another worker sends, the old one is fenced off."""
    await make_endpoint()
    await make_link()
    (lost,) = await claimed(database)
    assert await claimed(database) == []
    clock.advance(seconds=limits.LEASE_MS / 1000)
    (again,) = await claimed(database)
    assert (again.delivery_id, again.message_id, again.body) == (lost.delivery_id, lost.message_id, lost.body)
    assert await recorded(database, [result(lost, 500)]) == 0
    assert await recorded(database, [result(again, 200)]) == 1
    assert await recorded(database, [result(again, 200)]) == 0
    assert await states(database) == {"delivered": 1}


async def test_retry_after_is_kept_and_gone_disables(
    database: Database, actor: Actor, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """Two things that receivers can say about being called."""
    minted = await make_endpoint(format="xqr")
    await make_link()
    (job,) = await claimed(database)
    await recorded(database, [result(job, 503, retry_after_s=1_000)])
    clock.advance(seconds=990)
    assert await claimed(database) == []
    clock.advance(seconds=15)
    (job,) = await claimed(database)
    await make_link()
    await recorded(database, [result(job, 410)])
    async with database.read() as tx:
        endpoint = await webhook_endpoints.get(tx, actor.workspace_id, minted.endpoint.id)
        told = await events.after(tx, 0, 10)
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "gone")
    assert [event.type for event in told][-1] == "webhook.disabled"
    assert await claimed(database) == []


async def test_owners_are_told_and_twenty_failures_disable(
    database: Database, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """Notices at 5, 10 and 15 reach whoever listens elsewhere; the broken endpoint does not hear of itself."""
    broken = await make_endpoint(events=("*",), format="native")
    listener = await make_endpoint(events=("webhook.failing", "webhook.disabled"))
    heard: list[str] = []
    for _ in range(20):
        await make_link()
        clock.advance(seconds=61)
        for job in await claimed(database):
            if job.endpoint_id == listener.endpoint.id:
                heard.append(job.event_name)
                await recorded(database, [result(job, 200)])
            else:
                assert not job.event_name.startswith("webhook.")
                await recorded(database, [result(job, None)])
        if len(heard) == 4:
            break
    heard += [job.event_name for job in await claimed(database)]
    assert heard == ["webhook.failing"] * 3 + ["webhook.disabled"]
    async with database.read() as tx:
        assert (await webhook_deliveries.pending(tx, [broken.endpoint.id]))[broken.endpoint.id] == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_event_arrives_or_becomes_a_dead_letter_through_outages_and_kills(
    seed: int, database: Database, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """At least once, never early, always the same id: through an endpoint that is up half the time
    and a worker that dies with calls in its hands."""
    chance = random.Random(seed)
    await make_endpoint(format="xqr", events=("link.created",))
    count = 40
    for _ in range(count):
        await make_link()
    arrived: set[str] = set()
    tries: dict[str, int] = {}
    due_at: dict[str, int] = {}
    for _ in range(4_000):
        jobs = await claimed(database)
        if chance.random() < 0.1:
            # The worker is killed: some calls were made, no result was kept.
            arrived |= {job.message_id for job in jobs if chance.random() < 0.25}
            clock.advance(seconds=limits.LEASE_MS / 1000)
            continue
        up = chance.random() < 0.5
        for job in jobs:
            assert clock.now_ms >= due_at.get(job.message_id, 0), "no attempt before its time"
            tries[job.message_id] = tries.get(job.message_id, 0) + 1
            if up:
                arrived.add(job.message_id)
            elif tries[job.message_id] < len(DELAYS_DIALECT_S):
                due_at[job.message_id] = clock.now_ms + int(DELAYS_DIALECT_S[tries[job.message_id]] * 900)
        await recorded(database, [result(job, 200 if up else 503) for job in jobs])
        if not jobs:
            async with database.read() as tx:
                next_ms = await webhook_deliveries.next_due_ms(tx)
            if next_ms is None:
                break
            clock.now_ms = max(clock.now_ms, next_ms)
    left = await states(database)
    assert set(left) <= {"delivered", "dead"}
    assert sum(left.values()) == count
    assert len(arrived) >= left["delivered"]
    assert left.get("delivered", 0) > count / 2
    assert max(tries.values()) <= len(DELAYS_DIALECT_S)


async def test_old_deliveries_are_forgotten_with_their_bodies(
    database: Database, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """Delivered ones stay a week, dead letters a month; then the disk is given back."""
    await make_endpoint(events=("link.created",))
    await make_link()
    (delivered,) = await claimed(database)
    await recorded(database, [result(delivered, 200)])
    clock.advance(seconds=3600)
    await make_link()
    for _ in range(8):
        jobs = await claimed(database)
        await recorded(database, [result(job, 500) for job in jobs])
        clock.advance(seconds=40 * 3600)
    assert await states(database) == {"delivered": 1, "dead": 1}
    clock.advance(seconds=limits.DELIVERED_KEPT_MS / 1000)
    async with database.write() as tx:
        await forget(tx)
    assert await states(database) == {"dead": 1}
    clock.advance(seconds=limits.DEAD_LETTERS_KEPT_MS / 1000)
    async with database.write() as tx:
        await forget(tx)
    async with database.read() as tx:
        assert await tx.number(text("select count(*) from webhook_bodies")) == 0
        assert await tx.number(text("select count(*) from webhook_attempts")) == 0
