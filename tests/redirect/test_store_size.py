"""The link store does not grow for ever: readers that die, deletions in masses, an address space used up."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.redirect.fake_control import FakeControl
from tests.redirect.test_follower import following, is_current, until

from waypost.redirect import replica_writer
from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica import Replica
from waypost.redirect.replica_writer import ReplicaWriter, StoreFull
from waypost.redirect.store_format import Signals, current_store, unpack_value
from waypost.runtime.broker import Broker
from waypost.wire import subjects
from waypost.wire.codec import encode
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import LinkState, LinkV1
from waypost.wire.record import RecordV1
from waypost.wire.slug import link_key

from .link_store import build_store

LINKS = 2_000
KILLED_READERS = 10
EDITS_PER_READER = 1_000
IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
HUNG_READERS = 200 if IS_LONG else 2
EDITS_PER_HUNG_READER = 5_000 if IS_LONG else 6_000
EDITS_PER_MESSAGE = 100
GROWN_FACTOR_MAX = 3
GROWN_BYTES_MIN = 4 << 20
"""A store may be so many times its live records, or so large."""

READER = """
import sys, lmdb
environment = lmdb.open(sys.argv[1], readonly=True, max_readers=256, map_size=1 << 30)
transaction = environment.begin()
print("reading", flush=True)
sys.stdin.read()
"""


def key_at(number: int) -> bytes:
    """A link's key."""
    return link_key(DEFAULT_DOMAIN_ID, f"slug{number}")


def value_at(number: int) -> bytes:
    """A link of about 300 bytes."""
    url = f"https://example.com/{'x' * 200}/{number}".encode()
    return encode(LinkV1(number.to_bytes(16, "big"), bytes(16), LinkState.ACTIVE, url))


def size_in_force(links: Path) -> int:
    """Size in bytes of the store in force; 0 in the moment in which another one takes its place."""
    store = current_store(links)
    try:
        return (store / "data.mdb").stat().st_size if store is not None else 0
    except FileNotFoundError:
        return 0


def open_reader(links: Path) -> subprocess.Popen[bytes]:
    """A process that holds one read transaction until it is killed, like a worker that hangs."""
    while True:
        store = current_store(links)
        assert store is not None
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert reader.stdout is not None
        if reader.stdout.readline() == b"reading\n":
            return reader
        kill_reader(reader)
        # Another store may have taken its place while it was being opened; then the next one is tried.
        assert current_store(links) != store


def kill_reader(reader: subprocess.Popen[bytes]) -> None:
    """SIGKILL it; its slot stays taken."""
    reader.kill()
    reader.communicate()


class Host:
    """The agent's writer over a store of LINKS links."""

    def __init__(self, directory: Path) -> None:
        build_store(directory, {key_at(number): value_at(number) for number in range(LINKS)})
        self.paths = EdgePaths(directory)
        self.signals = Signals(self.paths.signals)
        self.writer = ReplicaWriter(self.paths.links, self.signals)

    def apply(self, changes: dict[bytes, bytes | None]) -> None:
        """Apply changes as one batch."""
        assert self.writer.applied is not None
        ver = self.writer.applied.ver
        records = [RecordV1(ver + at, key, value) for at, (key, value) in enumerate(changes.items(), 1)]
        self.writer.apply(records, 0, "")

    def file_bytes(self) -> int:
        """Size of the store in force."""
        return size_in_force(self.paths.links)

    def close(self) -> None:
        """Let go of everything."""
        self.writer.close()
        self.signals.close()


def test_pages_that_dead_readers_held_are_used_again(tmp_path: Path) -> None:
    """A killed worker leaves its slot behind; its old pages must not be kept for it for ever (R18)."""
    host = Host(tmp_path)
    before = host.file_bytes()
    for killed in range(KILLED_READERS):
        reader = open_reader(host.paths.links)
        for start in range(0, EDITS_PER_READER, 100):
            numbers = [(start + at + killed) % LINKS for at in range(100)]
            host.apply({key_at(number): value_at(number + killed) for number in numbers})
        kill_reader(reader)
        assert host.writer.check_readers() == 1
    assert host.file_bytes() <= 3 * before
    host.close()


@pytest.mark.fault
@pytest.mark.timeout(1800)
async def test_a_small_store_stays_small_while_readers_hang_and_die(
    tmp_path: Path, broker: Broker, control: FakeControl
) -> None:
    """R18: a batch of edits copies most of a small store, and who hangs keeps every copy until the slot is freed."""

    async def edit(first: int, text: int) -> None:
        numbers = range(first, LINKS, LINKS // EDITS_PER_MESSAGE)
        await control.publish(control.change({key_at(number): value_at(number + text) for number in numbers}))

    for first in range(LINKS // EDITS_PER_MESSAGE):
        await edit(first, 0)
    async with following(broker, tmp_path) as edge:
        await until(lambda: is_current(edge, control))
        live = largest = size_in_force(tmp_path / "links")
        for hung in range(HUNG_READERS):
            reader = await asyncio.to_thread(open_reader, tmp_path / "links")
            for message in range(EDITS_PER_HUNG_READER // EDITS_PER_MESSAGE):
                await edit(message % (LINKS // EDITS_PER_MESSAGE), hung)
                largest = max(largest, size_in_force(tmp_path / "links"))
            await until(lambda: is_current(edge, control))
            await asyncio.to_thread(kill_reader, reader)
            # The stream of this test is small; what the edge has read may go.
            await broker.api(f"STREAM.PURGE.{subjects.LINKS_STREAM}", b"")
        bound = max(GROWN_FACTOR_MAX * live, GROWN_BYTES_MIN)
        await until(lambda: size_in_force(tmp_path / "links") <= bound)
        kept = size_in_force(tmp_path / "links")
        print(f"{HUNG_READERS} hung readers, {live} bytes live: {largest} bytes at most, {kept} in the end")
        store = current_store(tmp_path / "links")
        assert store is not None
        assert store.name.startswith("compact"), "it never grew"
        assert edge.follower.resyncs == 1


def test_a_store_that_is_mostly_free_pages_is_replaced_by_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a million links were deleted the disk is given back, and workers follow to the copy."""
    monkeypatch.setattr(replica_writer, "STORE_GROWN_BYTES_MIN", 0)
    host = Host(tmp_path)
    assert not host.writer.compact_if_grown()
    before, old = host.file_bytes(), current_store(host.paths.links)
    host.apply({key_at(number): None for number in range(10, LINKS)})
    applied = host.writer.applied
    assert host.writer.compact_if_grown()
    assert not host.writer.compact_if_grown()
    assert host.file_bytes() * 3 < before
    assert old is not None
    assert not old.exists()
    assert host.writer.applied == applied
    host.apply({key_at(0): value_at(5)})
    host.close()
    signals = Signals(host.paths.signals)
    replica = Replica(host.paths.links, signals)
    replica.refresh()
    found = [replica.get(key_at(number)) for number in range(12)]
    values = [unpack_value(key_at(number), raw).value if raw else None for number, raw in enumerate(found)]
    assert values == [value_at(5), *(value_at(number) for number in range(1, 10)), None, None]
    replica.close()
    signals.close()


def test_a_store_without_room_says_so_and_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The follower then fetches a snapshot into a new store; nothing crashes and nothing is half applied (R18)."""
    monkeypatch.setattr(replica_writer, "REPLICA_MAP_BYTES", 2 << 20)
    host = Host(tmp_path)
    before = host.writer.applied
    with pytest.raises(StoreFull):
        host.apply({key_at(number): value_at(number) for number in range(LINKS, LINKS * 4)})
    assert host.writer.applied == before
    host.apply({key_at(1): value_at(7)})
    host.close()
