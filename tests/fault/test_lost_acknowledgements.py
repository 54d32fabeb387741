"""R8 in short: acknowledgements get lost, connections break in the middle of a message, processes are killed;
each scan is still counted once."""

import asyncio
import gc
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import msgspec
import pytest
from tests.analytics.scans import HOUR_MS, NOON_MS, scan
from tests.analytics.service_process import AnalyticsProcess, settled
from tests.broker_process import BrokerProcess
from tests.fault.broker_proxy import BrokerProxy
from tests.redirect.test_shipper import shipping, stored

from waypost.redirect.spool import Durability, Spool
from waypost.runtime.broker import Broker
from waypost.wire.codec import encode
from waypost.wire.scan import ScanV1

decode = msgspec.msgpack.Decoder(ScanV1).decode
pytestmark = [
    pytest.mark.system,
    pytest.mark.fault,
    pytest.mark.timeout(1200),
    # The NATS client leaves the socket of a handshake that breaks off to the collector of garbage.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
SCANS_PER_SPOOL = 200_000 if IS_LONG else 12_000
ROUNDS = 60 if IS_LONG else 2
LOST = 0.1
NODES = ("edge-0", "edge-1")
DRAIN_DEADLINE_S = 900.0 if IS_LONG else 120.0


class Chance:
    """Judges frames by a seeded draw: the same one of each kind is hit in every run."""

    def __init__(self, seed: str, share: float, sign: bytes, *, in_payload: bool) -> None:
        self._random = random.Random(seed)
        self._share = share
        self._sign = sign
        self._in_payload = in_payload

    def __call__(self, line: bytes, payload: bytes) -> bool:
        """Whether this frame is one of those that are looked at, and drawn."""
        if not (payload if self._in_payload else line).startswith(self._sign):
            return False
        return self._random.random() < self._share


@pytest.fixture
async def proxies(broker_process: BrokerProcess) -> AsyncIterator[tuple[BrokerProxy, BrokerProxy]]:
    """Before the edge: a tenth of the PubAcks is lost. Before analytics, which knows no acknowledgements: a tenth
    of what asks for the next scans is, and some deliveries break off in the middle."""
    print("seed", SEED)
    edge = BrokerProxy(
        lambda: broker_process.port,
        loses=Chance(f"{SEED} acks", LOST, b'{"stream":"SCANS"', in_payload=True),
        cuts=lambda _line, _payload: False,
    )
    analytics = BrokerProxy(
        lambda: broker_process.port,
        loses=Chance(f"{SEED} pulls", LOST, b"PUB $JS.API.CONSUMER.MSG.NEXT.SCANS", in_payload=False),
        cuts=Chance(f"{SEED} breaks", LOST, b"HMSG scans.", in_payload=False),
    )
    await edge.start()
    await analytics.start()
    yield edge, analytics
    await edge.stop()
    await analytics.stop()
    gc.collect()


def fill(spool: Spool, node: str, count: int) -> None:
    """Scans that can be told apart, over ten hours and seven links."""
    for number in range(count):
        spool.append(
            encode(
                scan(
                    number % 7 + 1,
                    number % 500 + 1,
                    at_ms=NOON_MS + number % 10 * HOUR_MS,
                    utm=("", "", "", "", f"{node}-{number}"),
                )
            )
        )


async def hurt(broker_process: BrokerProcess, service: AnalyticsProcess) -> None:
    """Kill analytics and the broker at random moments."""
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        victims: list[AnalyticsProcess | BrokerProcess] = [service, broker_process]
        for victim in chance.sample(victims, 2):
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            await asyncio.to_thread(victim.kill)
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            await asyncio.to_thread(victim.start)


async def test_lost_acknowledgements_and_kills_leave_totals_exact(
    tmp_path: Path,
    broker_process: BrokerProcess,
    broker: Broker,
    proxies: tuple[BrokerProxy, BrokerProxy],
) -> None:
    """Totals are the distinct scans, hour by hour what a recount of the stream says; none missing, none double."""
    edge, analytics = proxies
    service = AnalyticsProcess(tmp_path / "var", analytics.url, stream_mb=512)
    await asyncio.to_thread(service.start)
    line = await Broker.connect(edge.url, "edge")
    spools = [Spool(tmp_path / node, node, Durability.OS) for node in NODES]
    total = len(NODES) * SCANS_PER_SPOOL
    try:
        async with (
            shipping(line, spools[0].directory, NODES[0]),
            shipping(line, spools[1].directory, NODES[1]),
        ):
            hurting = asyncio.create_task(hurt(broker_process, service))
            for spool, node in zip(spools, NODES, strict=True):
                await asyncio.to_thread(fill, spool, node, SCANS_PER_SPOOL)
            await hurting
            in_stream = await stored(broker, total, deadline_s=DRAIN_DEADLINE_S)
            status = await settled(broker, total, deadline_s=DRAIN_DEADLINE_S)
    finally:
        await line.close()
        for spool in spools:
            spool.close()
        await asyncio.to_thread(service.stop)
    print(f"{edge.lost} acks and {analytics.lost} pulls lost, {analytics.cut} deliveries cut")
    assert (status.scans, status.held, status.quarantined) == (total, (), 0)
    assert edge.lost > 0
    assert analytics.cut > 0
    recount: Counter[int] = Counter()
    for _, _, raw in in_stream:
        recount[decode(raw).at_ms // HOUR_MS] += 1
    with duckdb.connect(str(service.data_dir / "analytics" / "analytics.duckdb"), read_only=True) as store:
        rows = store.execute("SELECT count(*), count(DISTINCT utm_content) FROM scans").fetchall()
        hours = dict(store.execute("SELECT hour, sum(total) FROM link_hours GROUP BY hour").fetchall())
        totals = store.execute("SELECT sum(total) FROM link_totals").fetchall()
    assert rows == [(total, total)]
    assert hours == recount
    assert totals == [(total,)]
