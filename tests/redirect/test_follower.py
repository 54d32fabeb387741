"""The agent's link store over snapshots, gaps, other epochs and damage; real broker, real LMDB."""

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.broker_process import BrokerProcess
from tests.redirect.fake_control import LINKS, FakeControl, key_of
from tests.redirect.link_store import stored_version

from waypost.redirect import replica_writer
from waypost.redirect.follower import Follower
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals
from waypost.runtime.broker import Broker
from waypost.wire import subjects

pytestmark = pytest.mark.fault
BROKER_KILLS = 20 if os.environ.get("WAYPOST_FAULT") == "full" else 3


class Edge:
    """A follower and a look into its store (LMDB allows one handle per process, so through the writer's)."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        self.signals = Signals(directory / "signals")
        self.writer = ReplicaWriter(directory / "links", self.signals)
        self.follower = Follower(broker, self.writer)

    def version(self, slug: str) -> int:
        """The version of a link that visitors get, 0 for none."""
        return stored_version(self.writer, key_of(slug))


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


async def test_a_stream_cut_off_before_us_is_noticed(
    tmp_path: Path, broker: Broker, control: FakeControl
) -> None:
    """An edge that was away for longer than the stream remembers must not go on behind the hole."""
    await control.put(a="https://example.com/1")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
    await control.put(a="https://example.com/2")
    await control.put(b="https://example.com/3")
    await broker.api(f"STREAM.PURGE.{subjects.LINKS_STREAM}", b'{"seq":3}')
    control.may_open.clear()
    async with following(broker, tmp_path) as edge:
        await until(lambda: edge.follower.trouble.startswith("the links stream begins at 3"))
        assert edge.version("a") == 1
        control.may_open.set()
        await until(lambda: is_current(edge, control))
        assert edge.version("a") == 2


async def test_a_stream_restored_from_an_older_copy_is_noticed(
    tmp_path: Path, broker_process: BrokerProcess, broker: Broker, control: FakeControl
) -> None:
    """What was read is no longer there, and its numbers will be used again for other changes."""
    store, copy = broker_process.directory / "store", tmp_path / "copy"
    await control.put(a="https://example.com/1")
    await asyncio.to_thread(broker_process.stop)
    await asyncio.to_thread(shutil.copytree, store, copy)
    await asyncio.to_thread(broker_process.start)
    async with following(broker, tmp_path) as edge:
        await until(lambda: broker.is_connected)
        await control.put(a="https://example.com/2")
        await control.put(b="https://example.com/3")
        await until(lambda: is_current(edge, control))
        control.may_open.clear()
        await asyncio.to_thread(broker_process.stop)
        await asyncio.to_thread(shutil.rmtree, store)
        await asyncio.to_thread(shutil.copytree, copy, store)
        restored_s = time.monotonic()
        await asyncio.to_thread(broker_process.start)
        await until(lambda: edge.follower.trouble == "the links stream ends at 1, 3 was read")
        print(f"noticed {time.monotonic() - restored_s:.2f} s after the broker was told to start")
        assert (edge.version("a"), edge.version("b")) == (2, 3)
        control.may_open.set()
        await until(lambda: edge.follower.resyncs == 2)
        await control.put(a="https://example.com/4")
        await until(lambda: is_current(edge, control))
        assert edge.version("a") == 4


async def test_edits_go_on_after_every_restart_of_the_broker(
    tmp_path: Path, broker_process: BrokerProcess, broker: Broker, control: FakeControl
) -> None:
    """R12: no watch that has to be noticed as dead first; the time from the open port is printed."""
    await control.put(a="https://example.com/0")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        slowest_s = 0.0
        for kill in range(BROKER_KILLS):
            await asyncio.to_thread(broker_process.kill)
            await asyncio.to_thread(broker_process.start)
            open_s = time.monotonic()
            await until(lambda: broker.is_connected)
            await control.put(a=f"https://example.com/{kill}")
            await until(lambda: is_current(edge, control))
            slowest_s = max(slowest_s, time.monotonic() - open_s)
        print(f"slowest of {BROKER_KILLS}: {slowest_s:.2f} s after the port was open")
        assert edge.follower.resyncs == 1


async def test_a_store_without_room_is_built_anew(
    tmp_path: Path, broker: Broker, control: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R18: its address space used up is told and mended; nothing crashes, and the old links serve meanwhile."""
    monkeypatch.setattr(replica_writer, "REPLICA_MAP_BYTES", 512 * 1024)
    await control.put(a="https://example.com/1")
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        monkeypatch.setattr(replica_writer, "REPLICA_MAP_BYTES", 64 * 1024 * 1024)
        control.may_open.clear()
        for first in range(0, 4000, 500):
            await control.put(
                **{f"s{number}": "https://example.com/" for number in range(first, first + 500)}
            )
        await until(lambda: "StoreFull" in edge.follower.trouble)
        assert edge.version("a") == 1
        control.may_open.set()
        await until(lambda: is_current(edge, control) and edge.follower.resyncs == 2)
