"""Workspaces as edges know them, made anew when the month turns and when the worker starts.

A month that begins opens what the last one's quota closed; a start finds a plans file that was changed.
"""

import asyncio

from waypost.control.core.quotas import month_of
from waypost.control.core.workspace_record import publish_workspaces
from waypost.control.store import workspaces
from waypost.control.store.database import Database

EVERY_S = 1.0
_AT_ONCE = 200


class WorkspaceRecords:
    """Goes over every workspace at the turn of a month."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._month = -1

    async def run(self) -> None:
        """Watch the calendar for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Publish every workspace when this month is not the one they were published in."""
        month = month_of(self._database.clock())
        if month == self._month:
            return
        after = ""
        while True:
            async with self._database.read() as tx:
                part = await workspaces.after(tx, after, _AT_ONCE)
            if not part:
                break
            async with self._database.write() as tx:
                await publish_workspaces(tx, await workspaces.get_many(tx, [each.id for each in part]))
            after = part[-1].id
        self._month = month
