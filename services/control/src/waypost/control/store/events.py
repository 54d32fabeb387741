"""Domain events, written with the change they tell of; readers keep a cursor over `seq`."""

from sqlalchemy import Column, Index, Table, bindparam, delete, func, select

from waypost.control.model.events import Event
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read_all

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


_LAST = Prepared(select(func.max(events.c.seq).label("seq")))
_AFTER = Prepared(
    select(events)
    .where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most", type_=Number))
)


async def after(tx: Tx, seq: int, limit: int) -> list[Event]:
    """The next events behind `seq`, in the order of their commits, without gaps."""
    return read_all(await tx.rows(_AFTER, {"after": seq, "most": limit}), Event)


async def last_seq(tx: Tx) -> int:
    """The newest number, 0 before the first event."""
    row = await tx.row(_LAST)
    return int(row["seq"] or 0) if row else 0


async def forget(tx: Tx, before_ms: int, limit: int) -> int:
    """Remove old events; return how many. Readers that are further behind than that have lost them."""
    old = select(events.c.seq).where(events.c.at_ms < before_ms).order_by(events.c.seq).limit(limit)
    return await tx.run(delete(events).where(events.c.seq.in_(old)))
