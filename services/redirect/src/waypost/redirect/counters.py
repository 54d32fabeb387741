"""The edge's counters: one page of shared memory per worker, written by it alone, read by the agent.

Counting costs a worker one memory write and no system call; a worker that dies leaves its page.
"""

import mmap
import os
from bisect import bisect_left
from pathlib import Path

from waypost.redirect.limits import WORKERS_MAX

NAMES = (
    "requests_fast",
    "requests_full",
    "answers_redirect",
    "answers_page",
    "answers_not_found",
    "answers_gone",
    "answers_refused",
    "answers_unavailable",
    "scans_recorded",
    "scans_dropped",
    "values_damaged",
    "connections_refused",
    "connections_timed_out",
    "headers_known",
    "headers_new",
    "spool_epoch",
    "spool_offset",
    "spool_unsynced_us",
    "started_ms",
    "alive_ms",
)
"""In the order in which they lie in a page; new names go behind the last."""

LATENCY_BOUNDS_US = (
    10,
    25,
    50,
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    1_000_000,
)
"""Upper bounds of the buckets of the time from a parsed request to its answer; a last one has none."""

_INDEX = {name: index for index, name in enumerate(NAMES)}
_BUCKETS_AT = 64
_SUM_AT = _BUCKETS_AT + len(LATENCY_BOUNDS_US) + 1
_PAGE_WORDS = 128
_PAGE_BYTES = _PAGE_WORDS * 8


class Counters:
    """One worker's page."""

    def __init__(self, path: Path, index: int) -> None:
        """Map a page, making the file when it is not there. Raises ValueError for an impossible index."""
        if not 0 <= index < WORKERS_MAX:
            raise ValueError(f"worker index {index} is not in 0…{WORKERS_MAX - 1}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size < WORKERS_MAX * _PAGE_BYTES:
                os.ftruncate(descriptor, WORKERS_MAX * _PAGE_BYTES)
            self._map = mmap.mmap(descriptor, WORKERS_MAX * _PAGE_BYTES)
        finally:
            os.close(descriptor)
        start = index * _PAGE_WORDS
        self.words = memoryview(self._map).cast("Q")[start : start + _PAGE_WORDS]
        """The page; whoever counts often indexes it with `slot(name)`."""

    def add(self, name: str, amount: int = 1) -> None:
        """Count."""
        self.words[_INDEX[name]] += amount

    def put(self, name: str, value: int) -> None:
        """Set a gauge."""
        self.words[_INDEX[name]] = value

    def get(self, name: str) -> int:
        """What stands there."""
        return self.words[_INDEX[name]]

    def observe(self, microseconds: int) -> None:
        """One answer's time."""
        self.words[_BUCKETS_AT + bisect_left(LATENCY_BOUNDS_US, microseconds)] += 1
        self.words[_SUM_AT] += microseconds

    def latency(self) -> tuple[tuple[int, ...], int]:
        """Answers per bucket, and the sum of all times in microseconds."""
        return tuple(self.words[_BUCKETS_AT:_SUM_AT]), self.words[_SUM_AT]

    def close(self) -> None:
        """Unmap the file."""
        self.words.release()


def slot(name: str) -> int:
    """Where a counter lies in a page."""
    return _INDEX[name]
