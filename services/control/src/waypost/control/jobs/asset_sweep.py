"""Removing the files of deleted assets that could not go at once, and uploads that nobody confirmed or finished."""

import asyncio

from waypost.control.core.asset_files import sweep
from waypost.control.objects import Objects
from waypost.control.objects.local import LocalObjects
from waypost.control.store.database import Database

EVERY_S = 600.0
UNFINISHED_S = 24 * 3600
"""No upload takes as long."""


class AssetSweep:
    """One round every ten minutes; what fails waits for the next."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await sweep(self._database, self._objects)
            if isinstance(self._objects, LocalObjects):
                await self._objects.clear_up(self._database.clock() / 1000 - UNFINISHED_S)
            await asyncio.sleep(EVERY_S)
