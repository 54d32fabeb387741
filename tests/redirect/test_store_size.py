"""The link store does not grow for ever: readers that die, deletions in masses, an address space used up."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from waypost.redirect import replica_writer
from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica import Replica
from waypost.redirect.replica_writer import ReplicaWriter, StoreFull
from waypost.redirect.store_format import Signals, current_store, unpack_value
from waypost.wire.codec import encode
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import LinkState, LinkV1
from waypost.wire.record import RecordV1
from waypost.wire.slug import link_key

from .link_store import build_store

LINKS = 2_000
KILLED_READERS = 10
EDITS_PER_READER = 1_000
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
        store = current_store(self.paths.links)
        assert store is not None
        return (store / "data.mdb").stat().st_size

    def close(self) -> None:
        """Let go of everything."""
        self.writer.close()
        self.signals.close()


def test_pages_that_dead_readers_held_are_used_again(tmp_path: Path) -> None:
    """A killed worker leaves its slot behind; its old pages must not be kept for it for ever (R18)."""
    host = Host(tmp_path)
    before = host.file_bytes()
    store = current_store(host.paths.links)
    for killed in range(KILLED_READERS):
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        for start in range(0, EDITS_PER_READER, 100):
            numbers = [(start + at + killed) % LINKS for at in range(100)]
            host.apply({key_at(number): value_at(number + killed) for number in numbers})
        reader.send_signal(signal.SIGKILL)
        reader.communicate()
        assert host.writer.check_readers() == 1
    assert host.file_bytes() <= 3 * before
    host.close()


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
