"""All rows of a workspace, in whatever table, for removing it. No other statement goes over every table."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, delete, select, tuple_

from waypost.control.store.links import links
from waypost.control.store.schema import metadata
from waypost.control.store.tx import Tx
from waypost.control.store.workspaces import workspaces

_KEPT = frozenset({"workspaces", "links", "assets"})
"""Removed by themselves: assets have files, links are known to the edges."""


async def some_links(tx: Tx, workspace_id: str, limit: int) -> list[str]:
    """The ids of links of a workspace, living or deleted."""
    statement = select(links.c.id).where(links.c.workspace_id == workspace_id).limit(limit)
    return [row["id"] for row in await tx.rows(statement)]


async def remove_links(tx: Tx, link_ids: Sequence[str]) -> None:
    """Remove links and every row that names one of them."""
    for table in reversed(metadata.sorted_tables):
        if "link_id" in table.c:
            await tx.run(delete(table).where(table.c.link_id.in_(link_ids)))
    await tx.run(delete(links).where(links.c.id.in_(link_ids)))


async def remove_some(tx: Tx, workspace_id: str, limit: int) -> int:
    """Remove so many rows of a workspace at most; how many there were. Assets and links are not among them."""
    removed = 0
    for table in reversed(metadata.sorted_tables):
        if table.name not in _KEPT and "workspace_id" in table.c and removed < limit:
            removed += await _remove(tx, table, table.c.workspace_id == workspace_id, limit - removed)
    return removed


async def remove_workspace(tx: Tx, workspace_id: str) -> None:
    """Remove the row of a workspace that has nothing left."""
    await tx.run(delete(workspaces).where(workspaces.c.id == workspace_id))


async def _remove(tx: Tx, table: Table, mine: ColumnElement[bool], limit: int) -> int:
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(mine).limit(limit)
    return await tx.run(delete(table).where(key.in_(some)))
