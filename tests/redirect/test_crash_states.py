"""R2: whatever the disk has of a spool when the power fails, what was promised to be on it is there."""

import os
import random
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from waypost.redirect.spool import Durability, Spool
from waypost.redirect.spool_reader import HOLE, SpoolReader

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800)] if IS_LONG else []
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
STATES = 100_000 if IS_LONG else 1_000
SCANS = 200
SEGMENT_BYTES = 4096
SECTOR_BYTES = 512


class Moment(Struct, frozen=True):
    """What the process had written, and what of it the disk had been made to keep."""

    written: dict[str, bytes]
    kept_bytes: dict[str, int]
    kept_names: frozenset[str]
    promised: int


class Diary:
    """Follows a spool's system calls. A call counts from its end, and only for what was there at its beginning."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moments: list[Moment] = []
        self.promised = 0
        self._directory = directory
        self._written: dict[str, bytes] = {}
        self._kept_bytes: dict[str, int] = {}
        self._kept_names: frozenset[str] = frozenset()
        for name, after in (("write", self._wrote), ("fdatasync", self._synced), ("fsync", self._synced)):
            monkeypatch.setattr(os, name, self._followed(getattr(os, name), after))

    def note(self) -> None:
        """The power may fail now."""
        self.moments.append(
            Moment(dict(self._written), dict(self._kept_bytes), self._kept_names, self.promised)
        )

    def _followed(self, real: Any, after: Any) -> Any:
        def call(descriptor: int, *data: bytes) -> Any:
            path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
            if self._directory not in (path, path.parent):
                return real(descriptor, *data)
            size = os.fstat(descriptor).st_size
            names = frozenset(self._written)
            result = real(descriptor, *data)
            after(descriptor, path.name, size, names, *data)
            self.note()
            return result

        return call

    def _wrote(self, _: int, name: str, __: int, ___: frozenset[str], data: bytes) -> None:
        self._written[name] = self._written.get(name, b"") + data

    def _synced(self, descriptor: int, name: str, size: int, names: frozenset[str]) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self._kept_names |= names
        else:
            self._kept_bytes[name] = size


def left_by_power_failure(moment: Moment, randomness: random.Random) -> dict[str, bytes]:
    """One of the states that the disk may be in: of what it was not made to keep, it has what it likes."""
    files = {}
    for name, data in moment.written.items():
        kept = moment.kept_bytes.get(name, 0)
        if name not in moment.kept_names and randomness.random() < 0.3:
            continue
        tail = bytearray(data[kept:])
        if tail and randomness.random() < 0.7:
            del tail[randomness.randrange(len(tail) + 1) :]
        for start in range(-kept % SECTOR_BYTES, len(tail), SECTOR_BYTES):
            if randomness.random() < 0.2:
                tail[start : start + SECTOR_BYTES] = bytes(len(tail[start : start + SECTOR_BYTES]))
        files[name] = data[:kept] + bytes(tail)
    return files


def recovered(directory: Path) -> dict[int, bytes]:
    """What the agent would ship of it, by offset."""
    reader = SpoolReader(directory)
    found: dict[int, bytes] = {}
    while (run := reader.read(500, 1_000_000)) is not None:
        found |= {at: bytes(raw) for at, raw in enumerate(run.payloads, run.first) if raw != HOLE}
    reader.close()
    return found


def wait_for_sync(spool: Spool, number: int) -> None:
    """Until so many scans are promised: the thread that syncs may be late on a busy machine."""
    deadline_s = time.monotonic() + 30
    while spool.synced_offset < number:
        assert time.monotonic() < deadline_s, f"{number} scans were never synced"
        time.sleep(0.001)


def test_what_is_promised_survives_every_state_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In `group` a scan is promised after its sync, in `strict` that is when its visitor is answered."""
    print("seed", SEED)
    randomness = random.Random(SEED)
    directory = tmp_path / "spool"
    scans = [b"%d " % number + randomness.randbytes(randomness.randrange(10, 200)) for number in range(SCANS)]
    with monkeypatch.context() as patch:
        diary = Diary(directory, patch)
        spool = Spool(directory, "edge-0", Durability.GROUP, segment_bytes=SEGMENT_BYTES)

        def promise() -> None:
            diary.promised = spool.synced_offset
            diary.note()

        spool.on_synced = promise
        for number, scan in enumerate(scans, 1):
            spool.append(scan)
            time.sleep(randomness.choice((0.0, 0.0, 0.001)))
            if number % (SCANS // 8) == 0:
                wait_for_sync(spool, number)
        spool.close()
    assert diary.promised == SCANS
    assert len({moment.promised for moment in diary.moments}) > 3, "it was synced while it was written"
    disk = tmp_path / "disk"
    disk.mkdir()
    for _ in range(STATES):
        moment = randomness.choice(diary.moments)
        for old in disk.iterdir():
            old.unlink()
        for name, data in left_by_power_failure(moment, randomness).items():
            (disk / name).write_bytes(data)
        found = recovered(disk)
        assert set(range(moment.promised)) <= set(found)
        assert all(scans[at] == payload for at, payload in found.items())
