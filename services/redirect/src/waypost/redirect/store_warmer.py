"""Keeps the link store in the system's page cache, from a thread of its own.

Workers look up in a mapped file. A page of it that is not in memory stops the whole event loop until the disk has
brought it, and after a start, or where memory that rests is taken away, most visits meet such a page. So the file is
looked at every few seconds, by a few reads that do not wait, and read through once when too much of it is cold.
"""

import mmap
import os
import random
from pathlib import Path

from waypost.redirect.limits import STORE_COLD_SHARE_MAX, STORE_ROOM_SHARE_MAX, STORE_SAMPLED_PAGES
from waypost.redirect.store_format import current_store

_FILE = "data.mdb"
_PIECE_BYTES = 1024 * 1024
_MEMORY = Path("/proc/meminfo")
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


class StoreWarmer:
    """Reads the store in force of a directory, in whichever thread calls it; `stop` may come from another one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._is_stopping = False
        self._random = random.Random()

    def warm(self) -> int:
        """Read the store through if too much of it is cold and there is room for it; how many bytes were read.

        Raises OSError when it cannot be read.
        """
        store = current_store(self._directory)
        if store is None:
            return 0
        descriptor = os.open(store / _FILE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            if self._cold_share(descriptor, size) <= STORE_COLD_SHARE_MAX or size > _room_bytes():
                return 0
            return self._read(descriptor)
        finally:
            os.close(descriptor)

    def stop(self) -> None:
        """Let a `warm` that is under way end."""
        self._is_stopping = True

    def _cold_share(self, descriptor: int, size: int) -> float:
        """How much of a file is not in memory, by a sample of its pages; 0 where that cannot be told."""
        pages, cold, byte = size // mmap.PAGESIZE, 0, bytearray(1)
        if not pages:
            return 0.0
        for _ in range(STORE_SAMPLED_PAGES):
            try:
                os.preadv(descriptor, [byte], self._random.randrange(pages) * mmap.PAGESIZE, os.RWF_NOWAIT)
            except BlockingIOError:
                cold += 1
            except OSError:
                return 0.0  # a file system without such reads
        return cold / STORE_SAMPLED_PAGES

    def _read(self, descriptor: int) -> int:
        piece, done = bytearray(_PIECE_BYTES), 0
        while not self._is_stopping and (count := os.preadv(descriptor, [piece], done)):
            done += count
        return done


def _room_bytes() -> int:
    """How large a store may be to be read ahead: what does not fit would push out itself, or others."""
    available = next(line for line in _MEMORY.read_text().splitlines() if line.startswith("MemAvailable:"))
    room = int(available.split()[1]) * 1024
    try:
        limit = _CONTAINER_LIMIT.read_text().strip()
    except OSError:
        limit = "max"  # no container, or one of another kind
    if limit.isdigit():
        room = min(room, int(limit))
    return int(room * STORE_ROOM_SHARE_MAX)
