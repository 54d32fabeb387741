"""A link store on disk with given records, as the agent would have written it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import lmdb

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals, unpack_value
from waypost.redirect.store_keys import StoreKeys
from waypost.wire.record import record_hash, set_hash_bytes
from waypost.wire.snapshot import SnapshotHeader, write


def build_store(data_dir: Path, records: Mapping[bytes, bytes], ver: int = 1) -> None:
    """Put these records in force, through the very code that applies snapshots."""
    paths = EdgePaths(data_dir)
    paths.make()
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    total = sum(record_hash(key, ver, value) for key, value in records.items())
    header = SnapshotHeader("test", ver, 0, len(records), set_hash_bytes(total))
    draft = writer.draft("test")
    for piece in write(header, ((key, ver, records[key]) for key in sorted(records))):
        draft.feed(piece)
    writer.put_in_force(draft, draft.finish("", 0))
    writer.close()
    signals.close()


def stored_under(transaction: lmdb.Transaction, key: bytes) -> bytes:
    """What a store holds under a record's key, b"" for nothing."""
    keys = StoreKeys.read(transaction)
    return b"" if keys.unknown([key]) else bytes(transaction.get(keys.stored(key), b""))


def stored_records(transaction: lmdb.Transaction) -> Iterator[tuple[bytes, bytes]]:
    """Every record's key, and what a store holds under it."""
    keys = StoreKeys.read(transaction)
    with transaction.cursor() as cursor:
        for stored_key, raw in cursor:
            key = bytes(stored_key)
            if not key.startswith(b"\x00"):  # the store's own room
                yield keys.record(key), bytes(raw)


def stored_version(writer: ReplicaWriter, key: bytes) -> int:
    """The version under a key, 0 for none; through the writer's handle, because a process may have but one."""
    assert writer._environment is not None
    with writer._environment.begin() as transaction:
        raw = stored_under(transaction, key)
    return unpack_value(key, raw).ver if raw else 0
