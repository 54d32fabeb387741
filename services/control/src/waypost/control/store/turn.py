"""Taking turns at writing, between tasks and between processes.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at the same
instant. The API and the worker each hold one writing connection, so they take turns: an asyncio lock
inside the process, an advisory file lock between processes, held from BEGIN to behind the COMMIT
(which is also where SQLite checkpoints). A process that dies gives its turn back with its files.

Whoever waits for the turn stands at its door, which is a second lock: a process that gives its turn back and wants
it again at once comes behind it, since the system itself promises no order.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class WriterTurn:
    """At most one holder at a time over all processes that name the same file."""

    def __init__(self, path: Path | None) -> None:
        self._lock = asyncio.Lock()
        self._turn = self._door = -1
        if path is not None:
            self._turn, self._door = _opened(path), _opened(path.with_name(path.name + "-door"))

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Wait for the turn and keep it inside the block."""
        async with self._lock:
            if self._turn < 0:
                yield
                return
            await self._take()
            try:
                yield
            finally:
                fcntl.flock(self._turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the files back."""
        if self._turn >= 0:
            os.close(self._turn)
            os.close(self._door)
            self._turn = self._door = -1

    async def _take(self) -> None:
        if self._took_at_once():
            return
        waiting = asyncio.ensure_future(asyncio.to_thread(self._wait))
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # The thread cannot be called back: what it gets must be given up again.
            await asyncio.wait([waiting])
            fcntl.flock(self._turn, fcntl.LOCK_UN)
            raise

    def _took_at_once(self) -> bool:
        if not _got(self._door):
            return False
        took = _got(self._turn)
        fcntl.flock(self._door, fcntl.LOCK_UN)
        return took

    def _wait(self) -> None:
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._turn, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _got(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
