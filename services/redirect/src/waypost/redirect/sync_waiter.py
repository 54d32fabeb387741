"""Strict durability: answers wait until the disk has their scans."""

import asyncio

from waypost.redirect.spool import Spool


class SyncWaiter:
    """Wakes waiting answers after each group that reached the disk. One per spool, on one event loop."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._loop = asyncio.get_running_loop()
        self._next = asyncio.Event()
        spool.on_synced = self._from_thread

    async def wait(self) -> None:
        """Return once everything appended so far is on the disk."""
        upto = self._spool.next_offset
        while self._spool.synced_offset < upto:
            await self._next.wait()

    def _from_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._next.set()
        self._next = asyncio.Event()
