"""The spool of one worker: scans are written here before their visitors are answered.

A frame handed to the kernel survives the death of the process; a thread carries groups of them to the
disk. Every start opens an epoch of its own, so nothing is ever appended behind a torn tail and no
(epoch, offset) is ever used twice. Nothing here stops a redirect: what cannot be stored is counted.
"""

import errno
import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from msgspec import Struct

from waypost.redirect.frame import (
    SegmentName,
    encode_frame,
    encode_frames,
    epoch_seed,
    parse_name,
    read_scans,
    segment_head,
)
from waypost.redirect.limits import (
    FRAME_PAYLOAD_BYTES_MAX,
    RING_BYTES_MAX,
    SEGMENT_BYTES,
    SPOOL_BYTES_MAX,
    SPOOL_VOLUME_SHARE_MAX,
    SYNC_INTERVAL_S,
    UNSYNCED_BYTES_MAX,
)
from waypost.runtime.logs import Log

_log = Log(__name__)
_LOCK_FILE = "lock"
_SPACE_CHECK_INTERVAL_S = 1.0
_EPOCH_RANDOM_BITS = 19


class Durability(Enum):
    """How far a scan has come before its visitor is answered."""

    OS = "os"
    """To the kernel, which writes it when it likes."""
    GROUP = "group"
    """To the kernel; to the disk within about 50 ms."""
    STRICT = "strict"
    """To the disk."""


class SpoolTaken(Exception):
    """Another process writes to this spool; `directory` names it."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"{directory} is written by another process")
        self.directory = directory


def new_epoch(at_ms: int, randomness: int, existing: int) -> int:
    """A spool epoch: milliseconds and random bits, below 2^63, above every existing one of the spool."""
    fresh = (at_ms << _EPOCH_RANDOM_BITS | randomness % (1 << _EPOCH_RANDOM_BITS)) % (1 << 63)
    return max(fresh, existing + 1)


def segments_in(directory: Path) -> list[SegmentName]:
    """The segments of a spool, oldest first."""
    return sorted(name for entry in os.listdir(directory) if (name := parse_name(entry)) is not None)


class _Unsynced(Struct, gc=False):
    """Scans written together: their frames begin at the offset `first` and may not be on the disk yet."""

    first: int
    payloads: list[bytes]
    size: int


class Spool:
    """Appends from one thread (the event loop's); a second thread, its own, syncs."""

    def __init__(
        self,
        directory: Path,
        node: str,
        durability: Durability,
        *,
        bytes_max: int = SPOOL_BYTES_MAX,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Take the spool. Raises SpoolTaken when another process has it, OSError when it cannot be made."""
        directory.mkdir(parents=True, exist_ok=True)
        self._lock_fd = os.open(directory / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock_fd)
            raise SpoolTaken(directory) from error
        self.directory = directory
        self.durability = durability
        self._node = node
        self._bytes_max = bytes_max
        self._segment_bytes = segment_bytes
        existing = segments_in(directory)
        now_ms = time.time_ns() // 1_000_000
        self.epoch = new_epoch(
            now_ms, int.from_bytes(os.urandom(4), "big"), existing[-1].epoch if existing else 0
        )
        self._seed = epoch_seed(self.epoch)
        self.next_offset = 0
        self.dropped = 0
        """Scans that were answered and not stored; exact."""
        self.synced_offset = 0
        """Every frame below is on the disk."""
        self.on_synced: Callable[[], None] | None = None
        """Called from the syncing thread after each good sync; STRICT answers wait for it."""
        self._fd = -1
        self._segment_number = 0
        self._segment_size = 0
        self._segment_scans = 0
        self._segment_path = directory
        self._sealed: list[int] = []
        self._directory_changed = False
        self._ring: deque[_Unsynced] = deque()
        self._ring_bytes = 0
        self._unsynced_bytes = 0
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._room = 0
        self._full_since = 0.0
        self._first_unsynced_s = 0.0
        self._measure_room()
        self._thread = threading.Thread(target=self._keep_syncing, name="spool-sync", daemon=True)
        if durability is not Durability.OS:
            self._thread.start()

    def append(self, payload: bytes) -> bool:
        """Write one scan; False (and counted) when it could not be. Never raises."""
        with self._guard:
            return self._append(payload)

    def append_all(self, payloads: list[bytes]) -> None:
        """Write scans with one system call if that is possible; what cannot be written is counted. Never raises."""
        with self._guard:
            done = self._append_at_once(payloads)
            for payload in payloads[done:]:
                self._append(payload)

    @property
    def unsynced_age_s(self) -> float:
        """How long the oldest frame that may not be on the disk has waited; 0 when there is none."""
        first = self._first_unsynced_s
        return time.monotonic() - first if first else 0.0

    def close(self) -> None:
        """Bring everything to the disk and let the spool go."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._guard:
            self._seal()
            for descriptor in self._sealed:
                os.close(descriptor)
        os.close(self._lock_fd)

    def _append(self, payload: bytes) -> bool:
        frame = encode_frame(self._seed, self.next_offset, payload)
        if len(payload) > FRAME_PAYLOAD_BYTES_MAX or not self._write(frame):
            self.dropped += 1
            return False
        if self.durability is not Durability.OS:
            self._remember([payload], len(frame))
        self.next_offset += 1
        return True

    def _append_at_once(self, payloads: list[bytes]) -> int:
        """How many were written in one go: all of them, or fewer when that is not plain sailing."""
        if self._fd < 0 or self._full_since or max(map(len, payloads)) > FRAME_PAYLOAD_BYTES_MAX:
            return 0
        data = encode_frames(self._seed, self.next_offset, payloads)
        size = len(data)
        if self._segment_size + size > self._segment_bytes or self._room < size:
            return 0
        try:
            written = os.write(self._fd, data)
        except OSError:
            return 0  # told by the one that tries again alone
        count = len(payloads)
        if written < size:  # the disk is full: what lies there whole is written, the rest is tried again
            count = sum(1 for _ in read_scans(data[:written], self._seed))
        self._room -= written
        self._segment_size += written
        self._segment_scans += count
        if count and self.durability is not Durability.OS:
            self._remember(payloads[:count], written)
        self.next_offset += count
        if written < size:
            self._seal()  # nothing is appended behind a torn frame
        return count

    def _write(self, frame: bytes) -> bool:
        """Append to the current segment or a new one; False, with the reason told once, when it cannot be."""
        rotate = self._fd < 0 or self._segment_size + len(frame) > self._segment_bytes
        if self._full_since and (rotate or self._room < len(frame)):
            if time.monotonic() - self._full_since < _SPACE_CHECK_INTERVAL_S:
                return False
            self._measure_room()
        if self._room < len(frame):
            return self._full(f"the spool's limit of {self._bytes_max} bytes is reached")
        try:
            if rotate:
                self._open_segment()
            written = os.write(self._fd, frame)
        except OSError as error:
            self._seal()
            return self._full(str(error))
        self._room -= written
        if written != len(frame):
            self._seal()
            return self._full("the disk took part of a frame")
        self._segment_size += written
        self._segment_scans += 1
        if self._full_since:
            self._full_since = 0.0
            _log.info("spool_has_room_again", directory=str(self.directory), dropped=self.dropped)
        return True

    def _full(self, why: str) -> bool:
        if not self._full_since:
            _log.error("scans_are_dropped", directory=str(self.directory), why=why)
        self._full_since = time.monotonic()
        return False

    def _remember(self, payloads: list[bytes], size: int) -> None:
        """Keep scans whose frames begin at `next_offset`, and take so many bytes, until they are on the disk."""
        self._ring.append(_Unsynced(self.next_offset, payloads, size))
        self._ring_bytes += size
        while self._ring_bytes > RING_BYTES_MAX:
            self._ring_bytes -= self._ring.popleft().size
        before = self._unsynced_bytes
        self._unsynced_bytes += size
        if not before:
            self._first_unsynced_s = time.monotonic()
        # The thread is woken for the first frame of a group and for a full one, not for each.
        if not before or before <= UNSYNCED_BYTES_MAX < self._unsynced_bytes:
            self._wake.set()

    def _open_segment(self) -> None:
        self._seal()
        self._segment_number += 1
        self._segment_path = self.directory / str(
            SegmentName(self.epoch, self.next_offset, self._segment_number)
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(self._segment_path, flags, 0o600)
        self._segment_scans = 0
        head = segment_head(self.epoch, self._node)
        self._segment_size = os.write(self._fd, head)
        if self._segment_size != len(head):
            raise OSError(errno.ENOSPC, "the disk took part of a segment's head")
        self._directory_changed = True
        self._measure_room()

    def _seal(self) -> None:
        """No more frames into this segment; the syncing thread closes it once it is on the disk."""
        descriptor, self._fd = self._fd, -1
        if descriptor < 0:
            return
        if not self._segment_scans:
            self._segment_path.unlink()
        if self._thread.is_alive():
            self._sealed.append(descriptor)
        else:
            os.close(descriptor)

    def _measure_room(self) -> None:
        used = 0
        for name in segments_in(self.directory):
            try:
                used += (self.directory / str(name)).stat().st_size
            except FileNotFoundError:
                continue  # the agent removed it, having shipped it
        volume = os.statvfs(self.directory)
        volume_bytes = volume.f_blocks * volume.f_frsize
        self._room = min(self._bytes_max, int(volume_bytes * SPOOL_VOLUME_SHARE_MAX)) - used

    def _keep_syncing(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self.durability is Durability.GROUP and not self._stopping and not self._group_is_full():
                self._wake.wait(SYNC_INTERVAL_S)
                self._wake.clear()
            healthy = self._sync()
            if self._stopping and not (healthy and self._unsynced_bytes):
                return
            if not healthy:
                time.sleep(_SPACE_CHECK_INTERVAL_S)

    def _group_is_full(self) -> bool:
        return self._unsynced_bytes > UNSYNCED_BYTES_MAX

    def _sync(self) -> bool:
        """One group to the disk. After an error the same data is never synced again: it is written anew."""
        with self._guard:
            sealed, self._sealed = self._sealed, []
            current, upto, size = self._fd, self.next_offset, self._unsynced_bytes
            new_names, self._directory_changed = self._directory_changed, False
            started_s = time.monotonic()
        failure: OSError | None = None
        try:
            for descriptor in (*sealed, current):
                if descriptor >= 0:
                    os.fdatasync(descriptor)
            if new_names:
                _sync_directory(self.directory)
        except OSError as error:
            failure = error
        for descriptor in sealed:
            os.close(descriptor)
        with self._guard:
            if failure is not None:
                self._rewrite(failure)
                return False
            while self._ring and self._ring[0].first < upto:
                self._ring_bytes -= self._ring.popleft().size
            self._unsynced_bytes -= size
            self._first_unsynced_s = started_s if self._unsynced_bytes else 0.0
            self.synced_offset = upto
            if self._unsynced_bytes:
                self._wake.set()
        if self.on_synced is not None:
            self.on_synced()
        return True

    def _rewrite(self, failure: OSError) -> None:
        """Put every unsynced frame into a new segment; the reader drops the ones it has twice."""
        _log.error("spool_sync_failed", directory=str(self.directory), error=str(failure))
        self._seal()
        for descriptor in self._sealed:
            os.close(descriptor)
        kept = self._ring
        self._sealed, self._ring, self._ring_bytes, self._unsynced_bytes = [], deque(), 0, 0
        resume = self.next_offset
        for offset, payload in (
            (group.first + index, payload) for group in kept for index, payload in enumerate(group.payloads)
        ):
            self.next_offset = offset
            frame = encode_frame(self._seed, offset, payload)
            # What cannot be written again is still in the kernel's memory, so it is not counted as dropped.
            if not self._write(frame):
                break
            self._remember([payload], len(frame))
        self.next_offset = resume
        self._wake.set()


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
