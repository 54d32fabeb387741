"""The analytics process beside a real broker: what it promises when things end, vanish and come back."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.analytics.scans import BOT, DAY_MS, NOON_MS, identity, scan
from tests.analytics.service_process import AnalyticsProcess, Refusal, ask, settled, ship
from tests.broker_process import BrokerProcess

from waypost.runtime.broker import Broker, BrokerError, StreamConfig
from waypost.runtime.stream_reader import StreamReader
from waypost.wire.codec import decode_reply, decode_totals
from waypost.wire.queries import (
    AcceptGapQuery,
    HeldSpool,
    LinkTotalsQuery,
    StatusAnswer,
    StatusQuery,
    SummaryAnswer,
    SummaryQuery,
)
from waypost.wire.scan import Source
from waypost.wire.subjects import (
    ANALYTICS_QUERY,
    ANALYTICS_REPUBLISH,
    EVENTS_STREAM,
    EVENTS_SUBJECTS,
    SCANS_STREAM,
    TOTALS_STREAM,
)
from waypost.wire.totals import LinkTotalsV1
from waypost.wire.upkeep import Changed, Watch

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
MIDNIGHT_MS = NOON_MS // DAY_MS * DAY_MS
KILLS = 20 if os.environ.get("WAYPOST_FAULT") == "full" else 5


@pytest.fixture
async def service(tmp_path: Path, broker_process: BrokerProcess) -> AsyncIterator[AnalyticsProcess]:
    """A started service, ended with the test."""
    process = AnalyticsProcess(tmp_path / "var", broker_process.url)
    await asyncio.to_thread(process.start)
    yield process
    await asyncio.to_thread(process.stop)


async def human(broker: Broker, *links: int) -> int:
    found = await ask(broker, LinkTotalsQuery(tuple(map(identity, links))), list[LinkTotalsV1])
    return sum(each.human for each in found)


async def test_scan_is_counted_and_summed_within_two_seconds(
    service: AnalyticsProcess, broker: Broker
) -> None:
    """Who follows a link wants to see the count move."""
    del service
    await ship(broker, 0, [scan(1, 1), scan(1, 2, source=Source.QR), scan(1, 3, user_agent=BOT), scan(2, 1)])
    async with asyncio.timeout(2):
        while (await ask(broker, StatusQuery(), StatusAnswer)).scans < 4:
            await asyncio.sleep(0.02)
    found = await ask(broker, LinkTotalsQuery((identity(1), identity(99))), list[LinkTotalsV1])
    assert found == [LinkTotalsV1(identity(1), identity(1001), 3, 2, 2, 1, 1, NOON_MS)]
    day = SummaryQuery(workspace_id=identity(1001), from_ms=MIDNIGHT_MS, to_ms=MIDNIGHT_MS + DAY_MS)
    assert await ask(broker, day, SummaryAnswer) == SummaryAnswer(4, 3, 2, 1, 1, 2)
    one = msgspec.structs.replace(day, link_ids=(identity(2),))
    assert await ask(broker, one, SummaryAnswer) == SummaryAnswer(1, 1, 1, 0, 0, 1)
    other = msgspec.structs.replace(day, workspace_id=identity(5))
    assert await ask(broker, other, SummaryAnswer) == SummaryAnswer(0, 0, 0, 0, 0, 0)


async def test_changed_totals_are_announced_and_all_of_them_on_request(
    service: AnalyticsProcess, broker: Broker
) -> None:
    """Lists in control show counts while analytics is away, so they must have been told."""
    del service
    for first in range(0, 2500, 500):
        await ship(broker, first, [scan(n + 1, 1) for n in range(first, first + 500)])
    reader = StreamReader(broker, TOTALS_STREAM, 0)
    seen: dict[bytes, int] = {}
    months: list[tuple[bytes, int, int]] = []

    async def read_until(count: int) -> None:
        async with asyncio.timeout(30):
            while len(seen) < count:
                for message in await reader.fetch(timeout_s=0.2):
                    totals = decode_totals(message.data)
                    seen.update((each.link_id, each.human) for each in totals.totals)
                    months.extend(totals.workspace_months)

    await read_until(2500)
    assert months[-1] == (identity(1001), 2025 * 12 + 9, 2500)
    await ship(broker, 2500, [scan(7, 2)])
    seen.clear()
    await read_until(1)
    assert seen == {identity(7): 2}
    seen.clear()
    await broker.broadcast(ANALYTICS_REPUBLISH, b"")
    await read_until(2500)
    assert sum(seen.values()) == 2501


async def test_kills_during_ingestion_leave_totals_exact(service: AnalyticsProcess, broker: Broker) -> None:
    """SIGKILL at any moment: the store opens, every scan is counted once."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    rounds, size = KILLS * 12, 200
    shipped = asyncio.Event()

    async def agent(node: str) -> None:
        for number in range(rounds):
            await ship(broker, number * size, [scan(n % 9 + 1, n) for n in range(size)], node)
            if chance.random() < 0.3 and number:
                again = number * size - 150
                await ship(broker, again, [scan(n % 9 + 1, n) for n in range(size)], node)

    async def executioner() -> None:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.05, 0.9))
            await asyncio.to_thread(service.kill)
            await asyncio.to_thread(service.start)
        shipped.set()

    await asyncio.gather(agent("edge-0"), agent("edge-1"), executioner())
    status = await settled(broker, 2 * rounds * size)
    assert status.scans == 2 * rounds * size
    assert status.held == ()
    assert await human(broker, *range(1, 10)) == 2 * rounds * size


async def test_broker_killed_and_back_loses_nothing(
    service: AnalyticsProcess, broker: Broker, broker_process: BrokerProcess
) -> None:
    """While the broker is away nothing is counted; afterwards everything is."""
    await ship(broker, 0, [scan(1, n) for n in range(1, 51)])
    await settled(broker, 50)
    for first in (50, 100):
        await asyncio.to_thread(broker_process.kill)
        await asyncio.to_thread(broker_process.start)
        await ship(broker, first, [scan(1, n) for n in range(1, 51)])
    assert (await settled(broker, 150)).scans == 150
    assert service.process is not None
    assert service.process.poll() is None


async def test_removed_message_raises_an_alarm_and_is_not_passed(
    service: AnalyticsProcess, broker: Broker
) -> None:
    """R9: a hole in the stream is seen within a batch, held, and only an operator gives it up."""
    await ship(broker, 0, [scan(1, 1)])
    await settled(broker, 1)
    await asyncio.to_thread(service.stop)
    await ship(broker, 1, [scan(1, 2), scan(1, 3)])
    await ship(broker, 3, [scan(1, 4)])
    await ship(broker, 0, [scan(2, 1)], node="edge-1")
    await broker.api(f"STREAM.MSG.DELETE.{SCANS_STREAM}", b'{"seq": 2}')
    await asyncio.to_thread(service.start)
    status = await settled(broker, 2)
    assert status.held == (HeldSpool("edge-0", 7, 1, 3),)
    assert '"event":"scan_gap"' in service.log
    assert await human(broker, 1, 2) == 2
    wrong = await asyncio.to_thread(service.command, "accept-gap", "edge-9", "7")
    assert (wrong.returncode, "not_held" in wrong.stderr) == (1, True)
    accepted = await asyncio.to_thread(service.command, "accept-gap", "edge-0", "7")
    assert accepted.returncode == 0, accepted.stderr
    assert (await settled(broker, 3)).held == ()
    assert await human(broker, 1, 2) == 3


async def test_missing_batch_that_comes_late_closes_the_gap(
    service: AnalyticsProcess, broker: Broker
) -> None:
    """An agent rewinds when the broker lost what it had acknowledged: no operator is needed."""
    del service
    await ship(broker, 0, [scan(1, 1)])
    await ship(broker, 3, [scan(1, 4), scan(1, 5)])
    async with asyncio.timeout(30):
        while not (await ask(broker, StatusQuery(), StatusAnswer)).held:
            await asyncio.sleep(0.05)
    await ship(broker, 1, [scan(1, 2), scan(1, 3)])
    status = await settled(broker, 5)
    assert (status.held, status.scans) == ((), 5)


async def test_stream_made_again_is_noticed_and_nothing_counts_twice(
    service: AnalyticsProcess, broker: Broker, broker_process: BrokerProcess
) -> None:
    """A cursor beyond the end of a new stream would wait for ever without an error."""
    await ship(broker, 0, [scan(1, n) for n in range(1, 11)])
    await ship(broker, 10, [scan(1, n) for n in range(1, 11)])
    await settled(broker, 20)
    await broker.api(f"STREAM.DELETE.{SCANS_STREAM}", b"")
    await asyncio.to_thread(broker_process.kill)
    await asyncio.to_thread(broker_process.start)
    await ship(broker, 10, [scan(1, n) for n in range(1, 16)])
    status = await settled(broker, 25)
    assert (status.scans, status.held) == (25, ())
    assert '"event":"stream_made_again"' in service.log
    assert await human(broker, 1) == 25


async def test_events_leave_once_and_commands_reach_the_service(
    service: AnalyticsProcess, broker: Broker
) -> None:
    """Webhooks live from these events; operators from these commands."""
    await broker.ensure_stream(StreamConfig(EVENTS_STREAM, (EVENTS_SUBJECTS,), 3600, 1_000_000, 65_536))
    await ask(broker, Watch(link_ids=(identity(1),)), Changed)
    await ship(broker, 0, [scan(1, 1), scan(2, 1)])
    reader = StreamReader(broker, EVENTS_STREAM, 0)
    seen: list[tuple[str, bytes]] = []
    async with asyncio.timeout(20):
        while len(seen) < 3:
            seen += [(each.subject, each.data) for each in await reader.fetch(timeout_s=0.2)]
    assert sorted(subject for subject, _ in seen) == [
        "events.v1.link.scanned",
        "events.v1.link.threshold",
        "events.v1.link.threshold",
    ]
    await asyncio.to_thread(service.kill)
    await asyncio.to_thread(service.start)
    rebuilt = await asyncio.to_thread(service.command, "rebuild")
    assert (rebuilt.returncode, rebuilt.stdout.strip()) == (0, '{"rows":0}')
    again = await asyncio.to_thread(service.command, "reclassify")
    assert (again.returncode, again.stdout.strip()) == (0, '{"rows":0}')
    assert (await broker.stream_state(EVENTS_STREAM)).messages == 3


async def test_bad_questions_get_a_clear_refusal(service: AnalyticsProcess, broker: Broker) -> None:
    """A caller's mistake is told to the caller and hurts nobody else."""
    del service
    reply = decode_reply(await broker.request(ANALYTICS_QUERY, b"\xc1"))
    assert reply.error is not None
    assert reply.error.code == "bad_query"
    with pytest.raises(Refusal, match="too_many"):
        await ask(broker, LinkTotalsQuery((identity(1),) * 10_001), list[LinkTotalsV1])
    with pytest.raises(Refusal, match="bad_range"):
        await ask(broker, SummaryQuery(workspace_id=identity(1), from_ms=5, to_ms=4), SummaryAnswer)
    with pytest.raises(Refusal, match="not_held"):
        await ask(broker, AcceptGapQuery("edge-0", 1), HeldSpool)


async def test_sigterm_ends_cleanly_and_a_second_process_is_refused(
    service: AnalyticsProcess, broker: Broker
) -> None:
    """Two writers of one store would be the end of exact counts."""
    await ship(broker, 0, [scan(1, 1)])
    await settled(broker, 1)
    second = await asyncio.to_thread(service.command)
    assert second.returncode == 1
    assert "cannot open" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert await asyncio.to_thread(service.stop) == 0, service.log
    with pytest.raises(BrokerError):
        await broker.request(ANALYTICS_QUERY, b"", timeout_s=0.5)


async def test_sigterm_while_the_broker_is_away_ends_cleanly(tmp_path: Path) -> None:
    """Stopping must not wait for something that never comes."""
    process = AnalyticsProcess(tmp_path / "var", "nats://127.0.0.1:9")
    await asyncio.to_thread(process.start, wait=False)
    async with asyncio.timeout(20):
        while "broker_trouble" not in process.log:
            await asyncio.sleep(0.05)
    assert await asyncio.to_thread(process.stop) == 0, process.log
