"""A link store on disk with given records, as the agent would have written it."""

from collections.abc import Mapping
from pathlib import Path

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals
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
