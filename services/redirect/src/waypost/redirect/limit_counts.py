"""Scans of limited links that control does not know yet, shared by the workers of one host.

A link's record says how many scans all edges had counted when it was written. This table adds those
this host has let through since, so that a limit holds at once here; over several hosts it can be
overshot by what the others let through before their totals came back, about a second's worth.
"""

import fcntl
import mmap
import os
import struct
from hashlib import blake2b
from pathlib import Path

_SLOT = struct.Struct("=8sQQ")
_SLOTS = 65_536
_PROBES = 16


class LimitCounts:
    """A shared table of (link, scans known, scans since), guarded by a file lock; for limited links only."""

    def __init__(self, path: Path) -> None:
        """Map the table, making the file when it is not there."""
        size = _SLOT.size * _SLOTS
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._fd).st_size < size:
            os.ftruncate(self._fd, size)
        self._map = mmap.mmap(self._fd, size)

    def left(self, link_id: bytes, limit: int, known: int) -> int:
        """How many scans the limit still allows; `known` is the record's own count."""
        position = self._find(_tag(link_id))
        if position is None:
            return limit - known
        since = self._settled(position, known)
        return limit - known - since

    def spend(self, link_id: bytes, limit: int, known: int) -> bool:
        """Count one scan; False, and nothing counted, when the limit does not allow it."""
        tag = _tag(link_id)
        fcntl.lockf(self._fd, fcntl.LOCK_EX)
        try:
            position = self._find(tag)
            since = 0 if position is None else self._settled(position, known)
            if known + since >= limit:
                return False
            self._put(self._free(tag) if position is None else position, tag, known, since + 1)
            return True
        finally:
            fcntl.lockf(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Unmap the table."""
        self._map.close()
        os.close(self._fd)

    def _settled(self, position: int, known: int) -> int:
        """Scans of ours that `known` does not hold yet: what it grew by is taken to be ours first."""
        _, known_then, since = _SLOT.unpack_from(self._map, position)
        return max(0, int(since) - max(0, known - int(known_then)))

    def _find(self, tag: bytes) -> int | None:
        start = int.from_bytes(tag[:4], "big")
        for step in range(_PROBES):
            position = (start + step) % _SLOTS * _SLOT.size
            if self._map[position : position + 8] == tag:
                return position
        return None

    def _free(self, tag: bytes) -> int:
        """An empty slot near the link's place, else that place: a forgotten count lets a few more pass."""
        start = int.from_bytes(tag[:4], "big")
        for step in range(_PROBES):
            position = (start + step) % _SLOTS * _SLOT.size
            if self._map[position : position + 8] == bytes(8):
                return position
        return start % _SLOTS * _SLOT.size

    def _put(self, position: int, tag: bytes, known: int, since: int) -> None:
        _SLOT.pack_into(self._map, position, tag, known, since)


def _tag(link_id: bytes) -> bytes:
    return blake2b(link_id, digest_size=8).digest()
