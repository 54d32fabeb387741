"""Assets. A deleted one stays as a row until its files are gone, and is seen by nobody else."""

from sqlalchemy import Column, ForeignKey, Index, Table, func, or_, select

from waypost.control.model.assets import Asset, AssetNotFound
from waypost.control.model.page import Page, PageRequest
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

assets = Table(
    "assets",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("file_id", Plain, nullable=False, server_default=""),
    Column("replaces", Plain, nullable=False, server_default=""),
    Column("filename", Plain, nullable=False),
    Column("content_type", Plain, nullable=False),
    Column("size_bytes", Number, nullable=False),
    Column("state", Plain, nullable=False),
    Column("width", Number, nullable=False),
    Column("height", Number, nullable=False),
    Column("sha256", Plain, nullable=False),
    Column("published_ms", Number, nullable=False),
    Column("upload_expires_ms", Number, nullable=False),
    Column("extras", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("created_by", Plain, nullable=False),
    Index(None, "workspace_id", "state", "created_ms", "id"),
    Index(None, "state", "upload_expires_ms"),
)
rows = Rows(assets, Asset, AssetNotFound)
_LIVING = assets.c.state != "deleted"


async def get(tx: Tx, workspace_id: str, asset_id: str) -> Asset:
    """One asset that is not deleted. Raises AssetNotFound."""
    asset = await rows.get(tx, workspace_id, asset_id)
    if asset.state == "deleted":
        raise AssetNotFound(asset_id)
    return asset


async def find(tx: Tx, workspace_id: str, asset_id: str) -> Asset | None:
    """One asset that is not deleted; None without one."""
    try:
        return await get(tx, workspace_id, asset_id)
    except AssetNotFound:
        return None


async def anywhere(tx: Tx, asset_id: str) -> Asset:
    """One asset of any workspace, for whoever holds its signed address. Raises AssetNotFound."""
    row = await tx.row(select(assets).where(assets.c.id == asset_id, _LIVING))
    if row is None:
        raise AssetNotFound(asset_id)
    return read(row, Asset)


async def page(
    tx: Tx, workspace_id: str, wanted: PageRequest, *, state: str = "", count: bool = False
) -> Page[Asset]:
    """A page, newest first. Raises InvalidCursor."""
    where = assets.c.state == state if state else _LIVING
    found = await rows.page(tx, workspace_id, wanted, where)
    return Page(found.items, found.next_cursor, await count_of(tx, workspace_id, state) if count else None)


async def by_digest(tx: Tx, workspace_id: str, sha256: str) -> Asset | None:
    """The confirmed asset that was uploaded with these very bytes."""
    mine = assets.c.workspace_id == workspace_id
    same = (assets.c.sha256 == sha256) & (assets.c.state == "confirmed")
    row = await tx.row(select(assets).where(mine, same).order_by(assets.c.id).limit(1))
    return None if row is None else read(row, Asset)


async def count_of(tx: Tx, workspace_id: str, state: str = "") -> int:
    """How many there are, of one state or of all that are not deleted."""
    where = assets.c.state == state if state else _LIVING
    return await tx.number(select(func.count()).where(assets.c.workspace_id == workspace_id, where))


async def bytes_of(tx: Tx, workspace_id: str) -> int:
    """Bytes that are kept or announced."""
    total = func.coalesce(func.sum(assets.c.size_bytes), 0)
    return await tx.number(select(total).where(assets.c.workspace_id == workspace_id, _LIVING))


async def forsaken(tx: Tx, before_ms: int, limit: int) -> list[Asset]:
    """Deleted ones, and uploads that were never confirmed and whose address expired before a time."""
    unused = (assets.c.state == "pending") & (assets.c.upload_expires_ms < before_ms)
    statement = select(assets).where(or_(assets.c.state == "deleted", unused)).limit(limit)
    return [read(row, Asset) for row in await tx.rows(statement)]
