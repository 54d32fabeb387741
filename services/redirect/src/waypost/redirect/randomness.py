"""Random bytes in small pieces, without a system call for each."""

import os

_DRAWN_BYTES = 4096


class Randomness:
    """Bytes of the system's generator, drawn ahead. Not for use across a fork."""

    def __init__(self) -> None:
        self._drawn = b""
        self._used = 0

    def take(self, count: int) -> bytes:
        """So many random bytes, never the same ones twice."""
        start = self._used
        self._used += count
        if self._used > len(self._drawn):
            self._drawn = os.urandom(max(count, _DRAWN_BYTES))
            start, self._used = 0, count
        return self._drawn[start : self._used]
