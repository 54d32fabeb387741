"""Scans that wait to be sent together, per endpoint and link."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, ForeignKey, Index, Table, delete, func, select

from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

webhook_scans = Table(
    "webhook_scans",
    metadata,
    Column("endpoint_id", Plain, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), primary_key=True),
    Column("scan_id", Plain, primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("scan", Json, nullable=False),
    Column("at_ms", Number, nullable=False),
    Index(None, "endpoint_id", "link_id", "at_ms"),
)


class WaitingScan(Struct, frozen=True, kw_only=True):
    """One scan that waits for one endpoint since `at_ms`."""

    endpoint_id: str
    scan_id: str
    workspace_id: str
    link_id: str
    scan: dict[str, Any]
    at_ms: int


class FullBatch(Struct, frozen=True, kw_only=True):
    """Scans of one link that one endpoint is due."""

    endpoint_id: str
    workspace_id: str
    link_id: str


async def add(tx: Tx, scans: Sequence[WaitingScan]) -> None:
    """Let scans wait; one that waits already stays."""
    await tx.run_many(
        tx.insert(webhook_scans).on_conflict_do_nothing(),
        [{name: getattr(each, name) for name in each.__struct_fields__} for each in scans],
    )


async def due(tx: Tx, *, full_at: int, waiting_since_ms: int, limit: int) -> list[FullBatch]:
    """Which endpoints and links have enough scans waiting, or one that waits since long enough."""
    columns = webhook_scans.c
    keys = (columns.endpoint_id, columns.workspace_id, columns.link_id)
    statement = select(*keys).group_by(*keys)
    ready = statement.having((func.count() >= full_at) | (func.min(columns.at_ms) <= waiting_since_ms))
    return [read(row, FullBatch) for row in await tx.rows(ready.limit(limit))]


async def take(tx: Tx, batch: FullBatch, limit: int) -> list[dict[str, Any]]:
    """Remove and return the oldest scans of a batch."""
    columns = webhook_scans.c
    mine = (columns.endpoint_id == batch.endpoint_id) & (columns.link_id == batch.link_id)
    statement = select(columns.scan_id, columns.scan).where(mine)
    found = await tx.rows(statement.order_by(columns.at_ms, columns.scan_id).limit(limit))
    taken = [row["scan_id"] for row in found]
    await tx.run(delete(webhook_scans).where(mine, columns.scan_id.in_(taken)))
    return [row["scan"] for row in found]
