"""Changes of links that wait for their time."""

from sqlalchemy import Column, ForeignKey, Index, Table, func, select

from waypost.control.model.faults import ChangeNotFound
from waypost.control.model.jobs import ScheduledChange
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

scheduled_changes = Table(
    "scheduled_changes",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("link_id", Plain, ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
    Column("due_ms", Number, nullable=False),
    Column("command", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("created_by", Plain, nullable=False),
    Column("done_ms", Number, nullable=False),
    Column("failure", Plain, nullable=False),
    Index(None, "done_ms", "due_ms"),
    Index(None, "link_id", "due_ms"),
)
rows = Rows(scheduled_changes, ScheduledChange, ChangeNotFound)


async def due(tx: Tx, limit: int) -> list[ScheduledChange]:
    """What should have happened by now, the oldest first."""
    columns = scheduled_changes.c
    statement = select(scheduled_changes).where(columns.done_ms == 0, columns.due_ms <= tx.now_ms)
    found = await tx.rows(statement.order_by(columns.due_ms, columns.id).limit(limit))
    return [read(row, ScheduledChange) for row in found]


async def of_link(tx: Tx, link_id: str) -> list[ScheduledChange]:
    """What is planned for a link, in order."""
    columns = scheduled_changes.c
    statement = select(scheduled_changes).where(columns.link_id == link_id, columns.done_ms == 0)
    return [read(row, ScheduledChange) for row in await tx.rows(statement.order_by(columns.due_ms))]


async def count_of_link(tx: Tx, link_id: str) -> int:
    """How many changes are planned for a link."""
    columns = scheduled_changes.c
    return await tx.number(select(func.count()).where(columns.link_id == link_id, columns.done_ms == 0))
