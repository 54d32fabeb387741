"""The agent's side of the link store: the only writer, one transaction per step.

Blocking; the agent calls it from one thread of its own.
"""

import os
import shutil
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import lmdb

from waypost.redirect.applier import Tally, flags_of, is_storable
from waypost.redirect.limits import (
    REPLICA_MAP_BYTES,
    REPLICA_READERS_MAX,
    SNAPSHOT_RECORDS_PER_COMMIT,
    STORE_GROWN_BYTES_MIN,
    STORE_GROWN_FACTOR,
)
from waypost.redirect.store_format import (
    APPLIED_KEY,
    REFUSED,
    Applied,
    Signals,
    ValueDamaged,
    current_store,
    make_current,
    pack_applied,
    pack_value,
    unpack_applied,
    unpack_value,
)
from waypost.redirect.store_keys import StoreKeys
from waypost.runtime.logs import Log
from waypost.wire.record import RecordV1, set_hash_bytes
from waypost.wire.snapshot import SnapshotReader

_log = Log(__name__)
_DRAFT_SUFFIX = ".new"


class StoreFull(Exception):
    """The store's address space is used up; only building it anew helps."""


class ReplicaWriter:
    """Applies records to the store in force and puts new stores in its place."""

    def __init__(self, directory: Path, signals: Signals) -> None:
        """Open the store in force. One that cannot be read counts as none; workers serve from it what they can."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._signals = signals
        self._environment: lmdb.Environment | None = None
        self._keys = StoreKeys()
        self.applied: Applied | None = None
        """Where the store stands; None before the first one."""
        self.refused = 0
        """Records that were kept but are not served."""
        self._sweep()
        store = current_store(directory)
        if store is not None:
            try:
                self._adopt(store)
            except (lmdb.Error, ValueDamaged) as error:
                _log.error("store_unreadable", store=store.name, error=repr(error))
                self.close()

    def apply(self, records: Iterable[RecordV1], stream_seq: int, stream_created: str) -> Applied:
        """Apply records, whose versions follow on, and remember how far the stream was read.

        Raises StoreFull and ValueDamaged; then nothing changed.
        """
        environment, applied = self._environment, self.applied
        if environment is None or applied is None:
            raise RuntimeError("records need a store to be applied to")
        tally, ver, records = Tally.of(applied), applied.ver, list(records)
        try:
            self._number_domains(environment, records)
            with environment.begin(write=True) as transaction:
                for record in records:
                    _put(transaction, self._keys, record, tally)
                    ver = record.ver
                    if record.value is not None and flags_of(record.key, record.value) == REFUSED:
                        self.refused += 1
                        _log.error("record_refused", key=record.key.hex(), ver=record.ver)
                after = Applied(
                    applied.epoch,
                    ver,
                    stream_seq,
                    stream_created,
                    tally.count,
                    set_hash_bytes(tally.total),
                )
                transaction.put(APPLIED_KEY, pack_applied(after))
        except lmdb.MapFullError as error:
            raise StoreFull from error
        changed = after.ver != applied.ver
        self.applied = after
        if changed:
            self._signals.move(Signals.RECORDS)
        return after

    def _number_domains(self, environment: lmdb.Environment, records: list[RecordV1]) -> None:
        """Number new domains in a transaction of its own: whatever becomes of the records, the numbers stay."""
        domains = self._keys.unknown(record.key for record in records)
        if domains:
            with environment.begin(write=True) as transaction:
                for domain_id in domains:
                    self._keys.give(transaction, domain_id)

    def draft(self, name: str) -> "Draft":
        """Start a new store beside the one in force."""
        return Draft(self._directory / (name + _DRAFT_SUFFIX))

    def put_in_force(self, draft: "Draft", applied: Applied) -> None:
        """Let a finished draft take over; the old store goes once its readers have let go of it."""
        draft.seal(applied)
        self._replace(draft.path)

    def _replace(self, finished: Path) -> None:
        store = self._unused_name(finished.name.removesuffix(_DRAFT_SUFFIX))
        finished.rename(store)
        self.close()
        make_current(self._directory, store)
        self._adopt(store)
        self._signals.move(Signals.STORE)
        self._sweep()

    def scrub(self, after: bytes, count: int) -> tuple[bytes, bytes]:
        """Read so many records from a key on; return where to go on (b"" at the end) and a damaged key."""
        if self._environment is None:
            return b"", b""
        with self._environment.begin() as transaction, transaction.cursor() as cursor:
            if not cursor.set_range(after or b"\x00"):
                return b"", b""
            for key, raw in islice(cursor, count):
                try:
                    unpack_value(self._keys.record(key), raw)
                except ValueDamaged:
                    return b"", key
            return (cursor.key() if cursor.next() else b""), b""

    def check_readers(self) -> int:
        """Free the slots of readers that died; without this their pages would never be used again."""
        return 0 if self._environment is None else int(self._environment.reader_check())

    def sizes_bytes(self) -> tuple[int, int]:
        """How large the store is, and how much of that its records take."""
        if self._environment is None:
            return 0, 0
        status = self._environment.stat()
        pages = status["branch_pages"] + status["leaf_pages"] + status["overflow_pages"]
        size = (self._environment.info()["last_pgno"] + 1) * status["psize"]
        return size, pages * status["psize"]

    def is_grown(self) -> bool:
        """Whether free pages have become most of the file. It never shrinks by itself.

        Pages of old records are used again once no reader may need them, so this happens only after much was
        deleted at once, or after a reader that hung or died kept all of them while many records changed.
        """
        size, live = self.sizes_bytes()
        return size >= STORE_GROWN_BYTES_MIN and size > live * STORE_GROWN_FACTOR

    def compact_if_grown(self) -> bool:
        """Put a copy without free pages in force when they have become most of the file; True when it was done."""
        environment, applied = self._environment, self.applied
        if environment is None or applied is None or not self.is_grown():
            return False
        size, live = self.sizes_bytes()
        copy = self._directory / f"compact-{applied.ver}{_DRAFT_SUFFIX}"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        environment.copy(str(copy), compact=True)
        _sync_whole(copy)
        self._replace(copy)
        _log.info("store_compacted", before=size, live=live)
        return True

    def close(self) -> None:
        """Let go of the store."""
        if self._environment is not None:
            self._environment.close()
            self._environment = None

    def _adopt(self, store: Path) -> None:
        self._environment = _open_for_writing(store)
        # Read as a writer: after an agent was killed between writing its transaction down and announcing it to
        # other processes, a reader would still see the one before.
        with self._environment.begin(write=True) as transaction:
            raw = transaction.get(APPLIED_KEY)
            self._keys = StoreKeys.read(transaction)
        if raw is None:
            raise ValueDamaged(APPLIED_KEY)
        self.applied = unpack_applied(bytes(raw))

    def _unused_name(self, name: str) -> Path:
        number = 0
        while (store := self._directory / f"{name}-{number}").exists():
            number += 1
        return store

    def _sweep(self) -> None:
        """Remove drafts and replaced stores. Workers that still map one keep its pages until they let go."""
        current = current_store(self._directory)
        for entry in self._directory.iterdir():
            if entry.is_dir() and entry != current:
                shutil.rmtree(entry)


class Draft:
    """A store being filled from a snapshot, in ascending order of key, unsynced until it is sealed."""

    def __init__(self, path: Path) -> None:
        if path.exists():
            shutil.rmtree(path)
        path.mkdir(parents=True)
        self.path = path
        self._environment = _open_for_writing(path, sync=False)
        self._transaction: lmdb.Transaction | None = None
        self._pending = 0
        self._keys = StoreKeys()
        self._last_key = b""
        self._reader = SnapshotReader()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of a snapshot. Raises SnapshotDamaged, StoreFull."""
        try:
            for key, ver, value in self._reader.feed(chunk):
                if self._transaction is None:
                    self._transaction = self._environment.begin(write=True)
                for domain_id in self._keys.unknown((key,)):
                    self._keys.give(self._transaction, domain_id)
                packed = pack_value(key, ver, flags_of(key, value), value)
                stored_key = self._keys.stored(key)
                # All but keys without a domain come in order, and appending leaves full pages.
                self._transaction.put(stored_key, packed, append=stored_key > self._last_key)
                self._last_key = max(stored_key, self._last_key)
                self._pending += 1
                if self._pending >= SNAPSHOT_RECORDS_PER_COMMIT:
                    self._commit()
        except lmdb.MapFullError as error:
            raise StoreFull from error

    def finish(self, stream_created: str, stream_seq_max: int) -> Applied:
        """Check the whole snapshot; return where a store of it stands. Raises SnapshotDamaged.

        A stream that was made again is shorter than what control remembers of it: reading goes on from
        its end then, and what is read twice is recognised by its version.
        """
        header = self._reader.finish()
        seq = min(header.stream_seq, stream_seq_max)
        return Applied(header.epoch, header.ver, seq, stream_created, header.count, header.set_hash)

    def seal(self, applied: Applied) -> None:
        """Write where it stands, and everything to the disk."""
        self._commit()
        with self._environment.begin(write=True) as transaction:
            transaction.put(APPLIED_KEY, pack_applied(applied))
        self._environment.close()
        _sync_whole(self.path)

    def discard(self) -> None:
        """Throw it away."""
        if self._transaction is not None:
            self._transaction.abort()
            self._transaction = None
        self._environment.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def _commit(self) -> None:
        if self._transaction is not None:
            self._transaction.commit()
            self._transaction, self._pending = None, 0


def _put(transaction: lmdb.Transaction, keys: StoreKeys, record: RecordV1, tally: Tally) -> None:
    if not is_storable(record.key):
        return  # control cannot have it either, so the set hash stays right
    stored_key = keys.stored(record.key)
    raw = transaction.get(stored_key)
    if raw is not None:
        old = unpack_value(record.key, bytes(raw))
        tally.remove(record.key, old.ver, old.value)
    if record.value is None:
        transaction.delete(stored_key)
        return
    flags = flags_of(record.key, record.value)
    transaction.put(stored_key, pack_value(record.key, record.ver, flags, record.value))
    tally.add(record.key, record.ver, record.value)


def _sync_whole(store: Path) -> None:
    """Bring a store that was written without syncing to the disk, its names included."""
    for path, flags in ((store / "data.mdb", os.O_RDWR), (store, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _open_for_writing(store: Path, *, sync: bool = True) -> lmdb.Environment:
    return lmdb.open(
        str(store),
        map_size=REPLICA_MAP_BYTES,
        max_readers=REPLICA_READERS_MAX,
        sync=sync,
        metasync=sync,
    )
