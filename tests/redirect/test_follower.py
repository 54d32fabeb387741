"""The agent's link store over snapshots, gaps, other epochs and damage; real broker, real LMDB."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import lmdb
import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import LINKS, FakeControl, key_of

from waypost.redirect.follower import Follower
from waypost.redirect.replica import Replica
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals, current_store, unpack_value
from waypost.runtime.broker import Broker
from waypost.wire import subjects

pytestmark = pytest.mark.fault


class Edge:
    """A follower and a look into its store (LMDB allows one handle per process, so through the writer's)."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        self.signals = Signals(directory / "signals")
        self.writer = ReplicaWriter(directory / "links", self.signals)
        self.follower = Follower(broker, self.writer)

    def version(self, slug: str) -> int:
        """The version of a link that visitors get, 0 for none."""
        return stored_version(self.writer, key_of(slug))


def stored_version(writer: ReplicaWriter, key: bytes) -> int:
    """The version under a key, 0 for none."""
    assert writer._environment is not None
    with writer._environment.begin() as transaction:
        raw = transaction.get(key)
    return unpack_value(key, bytes(raw)).ver if raw is not None else 0


@contextlib.asynccontextmanager
async def following(broker: Broker, directory: Path) -> AsyncIterator[Edge]:
    """A follower at work."""
    edge = Edge(broker, directory)
    await broker.serve(subjects.HEARTBEAT, edge.follower.listen)
    task = asyncio.create_task(edge.follower.run())
    try:
        yield edge
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        edge.writer.close()


async def until(condition: Callable[[], bool], *, deadline_s: float = 20.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(deadline_s):
        while not condition():
            await asyncio.sleep(0.02)


def is_current(edge: Edge, control: FakeControl) -> bool:
    """Whether the store is what control has."""
    applied = edge.follower.applied
    return applied is not None and (applied.epoch, applied.ver, applied.count, applied.set_hash) == (
        control.epoch,
        control.ver,
        len(control.live),
        control.set_hash(),
    )


async def test_snapshot_then_tail_then_restart(tmp_path: Path, broker: Broker, control: FakeControl) -> None:
    """A new edge starts from a snapshot, a known one from where it stood."""
    for number in range(50):
        await control.put(**{f"s{number}": f"https://example.com/{number}"})
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        await control.put(s1="https://example.com/changed", s2=None)
        await until(lambda: is_current(edge, control))
        assert (edge.version("s1"), edge.version("s2")) == (51, 0)
    opened = control.opened
    await control.put(s3="https://example.com/later")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        assert edge.version("s3") == 53
    assert control.opened == opened == 1


async def test_a_gap_leads_to_a_snapshot(tmp_path: Path, broker: Broker, control: FakeControl) -> None:
    """A missing change must not be stepped over."""
    await control.put(a="https://example.com/1")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        control.change({key_of("b"): None, key_of("a"): control.live[key_of("a")][1]})
        await control.put(c="https://example.com/3")
        await until(lambda: is_current(edge, control) and edge.follower.resyncs == 2)
        assert edge.version("a") == 3


async def test_a_stream_made_again_is_noticed(tmp_path: Path, broker: Broker, control: FakeControl) -> None:
    """A consumer beyond the end of a new stream would wait for ever without an error."""
    await control.put(a="https://example.com/1", b="https://example.com/2")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        await broker.api(f"STREAM.DELETE.{subjects.LINKS_STREAM}", b"")
        await broker.ensure_stream(LINKS)
        await control.put(a="https://example.com/new")
        await until(lambda: is_current(edge, control))
        await control.put(a="https://example.com/newer")
        await until(lambda: is_current(edge, control))


async def test_another_epoch_is_believed_from_a_newer_heartbeat_only(
    tmp_path: Path, broker: Broker, control: FakeControl
) -> None:
    """A restored backup announces itself; stray records of another epoch change nothing."""
    await control.put(a="https://example.com/1")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        stale = control.heartbeat()
        other = FakeControl(broker, "e2")
        await other.put(a="https://evil.example/")
        await asyncio.sleep(0.5)
        assert edge.version("a") == 1
        control.epoch, control.ver, control.live = "e3", 0, {}
        control.change({key_of("z"): b"x"})
        await until(lambda: is_current(edge, control))
        edge.follower.hear(stale)
        await asyncio.sleep(0.3)
        assert is_current(edge, control)


async def test_other_records_at_the_same_version_lead_to_a_snapshot(
    tmp_path: Path, broker: Broker, control: FakeControl
) -> None:
    """The set hash finds what no sequence can show."""
    await control.put(a="https://example.com/1", b="https://example.com/2")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        control.live[key_of("a")] = (1, control.live[key_of("b")][1])
        await until(lambda: is_current(edge, control) and edge.follower.resyncs == 2)


async def test_an_older_snapshot_is_refused(tmp_path: Path, broker: Broker, control: FakeControl) -> None:
    """A link that was taken down must not come back because a snapshot is old."""
    await control.put(a="https://example.com/1")
    old_live, old_ver = dict(control.live), control.ver
    async with following(broker, tmp_path) as edge:
        await control.put(a=None)
        await until(lambda: is_current(edge, control))
        control.live, control.ver = old_live, old_ver
        edge.follower.damage_reported.set()
        await asyncio.sleep(1.5)
        assert edge.version("a") == 0
        assert edge.follower.resyncs == 1


async def test_damage_on_disk_is_never_served_and_mends_itself(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """A flipped byte must become 503 for a moment, never another address."""
    await control.put(**{f"s{number}": f"https://example.com/{number}" for number in range(50)})
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.stop, "agent")
    store = current_store(edge_host.directory / "redirect" / "links")
    assert store is not None
    with lmdb.open(str(store), map_size=1 << 30) as environment, environment.begin(write=True) as transaction:
        for number in range(25):
            key = key_of(f"s{number}")
            damaged = bytearray(transaction.get(key, b""))
            damaged[-number - 1] ^= 0x01
            transaction.put(key, bytes(damaged))
    await asyncio.to_thread(edge_host.start_worker)
    statuses = [(await asyncio.to_thread(edge_host.get, f"/s{number}")).status for number in range(50)]
    assert statuses == [503] * 25 + [302] * 25
    await asyncio.to_thread(edge_host.start_agent)
    await asyncio.to_thread(edge_host.wait_for_location, "/s3", "https://example.com/3")


async def test_a_killed_agent_leaves_records_and_version_together(
    edge_host: EdgeHost, control: FakeControl
) -> None:
    """After any kill the store stands exactly where it says, so the tail goes on without a snapshot."""
    await control.put(k0="https://example.com/0")
    await asyncio.to_thread(edge_host.start_agent)
    for number in range(1, 240):
        await control.publish(
            control.change({key_of(f"k{number % 20}"): b"x%d" % number, key_of(f"m{number}"): b"y"})
        )
        if number % 60 == 0:
            await asyncio.to_thread(edge_host.kill, "agent")
            await asyncio.to_thread(edge_host.start_agent)
    links = edge_host.directory / "redirect" / "links"
    signals = Signals(edge_host.directory / "redirect" / "signals")
    replica = Replica(links, signals)

    def is_applied() -> bool:
        replica.refresh()
        applied = replica.applied()
        return applied is not None and (applied.ver, applied.count, applied.set_hash) == (
            control.ver,
            len(control.live),
            control.set_hash(),
        )

    await until(is_applied)
    assert control.opened == 1
    replica.close()
