"""Taking turns at writing, between tasks and between processes.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at the same
instant. The API and the worker each hold one writing connection, so they take turns: an asyncio lock
inside the process, an advisory file lock between processes, held from BEGIN to behind the COMMIT
(which is also where SQLite checkpoints). A process that dies gives its turn back with its files.
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
        self._descriptor = -1 if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Wait for the turn and keep it inside the block."""
        async with self._lock:
            if self._descriptor < 0:
                yield
                return
            await self._take()
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    async def _take(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting = asyncio.ensure_future(asyncio.to_thread(fcntl.flock, self._descriptor, fcntl.LOCK_EX))
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                # The thread cannot be called back: what it gets must be given up again.
                await asyncio.wait([waiting])
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
                raise
