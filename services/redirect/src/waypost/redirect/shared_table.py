"""A small table in shared memory that the workers of one host keep together.

For what must hold over all of them and is rare: limited links, guesses at passwords. One file lock
guards it, so it is no place for anything that every redirect needs.
"""

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

_SLOT = struct.Struct("=8sQQ")
_PROBES = 16


class SharedTable:
    """Maps names to pairs of numbers, in a fixed number of slots. A name that finds no slot takes another's."""

    def __init__(self, path: Path, slots: int = 65_536) -> None:
        """Map the table, making the file when it is not there."""
        self._slots = slots
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._fd).st_size < _SLOT.size * slots:
            os.ftruncate(self._fd, _SLOT.size * slots)
        self._map = mmap.mmap(self._fd, _SLOT.size * slots)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the other processes out while a value is read and changed."""
        fcntl.lockf(self._fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._fd, fcntl.LOCK_UN)

    def get(self, name: bytes) -> tuple[int, int] | None:
        """The pair of a name; None when it has none."""
        tag = _tag(name)
        for position in self._places(tag):
            found, first, second = _SLOT.unpack_from(self._map, position)
            if found == tag:
                return first, second
        return None

    def put(self, name: bytes, first: int, second: int) -> None:
        """Set the pair of a name. Call it inside `locked`."""
        tag = _tag(name)
        places = list(self._places(tag))
        known = [place for place in places if self._map[place : place + 8] == tag]
        free = [place for place in places if self._map[place : place + 8] == bytes(8)]
        _SLOT.pack_into(self._map, (known or free or places)[0], tag, first, second)

    def close(self) -> None:
        """Unmap the table."""
        self._map.close()
        os.close(self._fd)

    def _places(self, tag: bytes) -> Iterator[int]:
        start = int.from_bytes(tag[:4], "big")
        return ((start + step) % self._slots * _SLOT.size for step in range(_PROBES))


def _tag(name: bytes) -> bytes:
    return blake2b(name, digest_size=8).digest()
