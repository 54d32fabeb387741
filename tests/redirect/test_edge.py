"""The edge end to end: real worker, real agent, real broker."""

import asyncio
import time
from collections import Counter

import pytest
from tests.broker_process import BrokerProcess
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import FakeControl, key_of, link_id, link_value

from waypost.runtime.broker import Broker
from waypost.runtime.stream_reader import StreamReader
from waypost.wire import subjects
from waypost.wire.codec import decode_scan, decode_scan_batch
from waypost.wire.link import LinkState
from waypost.wire.scan import Outcome, ScanV1, Source

pytestmark = pytest.mark.system


async def scans_until(
    broker: Broker, count: int, *, deadline_s: float = 30.0
) -> dict[tuple[str, int, int], ScanV1]:
    """Read the scans stream until it holds so many different scans."""
    found: dict[tuple[str, int, int], ScanV1] = {}
    reader = StreamReader(broker, subjects.SCANS_STREAM, 0)
    deadline = time.monotonic() + deadline_s
    while len(found) < count and time.monotonic() < deadline:
        for message in await reader.fetch(timeout_s=0.3):
            batch = decode_scan_batch(message.data)
            for offset, raw in enumerate(batch.scans, batch.first):
                found[batch.node, batch.epoch, offset] = decode_scan(raw)
    return found


async def test_a_link_is_followed_edited_and_removed(
    edge_host: EdgeHost, control: FakeControl, broker: Broker
) -> None:
    """The main job: what control says is what visitors get, and every visit is a scan."""
    await control.put(hello="https://example.com/one")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.start_worker)
    await asyncio.to_thread(edge_host.wait_for_location, "/hello", "https://example.com/one")
    await control.put(hello="https://example.com/two")
    await asyncio.to_thread(edge_host.wait_for_location, "/hello", "https://example.com/two")
    answer = await asyncio.to_thread(
        edge_host.get, "/HELLO?qr=1&utm_source=poster", headers={"User-Agent": "Phone"}
    )
    assert (answer.status, answer.getheader("Cache-Control")) == (302, "private, no-store")
    await control.put(hello=None)
    await asyncio.to_thread(edge_host.wait_for_location, "/hello", None)
    assert (await asyncio.to_thread(edge_host.get, "/hello")).status == 404

    found = await scans_until(broker, 3)
    marked = [scan for scan in found.values() if scan.source is Source.QR]
    assert len(marked) == 1
    assert marked[0].link_id == link_id("hello")
    assert marked[0].utm == ("poster", "", "", "", "")
    assert marked[0].user_agent == "Phone"
    assert len(marked[0].visitor) == 8


async def test_links_that_are_not_open_say_so(
    edge_host: EdgeHost, control: FakeControl, broker: Broker
) -> None:
    """Each state has its own status, and leads nowhere."""
    now_ms = time.time_ns() // 1_000_000
    await control.put(
        paused=link_value("paused", "https://example.com/", state=LinkState.PAUSED),
        blocked=link_value("blocked", "https://example.com/", state=LinkState.BLOCKED),
        early=link_value("early", "https://example.com/", starts_ms=now_ms + 3_600_000),
        late=link_value("late", "https://example.com/", expires_ms=now_ms - 1),
        open=link_value("open", "https://example.com/", status=307),
    )
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.start_worker)
    statuses = {}
    for slug in ("paused", "blocked", "early", "late", "open", "unknown"):
        answer = await asyncio.to_thread(edge_host.get, f"/{slug}")
        statuses[slug] = answer.status
        assert (answer.getheader("Location") is not None) == (slug == "open")
    assert statuses == {"paused": 404, "blocked": 410, "early": 404, "late": 410, "open": 307, "unknown": 404}
    head = await asyncio.to_thread(edge_host.get, "/open", method="HEAD")
    assert (head.status, head.getheader("Location")) == (307, "https://example.com/")
    outcomes = Counter(scan.outcome for scan in (await scans_until(broker, 6)).values())
    assert outcomes == {
        Outcome.PAUSED: 1,
        Outcome.BLOCKED: 1,
        Outcome.NOT_YET: 1,
        Outcome.EXPIRED: 1,
        Outcome.REDIRECT: 2,
    }


async def test_every_answered_scan_is_shipped_once_over_kills(
    edge_host: EdgeHost, control: FakeControl, broker: Broker, broker_process: BrokerProcess
) -> None:
    """SIGKILL of worker, agent and broker under load: each answered scan arrives, none twice."""
    await control.put(busy="https://example.com/")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.start_worker)
    answered: list[str] = []
    stopping = False

    def load() -> None:
        number = 0
        while not stopping:
            number += 1
            name = f"visit{number}"
            try:
                answer = edge_host.get(f"/busy?utm_source={name}")
            except OSError:
                continue
            if answer.status == 302:
                answered.append(name)

    loading = asyncio.create_task(asyncio.to_thread(load))
    for _ in range(2):
        await asyncio.sleep(0.4)
        await asyncio.to_thread(edge_host.kill, "worker0")
        await asyncio.to_thread(edge_host.start_worker)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(edge_host.kill, "agent")
        await asyncio.to_thread(edge_host.start_agent)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(broker_process.kill)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(broker_process.start)
    await asyncio.sleep(0.3)
    stopping = True
    await loading
    deadline = time.monotonic() + 30
    found: dict[tuple[str, int, int], ScanV1] = {}
    names: Counter[str] = Counter()
    while time.monotonic() < deadline and not set(answered) <= set(names):
        found = await scans_until(broker, len(answered), deadline_s=2)
        names = Counter(scan.utm[0] for scan in found.values() if scan.utm is not None)
    assert len(answered) > 50
    assert set(answered) - set(names) == set()
    assert [name for name, count in names.items() if count > 1] == []


async def test_the_edge_serves_alone_from_its_disk(edge_host: EdgeHost, control: FakeControl) -> None:
    """A cold start without broker and control answers every known link."""
    await control.put(known="https://example.com/known")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.stop, "agent")
    edge_host.environment["WAYPOST_NATS_URL"] = "nats://127.0.0.1:1"
    await asyncio.to_thread(edge_host.start_worker)
    answer = await asyncio.to_thread(edge_host.get, "/known")
    assert (answer.status, answer.getheader("Location")) == (302, "https://example.com/known")
    assert await asyncio.to_thread(edge_host.stop, "worker0") == 0


async def test_without_any_links_the_edge_says_try_again(edge_host: EdgeHost) -> None:
    """Before the first snapshot nothing is known, so nothing may be called unknown."""
    await asyncio.to_thread(edge_host.start_worker)
    answer = await asyncio.to_thread(edge_host.get, "/any")
    assert (answer.status, answer.getheader("Retry-After")) == (503, "5")


async def test_a_second_worker_on_one_spool_refuses_to_start(edge_host: EdgeHost) -> None:
    """Two writers of one spool would give two scans one identity."""
    await asyncio.to_thread(edge_host.start_worker)
    edge_host.processes["first"] = edge_host.processes.pop("worker0")
    await asyncio.to_thread(edge_host.start_worker, 0, wait=False)
    assert await asyncio.to_thread(edge_host.processes["worker0"].wait, 20) == 1
    assert "is written by another process" in edge_host.log("worker0")


async def test_health_and_metrics_tell_the_truth(edge_host: EdgeHost, control: FakeControl) -> None:
    """Operators see whether links are current and how many requests were answered."""
    await control.put(seen="https://example.com/")
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.start_worker)
    for _ in range(3):
        await asyncio.to_thread(edge_host.get, "/seen")
    await asyncio.sleep(0.7)
    assert await asyncio.to_thread(edge_host.admin, "/healthz") == (200, "ok\n")
    status, ready = await asyncio.to_thread(edge_host.admin, "/readyz")
    assert (status, ready) == (200, '{"ready":true,"degraded":[]}')
    _, metrics = await asyncio.to_thread(edge_host.admin, "/metrics")
    assert 'waypost_edge_answers_redirect_total{worker="0"} 3.0' in metrics
    assert 'waypost_edge_answer_seconds_count{worker="0"}' in metrics
    assert key_of("seen") in control.live
