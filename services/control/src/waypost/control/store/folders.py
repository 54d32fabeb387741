"""Folders: a tree in which links are kept."""

from collections.abc import Sequence

from sqlalchemy import Column, ForeignKey, Index, Table, bindparam, select, update

from waypost.control.model.faults import FolderNotFound
from waypost.control.model.organisation import Folder
from waypost.control.store.prepared import Prepared
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

folders = Table(
    "folders",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("parent_id", Plain),
    Column("name", Plain, nullable=False),
    Column("extras", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Index(None, "workspace_id", "parent_id", "name"),
)
rows = Rows(folders, Folder, FolderNotFound)
_ID = Prepared(
    select(folders.c.id).where(
        folders.c.id == bindparam("id"), folders.c.workspace_id == bindparam("workspace_id")
    )
)


async def lift_children(tx: Tx, workspace_id: str, folder: Folder) -> None:
    """Put what stands in a folder one step higher."""
    statement = update(folders).where(
        folders.c.workspace_id == workspace_id, folders.c.parent_id == folder.id
    )
    await tx.run(statement.values(parent_id=folder.parent_id))


async def exists(tx: Tx, workspace_id: str, folder_id: str) -> bool:
    """Whether the workspace has this folder."""
    return await tx.row(_ID, {"id": folder_id, "workspace_id": workspace_id}) is not None


async def by_ids(tx: Tx, workspace_id: str, folder_ids: Sequence[str]) -> dict[str, Folder]:
    """Folders of a workspace, by id."""
    statement = select(folders).where(folders.c.workspace_id == workspace_id, folders.c.id.in_(folder_ids))
    return {row["id"]: read(row, Folder) for row in await tx.rows(statement)}
