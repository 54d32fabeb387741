"""Removes workspaces whose time has come: links and their scans, files, then everything else, piece by piece.

A round that is cut off is taken up by the next one: what is still there says what is left to do.
"""

import asyncio

from waypost.control import limits
from waypost.control.bus import Bus
from waypost.control.core.asset_files import discard
from waypost.control.core.workspace_end import remove_links, remove_rest
from waypost.control.model.faults import Unavailable
from waypost.control.model.page import PageRequest
from waypost.control.model.workspaces import Workspace
from waypost.control.objects import Objects
from waypost.control.store import assets, workspace_rows, workspaces
from waypost.control.store.database import Database
from waypost.runtime.logs import Log
from waypost.wire.ids import to_bytes
from waypost.wire.upkeep import Changed, EraseLink

EVERY_S = 60.0
_AT_ONCE = 20
_log = Log(__name__)


class WorkspaceRemoval:
    """One round a minute over what is over."""

    def __init__(self, database: Database, objects: Objects, bus: Bus) -> None:
        self._database = database
        self._objects = objects
        self._bus = bus

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Remove every workspace whose time has come; one that cannot go now waits for the next round."""
        async with self._database.read() as tx:
            found = await workspaces.expired(tx, _AT_ONCE)
        for workspace in found:
            try:
                await self._remove(workspace)
            except Unavailable as fault:
                _log.info("workspace_not_removed_yet", workspace=workspace.id, why=str(fault))

    async def _remove(self, workspace: Workspace) -> None:
        while await self._remove_links(workspace):
            pass
        if not await self._remove_files(workspace):
            return
        while True:
            async with self._database.write() as tx:
                if await remove_rest(tx, workspace):
                    break
        _log.info("workspace_removed", workspace=workspace.id)

    async def _remove_links(self, workspace: Workspace) -> bool:
        """Remove some links after their scans; False when there are none left. Raises Unavailable."""
        async with self._database.read() as tx:
            link_ids = await workspace_rows.some_links(tx, workspace.id, limits.REMOVED_LINKS_AT_ONCE)
        for link_id in link_ids:
            await self._bus.ask(EraseLink(to_bytes(workspace.id), to_bytes(link_id)), Changed)
        if link_ids:
            async with self._database.write() as tx:
                await remove_links(tx, link_ids)
        return bool(link_ids)

    async def _remove_files(self, workspace: Workspace) -> bool:
        """Remove all files; False when the store of files does not let us now."""
        while True:
            async with self._database.read() as tx:
                wanted = PageRequest(limit=limits.REMOVED_LINKS_AT_ONCE)
                page = await assets.rows.page(tx, workspace.id, wanted)
            if not page.items:
                return True
            for asset in page.items:
                if not await discard(self._database, self._objects, asset):
                    return False
