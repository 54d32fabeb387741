"""Bulk jobs and planned changes: a few rows at a time, so that requests are served in between."""

import asyncio

from waypost.control.core import jobs
from waypost.control.core.link_history import carry_out
from waypost.control.store import schedules
from waypost.control.store.database import Database
from waypost.runtime.logs import Log

_IDLE_S = 0.5
_DUE_AT_ONCE = 20
_log = Log(__name__)


class BulkJobs:
    """Does the oldest job's next rows, again and again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Work for ever."""
        while True:
            if not await self.step():
                await asyncio.sleep(_IDLE_S)

    async def step(self) -> bool:
        """One transaction's worth; False when nothing waits."""
        async with self._database.write() as tx:
            return await jobs.advance(tx)


class Schedules:
    """Makes planned changes when their time has come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Watch the clock for ever."""
        while True:
            await self.step()
            await asyncio.sleep(_IDLE_S)

    async def step(self) -> None:
        """Make what is due."""
        async with self._database.read() as tx:
            due = await schedules.due(tx, _DUE_AT_ONCE)
        for planned in due:
            async with self._database.write() as tx:
                done = await carry_out(tx, planned)
            if done.failure:
                _log.warning("scheduled_change_failed", id=done.id, reason=done.failure)
