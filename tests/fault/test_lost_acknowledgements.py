"""R8: processes are killed and stopped, acknowledgements get lost, connections break in the middle of a message;
each scan is still counted once."""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import duckdb
import msgspec
import pytest
from msgspec import Struct
from tests.analytics.service_process import AnalyticsProcess, settled
from tests.broker_process import BrokerProcess
from tests.fault.broker_proxy import BrokerProxy
from tests.fault.stored_scans import stored_marks
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import FakeControl
from tests.system.visitors import History, crowd

from waypost.runtime.broker import Broker
from waypost.runtime.stream_reader import StreamReader
from waypost.wire.codec import decode_scan_batch
from waypost.wire.scan import ScanV1
from waypost.wire.subjects import SCANS_STREAM

decode = msgspec.msgpack.Decoder(ScanV1).decode
pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(1800)]

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
HURT_S = 900.0 if IS_LONG else 0.0
FAULTS_MIN = 200 if IS_LONG else 8
BETWEEN_S = (0.2, 2.0) if IS_LONG else (0.05, 0.3)
AWAY_S = (0.1, 4.0) if IS_LONG else (0.1, 0.6)
SETTLE_DEADLINE_S = 600.0 if IS_LONG else 120.0
LOST = 0.1
LINKS = 20
VISITORS = 8
PAUSE_S = 0.02
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


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


class Victim(Struct, frozen=True):
    """A process that is hurt."""

    name: str
    process: Callable[[], subprocess.Popen[bytes] | None]
    kill: Callable[[], None]
    start: Callable[[], None]

    def tell(self, what: signal.Signals) -> None:
        """Send a signal."""
        process = self.process()
        assert process is not None
        process.send_signal(what)


@pytest.fixture
async def proxies(broker_process: BrokerProcess) -> AsyncIterator[tuple[BrokerProxy, BrokerProxy]]:
    """Before the edge: a tenth of the PubAcks is lost. Before analytics, which knows no acknowledgements: a tenth
    of what asks for the next scans is, and a tenth of the deliveries breaks off in the middle."""
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


async def prepare(host: EdgeHost, broker_url: str) -> dict[str, str]:
    """Start an edge and give it links, each of which leads to a page of its own. Control is not there afterwards."""
    links = {f"link{number}": f"https://example.com/{number}" for number in range(LINKS)}
    broker = await Broker.connect(broker_url, "test")
    control = FakeControl(broker)
    await control.start()
    await control.put(**links)
    await asyncio.to_thread(host.start_worker)
    await asyncio.to_thread(host.start_agent)
    await asyncio.to_thread(host.wait_for_location, "/link0", links["link0"])
    await control.stop()
    await broker.close()
    return links


async def hurt(victims: list[Victim], history: History, until: asyncio.Event) -> Counter[str]:
    """Kill and stop all of them, each both ways in every round, in random order; how often each was."""
    chance = random.Random(SEED)
    done: Counter[str] = Counter()
    faults = [(how, victim) for how in (signal.SIGKILL, signal.SIGSTOP) for victim in victims]
    end = time.monotonic() + HURT_S
    while time.monotonic() < end or done.total() < FAULTS_MIN:
        for how, victim in chance.sample(faults, len(faults)):
            await asyncio.sleep(chance.uniform(*BETWEEN_S))
            away_s = chance.uniform(*AWAY_S)
            if how == signal.SIGKILL:
                await asyncio.to_thread(victim.kill)
                await asyncio.sleep(away_s)
                await asyncio.to_thread(victim.start)
            else:
                victim.tell(signal.SIGSTOP)
                try:
                    await asyncio.sleep(away_s)
                finally:
                    victim.tell(signal.SIGCONT)
            done[f"{how.name} {victim.name}"] += 1
    # What an edge did not ship yet is told by its worker's last life: let that have visits.
    enough = len(history.answered) + 10 * VISITORS
    while len(history.answered) < enough:
        await asyncio.sleep(0.02)
    until.set()
    return done


async def shipped(host: EdgeHost) -> None:
    """Wait until the broker has every scan of the edge."""
    async with asyncio.timeout(SETTLE_DEADLINE_S):
        while (
            "\nwaypost_edge_scans_unshipped 0.0\n" not in (await asyncio.to_thread(host.admin, "/metrics"))[1]
        ):
            await asyncio.sleep(0.1)


async def raw_stream(broker: Broker) -> dict[tuple[str, int, int], ScanV1]:
    """Every scan that stands in the stream, by its name."""
    end = (await broker.stream_state(SCANS_STREAM)).last_seq
    reader = StreamReader(broker, SCANS_STREAM, 0)
    scans: dict[tuple[str, int, int], ScanV1] = {}
    seq = 0
    while seq < end:
        for message in await reader.fetch():
            batch, seq = decode_scan_batch(message.data), message.seq
            for offset, raw in enumerate(batch.scans, batch.first):
                scans[batch.node, batch.epoch, offset] = decode(raw)
    return scans


async def test_faults_and_lost_acknowledgements_leave_totals_exact(
    tmp_path: Path, broker_process: BrokerProcess, proxies: tuple[BrokerProxy, BrokerProxy]
) -> None:
    """Totals are the distinct scans: none missing, none double, each in the minute in which the raw stream has it."""
    print("seed", SEED)
    edge, analytics = proxies
    host = EdgeHost(tmp_path / "edge", edge.url)
    service = AnalyticsProcess(tmp_path / "var", analytics.url, stream_mb=512)
    victims = [
        Victim("worker", lambda: host.processes["worker0"], lambda: host.kill("worker0"), host.start_worker),
        Victim("agent", lambda: host.processes["agent"], lambda: host.kill("agent"), host.start_agent),
        Victim("broker", lambda: broker_process.process, broker_process.kill, broker_process.start),
        Victim("analytics", lambda: service.process, service.kill, service.start),
    ]
    history, until = History(), asyncio.Event()
    try:
        links = await prepare(host, broker_process.url)
        await asyncio.to_thread(service.start)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                crowd(host.port, links, history, visitors=VISITORS, until=until, pause_s=PAUSE_S)
            )
            hurting = tasks.create_task(hurt(victims, history, until))
        await shipped(host)
        broker = await Broker.connect(broker_process.url, "test")
        scans = await raw_stream(broker)
        status = await settled(broker, len(scans), deadline_s=SETTLE_DEADLINE_S)
        await broker.close()
    finally:
        await asyncio.to_thread(host.stop_all)
        await asyncio.to_thread(service.stop)
    faults = hurting.result()
    print(f"{faults.total()} faults: {dict(faults)}")
    print(f"{edge.lost} acks and {analytics.lost} pulls lost, {analytics.cut} deliveries cut")
    print(
        f"{len(history.answered)} answered, {len(history.unknown)} unknown, {len(scans)} scans in the stream"
    )
    assert history.wrong == []
    assert (status.scans, status.held, status.quarantined) == (len(scans), (), 0)
    assert min(edge.lost, analytics.cut) > 0

    marks = Counter(mark for mark in stored_marks(service.data_dir) if mark)
    assert [mark for mark, count in marks.items() if count > 1] == []
    assert history.answered - set(marks) == set()
    assert set(marks) - history.answered - history.unknown == set()
    minutes = Counter(scan.at_ms // MINUTE_MS for scan in scans.values())
    hours = Counter(scan.at_ms // HOUR_MS for scan in scans.values())
    with duckdb.connect(str(service.data_dir / "analytics" / "analytics.duckdb"), read_only=True) as store:
        by_minute = f"SELECT at_ms // {MINUTE_MS}, count(*) FROM scans GROUP BY ALL"
        assert dict(store.execute(by_minute).fetchall()) == minutes
        by_hour = "SELECT hour, sum(total) FROM link_hours GROUP BY ALL"
        assert dict(store.execute(by_hour).fetchall()) == hours
        assert store.execute("SELECT sum(total) FROM link_totals").fetchall() == [(len(scans),)]
