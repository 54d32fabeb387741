"""The analytics process with its scans in ClickHouse, over HTTP: the real client, a stand-in with the real engine."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.analytics.clickhouse_front import FrontProcess
from tests.analytics.scans import BOT, DAY_MS, NOON_MS, identity, scan
from tests.analytics.service_process import AnalyticsProcess, ask, settled, ship
from tests.broker_process import BrokerProcess

from waypost.analytics.store.clickhouse_server import connected
from waypost.runtime.broker import Broker
from waypost.wire.filters import Filter
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery, LinkTotalsQuery, SummaryAnswer, SummaryQuery
from waypost.wire.totals import LinkTotalsV1
from waypost.wire.upkeep import Changed, RebuildRollups

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
MIDNIGHT_MS = NOON_MS // DAY_MS * DAY_MS
KILLS = 20 if os.environ.get("WAYPOST_FAULT") == "full" else 4

SIZE = 50
"""Scans of a batch."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FrontProcess]:
    """Where the scans are; ended with the test, whatever became of the service."""
    process = FrontProcess(tmp_path / "clickhouse")
    yield process
    process.stop()


@pytest.fixture
async def service(
    tmp_path: Path, broker_process: BrokerProcess, engine: FrontProcess
) -> AsyncIterator[AnalyticsProcess]:
    """A started service and its server, ended with the test."""
    await asyncio.to_thread(engine.start)
    process = AnalyticsProcess(tmp_path / "var", broker_process.url, store_url=engine.url)
    await asyncio.to_thread(process.start)
    yield process
    await asyncio.to_thread(process.stop)


async def test_kills_of_service_and_engine_leave_totals_exact(
    service: AnalyticsProcess, engine: FrontProcess, broker: Broker
) -> None:
    """SIGKILL at any moment, of the one that counts or the one that stores: every scan is counted once, and
    the questions of every kind find the same number."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    ended = asyncio.Event()

    async def agent(node: str) -> int:
        begin = end = 0
        while not ended.is_set():
            await ship(broker, begin, [scan(n % 9 + 1, n + 1) for n in range(SIZE)], node)
            end = begin + SIZE
            # An agent that was restarted cuts its batches elsewhere.
            begin = end - SIZE // 2 if chance.random() < 0.3 else end
            await asyncio.sleep(0.05)
        return end

    async def executioner() -> None:
        for number in range(KILLS):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            victim = engine if number % 2 else service
            await asyncio.to_thread(victim.kill)
            await asyncio.to_thread(victim.start)
        ended.set()

    *shipped, _ = await asyncio.gather(agent("edge-0"), agent("edge-1"), executioner())
    total = sum(each or 0 for each in shipped)
    status = await settled(broker, total)
    assert (status.scans, status.held) == (total, ())
    found = await ask(broker, LinkTotalsQuery(tuple(map(identity, range(1, 10)))), list[LinkTotalsV1])
    assert sum(each.human for each in found) == total
    day: dict[str, Any] = {
        "workspace_id": identity(1001),
        "from_ms": MIDNIGHT_MS,
        "to_ms": MIDNIGHT_MS + DAY_MS,
    }
    summary = await ask(broker, SummaryQuery(**day), SummaryAnswer)
    assert (summary.total, summary.unique) == (total, SIZE)
    browsers = BreakdownQuery(**day, dimensions=("browser",), filters=(Filter("os", ("Windows",)),))
    assert (await ask(broker, browsers, BreakdownAnswer)).overall.total == total
    assert await ask(broker, RebuildRollups(), Changed) == Changed(0)
    assert await asyncio.to_thread(service.stop) == 0, service.log
    stored = "SELECT count(), uniqExact(id), max(id) FROM scans"
    assert connected(engine.url).rows(stored) == [(total, total, total)]


async def test_a_second_service_takes_over_and_the_first_says_so(
    service: AnalyticsProcess,
    engine: FrontProcess,
    broker: Broker,
    broker_process: BrokerProcess,
    tmp_path: Path,
) -> None:
    """Two services on one database would count everything twice if neither stopped."""
    await ship(broker, 0, [scan(1, 1), scan(1, 2, user_agent=BOT)])
    await settled(broker, 2)
    second = AnalyticsProcess(tmp_path / "second", broker_process.url, store_url=engine.url)
    await asyncio.to_thread(second.start)
    try:
        await ship(broker, 2, [scan(1, 3)])
        assert service.process is not None
        assert await asyncio.to_thread(service.process.wait, 60) == 1
        assert "another process has taken over" in service.log
        assert (await settled(broker, 3)).scans == 3
        found = await ask(broker, LinkTotalsQuery((identity(1),)), list[LinkTotalsV1])
        assert [(each.total, each.human) for each in found] == [(3, 2)]
    finally:
        assert await asyncio.to_thread(second.stop) == 0, second.log


async def test_a_server_that_is_not_there_is_refused_in_one_line(
    tmp_path: Path, broker_process: BrokerProcess
) -> None:
    """Whoever mistypes the address should read it, and not their password in a log."""
    for url, says in (
        ("clickhouse://waypost:secret@127.0.0.1:9/scans", "cannot use ClickHouse at 127.0.0.1:9"),
        ("clickhouse://waypost:secret@127.0.0.1:9", "WAYPOST_ANALYTICS_URL"),
    ):
        service = AnalyticsProcess(tmp_path, broker_process.url, store_url=url)
        refused = await asyncio.to_thread(service.command)
        assert refused.returncode == 1
        assert says in refused.stderr
        assert "secret" not in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
