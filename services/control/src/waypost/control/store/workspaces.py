"""Workspaces."""

from collections.abc import Sequence

from sqlalchemy import Column, Table, and_, or_, select, update

from waypost.control.model.faults import NameTaken, WorkspaceNotFound
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.workspaces import Workspace
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("slug", Plain, nullable=False, unique=True),
    Column("name", Plain, nullable=False),
    Column("plan", Plain, nullable=False),
    Column("timezone", Plain, nullable=False),
    Column("suspended", Flag, nullable=False),
    Column("sandbox_of", Plain, nullable=False, server_default=""),
    Column("deleted_ms", Number, nullable=False, server_default="0"),
    Column("expires_ms", Number, nullable=False, server_default="0"),
    Column("settings", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("version", Number, nullable=False),
)


def _row(workspace: Workspace) -> dict[str, object]:
    return {name: getattr(workspace, name) for name in workspace.__struct_fields__}


async def insert(tx: Tx, workspace: Workspace) -> None:
    """Store a workspace. Raises NameTaken when its slug is in use."""
    if not await tx.run(tx.insert(workspaces).values(_row(workspace)).on_conflict_do_nothing()):
        raise NameTaken(workspace.slug, "slug")


async def save(tx: Tx, workspace: Workspace) -> None:
    """Store all members anew."""
    await tx.run(update(workspaces).where(workspaces.c.id == workspace.id).values(_row(workspace)))


async def get(tx: Tx, workspace_id: str) -> Workspace:
    """A workspace. Raises WorkspaceNotFound."""
    row = await tx.row(select(workspaces).where(workspaces.c.id == workspace_id))
    if row is None:
        raise WorkspaceNotFound(workspace_id)
    return read(row, Workspace)


async def get_many(tx: Tx, workspace_ids: Sequence[str]) -> list[Workspace]:
    """Those of these workspaces that exist, in no order."""
    if not workspace_ids:
        return []
    found = await tx.rows(select(workspaces).where(workspaces.c.id.in_(workspace_ids)))
    return [read(row, Workspace) for row in found]


async def lock(tx: Tx, workspace_id: str) -> None:
    """Let nobody else count what this workspace has until the transaction ends."""
    await tx.row(select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update())


async def after(tx: Tx, after_id: str, limit: int) -> list[Workspace]:
    """Workspaces behind an id, for jobs that go over all of them."""
    statement = select(workspaces).where(workspaces.c.id > after_id).order_by(workspaces.c.id).limit(limit)
    return [read(row, Workspace) for row in await tx.rows(statement)]


async def sandboxes_of(tx: Tx, workspace_id: str) -> list[Workspace]:
    """The sandboxes that a workspace made and that are not deleted, newest first."""
    statement = select(workspaces).where(
        workspaces.c.sandbox_of == workspace_id, workspaces.c.deleted_ms == 0
    )
    order = (workspaces.c.created_ms.desc(), workspaces.c.id.desc())
    return [read(row, Workspace) for row in await tx.rows(statement.order_by(*order))]


async def expired(tx: Tx, limit: int) -> list[Workspace]:
    """Those whose time has come, the longest ago first."""
    columns = workspaces.c
    statement = select(workspaces).where(columns.expires_ms > 0, columns.expires_ms <= tx.now_ms)
    rows = await tx.rows(statement.order_by(columns.expires_ms, columns.id).limit(limit))
    return [read(row, Workspace) for row in rows]


async def by_slug(tx: Tx, slug: str) -> Workspace:
    """The workspace with a slug that is not deleted. Raises WorkspaceNotFound."""
    named = (workspaces.c.slug == slug) & (workspaces.c.deleted_ms == 0)
    row = await tx.row(select(workspaces).where(named))
    if row is None:
        raise WorkspaceNotFound(slug)
    return read(row, Workspace)


async def first(tx: Tx) -> Workspace | None:
    """The oldest workspace, which holds the installation's own key."""
    row = await tx.row(select(workspaces).order_by(workspaces.c.created_ms, workspaces.c.id).limit(1))
    return None if row is None else read(row, Workspace)


async def page(tx: Tx, wanted: PageRequest) -> Page[Workspace]:
    """A page of all workspaces, oldest first. Raises InvalidCursor."""
    statement = select(workspaces).order_by(workspaces.c.created_ms, workspaces.c.id)
    if wanted.after:
        at_ms, last_id = decode_cursor(wanted.after, "workspaces", int)
        behind = and_(workspaces.c.created_ms == at_ms, workspaces.c.id > last_id)
        statement = statement.where(or_(workspaces.c.created_ms > at_ms, behind))
    found = await tx.rows(statement.limit(wanted.limit + 1))
    shown = found[: wanted.limit]
    last = shown[-1] if len(found) > wanted.limit else None
    cursor = encode_cursor("workspaces", last["created_ms"], last["id"]) if last else ""
    return Page(tuple(read(row, Workspace) for row in shown), cursor)
