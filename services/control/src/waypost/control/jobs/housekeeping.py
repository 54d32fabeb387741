"""Clearing up what was kept for a time: sent changes, told events, kept answers."""

import asyncio

from waypost.control import limits
from waypost.control.core.qr_designs import OWNERLESS
from waypost.control.jobs.relay import Relay
from waypost.control.store import changes, events, idempotency, jobs, qr
from waypost.control.store.database import Database

EVERY_S = 60.0
_DAY_MS = 24 * 3600 * 1000


class Housekeeping:
    """Removes a bounded number of old rows at a time, so that writers never wait long.

    With `history_days` 0 changes are kept for ever.
    """

    def __init__(self, database: Database, relay: Relay, *, history_days: int) -> None:
        self._database = database
        self._relay = relay
        self._history_ms = history_days * _DAY_MS

    async def run(self) -> None:
        """Clear up for ever."""
        while True:
            await self.clear_up()
            await asyncio.sleep(EVERY_S)

    async def clear_up(self) -> None:
        """One round."""
        await self._relay.clear_up()
        async with self._database.write() as tx:
            await events.forget(tx, tx.now_ms - limits.EVENTS_KEPT_MS, limits.CLEAR_UP_ROWS_MAX)
            await idempotency.forget(tx, tx.now_ms - limits.IDEMPOTENCY_KEPT_MS)
            day_old_ms = tx.now_ms - limits.PUBLIC_DESIGNS_KEPT_MS
            await qr.forget_ownerless(tx, OWNERLESS, day_old_ms, limits.CLEAR_UP_ROWS_MAX)
            await jobs.forget(tx, tx.now_ms - limits.JOBS_KEPT_MS, limits.CLEAR_UP_JOBS_MAX)
            if self._history_ms:
                await changes.forget(tx, tx.now_ms - self._history_ms, limits.CLEAR_UP_ROWS_MAX)
