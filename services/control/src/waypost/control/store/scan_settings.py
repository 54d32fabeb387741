"""What workspaces decided about their scans, and the thresholds of links."""

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Column, ForeignKey, Index, Table, func, select

from waypost.control.model.scan_settings import LinkThresholds, ScanSettings
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

RowT = TypeVar("RowT", bound=Struct)

scan_settings = Table(
    "scan_settings",
    metadata,
    Column("workspace_id", Plain, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("retention_days", Number, nullable=False),
    Column("withheld", Json, nullable=False),
    Column("month_thresholds", Json, nullable=False),
    Column("changed_ms", Number, nullable=False),
    Index(None, "changed_ms"),
)
link_thresholds = Table(
    "link_thresholds",
    metadata,
    Column("link_id", Plain, ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("counts", Json, nullable=False),
    Column("changed_ms", Number, nullable=False),
    Index(None, "workspace_id"),
    Index(None, "changed_ms"),
)


async def of_workspaces(tx: Tx, workspace_ids: Sequence[str]) -> dict[str, ScanSettings]:
    """What these workspaces decided; those that decided nothing are left out."""
    statement = select(scan_settings).where(scan_settings.c.workspace_id.in_(workspace_ids))
    return {row["workspace_id"]: read(row, ScanSettings) for row in await tx.rows(statement)}


async def of_link(tx: Tx, link_id: str) -> LinkThresholds | None:
    """The thresholds of a link, None when none were ever set."""
    row = await tx.row(select(link_thresholds).where(link_thresholds.c.link_id == link_id))
    return None if row is None else read(row, LinkThresholds)


async def count_links(tx: Tx, workspace_id: str) -> int:
    """How many links of a workspace have thresholds."""
    columns = link_thresholds.c
    return await tx.number(select(func.count()).where(columns.workspace_id == workspace_id))


async def keep(tx: Tx, settings: ScanSettings) -> None:
    """Keep the decisions of a workspace."""
    await _keep(tx, scan_settings, "workspace_id", settings)


async def keep_link(tx: Tx, thresholds: LinkThresholds) -> None:
    """Keep the thresholds of a link."""
    await _keep(tx, link_thresholds, "link_id", thresholds)


async def changed(tx: Tx, since_ms: int) -> tuple[list[ScanSettings], list[LinkThresholds]]:
    """What was decided since a time."""
    return (
        await _changed(tx, scan_settings, since_ms, ScanSettings),
        await _changed(tx, link_thresholds, since_ms, LinkThresholds),
    )


async def _changed(tx: Tx, table: Table, since_ms: int, kind: type[RowT]) -> list[RowT]:
    rows = await tx.rows(select(table).where(table.c.changed_ms >= since_ms))
    return [read(row, kind) for row in rows]


async def _keep(tx: Tx, table: Table, key: str, row: Struct) -> None:
    values: dict[str, Any] = {name: getattr(row, name) for name in row.__struct_fields__}
    statement = tx.insert(table).values(values)
    changed_values = {name: statement.excluded[name] for name in values if name != key}
    await tx.run(statement.on_conflict_do_update(index_elements=[table.c[key]], set_=changed_values))
