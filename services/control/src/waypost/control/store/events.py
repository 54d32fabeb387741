"""Domain events, written with the change they tell of; readers keep a cursor over `seq`."""

from sqlalchemy import Column, Index, Table, delete, func, select

from waypost.control.model.events import Event
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

events = Table(
    "events",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("id", Plain, nullable=False, unique=True),
    Column("type", Plain, nullable=False),
    Column("workspace_id", Plain, nullable=False),
    Column("link_id", Plain),
    Column("at_ms", Number, nullable=False),
    Column("data", Json, nullable=False),
    Column("webhooks", Flag, nullable=False),
    Index(None, "workspace_id", "seq"),
)


async def after(tx: Tx, seq: int, limit: int) -> list[Event]:
    """The next events behind `seq`, in the order of their commits, without gaps."""
    statement = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
    return [read(row, Event) for row in await tx.rows(statement)]


async def last_seq(tx: Tx) -> int:
    """The newest number, 0 before the first event."""
    return await tx.number(select(func.max(events.c.seq)))


async def forget(tx: Tx, before_ms: int, limit: int) -> int:
    """Remove old events; return how many. Readers that are further behind than that have lost them."""
    old = select(events.c.seq).where(events.c.at_ms < before_ms).order_by(events.c.seq).limit(limit)
    return await tx.run(delete(events).where(events.c.seq.in_(old)))
