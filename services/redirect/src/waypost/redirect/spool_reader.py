"""Reading a spool while its worker writes it: consecutive scans behind a position, over all damage.

Offsets of an epoch are delivered without gaps. A frame that the disk lost is delivered as a hole, so
that whoever counts sees that a scan was lost instead of waiting for it.
"""

import os
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from waypost.redirect.frame import FRAME_BYTES_MAX, SegmentName, epoch_seed, find_frame, read_frame
from waypost.redirect.limits import (
    ACKED_SEGMENT_AGE_MIN_S,
    ACKED_SEGMENT_BYTES_MIN,
    SPOOL_BYTES_MAX,
    SPOOL_RELIEF_SHARE,
)
from waypost.redirect.spool import segments_in

HOLE = b"\xc0"
"""msgpack nil, in place of a scan that the disk lost."""

_WINDOW_BYTES = 1024 * 1024
_WINDOWS_PER_READ_MAX = 64


class Position(Struct, frozen=True, order=True):
    """The next scan to deliver."""

    epoch: int
    offset: int


class ScanRun(Struct, frozen=True):
    """Consecutive scans of one epoch, as written."""

    epoch: int
    first: int
    payloads: tuple[bytes, ...]

    @property
    def end(self) -> Position:
        """The position behind the run."""
        return Position(self.epoch, self.first + len(self.payloads))


class SpoolReader:
    """Delivers what lies behind its position. `seek` moves it; nothing is remembered elsewhere."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.position = Position(0, 0)
        self.bad_frames = 0
        """Scans delivered as holes."""
        self._segment: SegmentName | None = None
        self._fd = -1
        self._byte = 0

    def seek(self, position: Position) -> None:
        """Go on from another position."""
        self._close()
        self.position = position

    def read(self, count_max: int, bytes_max: int) -> ScanRun | None:
        """The next run, at most so many scans and payload bytes; None when there is nothing yet."""
        payloads: list[bytes] = []
        start = self.position
        size = 0
        for _ in range(_WINDOWS_PER_READ_MAX):
            window, is_last = self._window()
            size = self._take(window, payloads, size, count_max, bytes_max)
            if payloads:
                start = Position(self.position.epoch, self.position.offset - len(payloads))
                return ScanRun(start.epoch, start.offset, tuple(payloads))
            if (is_last and len(window) < _WINDOW_BYTES) or not self._skip(window):
                return None
        return None

    def close(self) -> None:
        """Let go of the segment."""
        self._close()

    def _window(self) -> tuple[bytes, bool]:
        """Bytes at the position, and whether the worker may still add to them."""
        names = segments_in(self.directory)
        if self._segment is None and names:
            self._open(_segment_of(names, self.position))
        if self._segment is None:
            return b"", True
        is_last = self._segment == names[-1] if names else True
        return os.pread(self._fd, _WINDOW_BYTES, self._byte), is_last

    def _take(self, window: bytes, payloads: list[bytes], size: int, count_max: int, bytes_max: int) -> int:
        if self._segment is None:
            return size
        seed = epoch_seed(self._segment.epoch)
        position = 0
        while len(payloads) < count_max:
            offset = self.position.offset
            frame = read_frame(window, position, seed)
            if frame is None or frame.offset + len(frame.payloads) <= offset:
                frame = find_frame(window, position, seed, offset)
            if frame is None:
                break
            if frame.offset > offset:  # what lay between is lost
                lost = min(frame.offset - offset, count_max - len(payloads))
                payloads += [HOLE] * lost
                self.bad_frames += lost
                self.position = Position(self.position.epoch, offset + lost)
                continue
            behind = frame.offset + len(frame.payloads)
            for payload in frame.payloads[offset - frame.offset :][: count_max - len(payloads)]:
                if payloads and size + len(payload) > bytes_max:
                    break
                payloads.append(payload)
                size += len(payload)
                offset += 1
            self.position = Position(self.position.epoch, offset)
            if offset < behind:
                break  # the rest of the frame begins the next run
            position = frame.end
        self._byte += position
        return size

    def _skip(self, window: bytes) -> bool:
        """Nothing readable in this window of a finished segment: look behind it, or in the next segment."""
        if len(window) == _WINDOW_BYTES:
            self._byte += _WINDOW_BYTES - FRAME_BYTES_MAX
            return True
        names = segments_in(self.directory)
        later = [name for name in names if self._segment is None or name > self._segment]
        if not later:
            return False
        self._open(later[0])
        return True

    def _open(self, name: SegmentName) -> None:
        self._close()
        self._fd = os.open(self.directory / str(name), os.O_RDONLY | os.O_CLOEXEC)
        self._segment = name
        if name.epoch != self.position.epoch:
            self.position = Position(name.epoch, name.first)

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._segment, self._byte = -1, None, 0


def _segment_of(names: list[SegmentName], position: Position) -> SegmentName:
    """The segment to begin with: the last that starts at or before the position, else the oldest."""
    before = [name for name in names if Position(name.epoch, name.first) <= position]
    return before[-1] if before else names[0]


def prune(directory: Path, shipped: Position, now_s: float, *, bytes_max: int = SPOOL_BYTES_MAX) -> int:
    """Remove segments that are shipped whole and old enough; return the bytes the spool still has.

    They stay ACKED_SEGMENT_AGE_MIN_S and ACKED_SEGMENT_BYTES_MIN, unless the spool is short of room.
    """
    names = segments_in(directory)
    sizes = {name: (directory / str(name)).stat() for name in names}
    total = sum(status.st_size for status in sizes.values())
    acked = [
        name for name, successor in pairwise(names) if Position(successor.epoch, successor.first) <= shipped
    ]
    newer = sum(sizes[name].st_size for name in acked)
    for name in acked:
        status = sizes[name]
        newer -= status.st_size
        is_old = now_s - status.st_mtime >= ACKED_SEGMENT_AGE_MIN_S and newer >= ACKED_SEGMENT_BYTES_MIN
        if is_old or total > bytes_max * SPOOL_RELIEF_SHARE:
            (directory / str(name)).unlink(missing_ok=True)
            total -= status.st_size
    return total
