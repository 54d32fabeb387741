"""Removing the files of deleted assets that could not go at once, and uploads that nobody confirmed."""

import asyncio

from waypost.control.core.asset_files import sweep
from waypost.control.objects import Objects
from waypost.control.store.database import Database

EVERY_S = 600.0


class AssetSweep:
    """One round every ten minutes; what fails waits for the next."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await sweep(self._database, self._objects)
            await asyncio.sleep(EVERY_S)
