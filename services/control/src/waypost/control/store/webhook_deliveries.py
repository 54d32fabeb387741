"""Deliveries, their bodies and their attempts: what waits, what is under way, what was sent."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Table,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    union_all,
    update,
)

from waypost.control.model.page import Page, PageRequest
from waypost.control.model.webhooks.delivery import Attempt, Delivery, DeliveryFilter
from waypost.control.model.webhooks.faults import DeliveryNotFound
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.schema import Bytes, Number, Plain, metadata
from waypost.control.store.tx import Tx, read
from waypost.control.store.webhook_endpoints import webhook_endpoints

_ORDER = "deliveries"

webhook_bodies = Table(
    "webhook_bodies",
    metadata,
    Column("event_id", Plain, primary_key=True),
    Column("format", Plain, primary_key=True),
    Column("event_name", Plain, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("created_ms", Number, nullable=False),
    Index(None, "created_ms"),
)
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("endpoint_id", Plain, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("workspace_id", Plain, nullable=False),
    Column("event_id", Plain, nullable=False),
    Column("event_type", Plain, nullable=False),
    Column("format", Plain, nullable=False),
    Column("state", Plain, nullable=False),
    Column("reason", Plain, nullable=False),
    Column("attempts", Number, nullable=False),
    Column("round", Number, nullable=False),
    Column("next_ms", Number, nullable=False),
    Column("lease_until_ms", Number, nullable=False),
    Column("claim", Number, nullable=False),
    Column("last_status", Number),
    Column("last_duration_ms", Number),
    Column("last_error", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("finished_ms", Number, nullable=False),
    Index("uq_webhook_deliveries_event", "endpoint_id", "event_id", unique=True),
    Index(None, "endpoint_id", "state", "next_ms", "id"),
    Index(None, "endpoint_id", "created_ms", "id"),
    Index(None, "state", "lease_until_ms"),
    Index(None, "state", "finished_ms"),
    Index(None, "event_id", "format"),
)
webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", Plain, ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("at_ms", Number, nullable=False),
    Column("duration_ms", Number, nullable=False),
    Column("status", Number),
    Column("error", Plain, nullable=False),
    Column("response_head", Plain, nullable=False),
)

_UPDATED = (
    "state", "reason", "attempts", "round", "next_ms", "lease_until_ms", "claim", "last_status",
    "last_duration_ms", "last_error", "finished_ms",
)  # fmt: skip
_UPDATE = (
    update(webhook_deliveries)
    .where(webhook_deliveries.c.id == bindparam("saved_id"))
    .values({name: bindparam(name) for name in _UPDATED})
)


async def add_bodies(tx: Tx, bodies: Sequence[tuple[str, str, str, bytes]]) -> None:
    """Store rendered bodies as (event id, format, event name, bytes); one that is there stays."""
    await tx.run_many(
        tx.insert(webhook_bodies).on_conflict_do_nothing(),
        [
            {"event_id": event_id, "format": kind, "event_name": name, "body": body, "created_ms": tx.now_ms}
            for event_id, kind, name, body in bodies
        ],
    )


async def add(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Store deliveries; an endpoint that has one of the same event keeps the one it has."""
    await tx.run_many(
        tx.insert(webhook_deliveries).on_conflict_do_nothing(),
        [{name: getattr(each, name) for name in each.__struct_fields__} for each in deliveries],
    )


async def save(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Store what changes about deliveries anew."""
    await tx.run_many(
        _UPDATE,
        [{"saved_id": each.id, **{name: getattr(each, name) for name in _UPDATED}} for each in deliveries],
    )


async def add_attempts(tx: Tx, attempts: Sequence[Attempt]) -> None:
    """Add to the log."""
    await tx.run_many(
        webhook_attempts.insert(),
        [{name: getattr(each, name) for name in each.__struct_fields__} for each in attempts],
    )


async def pending(tx: Tx, endpoint_ids: Sequence[str]) -> dict[str, int]:
    """How many deliveries wait for each of these endpoints; none is left out."""
    columns = webhook_deliveries.c
    statement = select(columns.endpoint_id, func.count().label("n")).where(
        columns.endpoint_id.in_(endpoint_ids), columns.state == "pending"
    )
    counted = {row["endpoint_id"]: row["n"] for row in await tx.rows(statement.group_by(columns.endpoint_id))}
    return {endpoint_id: counted.get(endpoint_id, 0) for endpoint_id in endpoint_ids}


async def end_leases(tx: Tx) -> int:
    """Give back what a worker claimed and did not finish in time; return how many."""
    columns = webhook_deliveries.c
    statement = update(webhook_deliveries).where(
        columns.state == "sending", columns.lease_until_ms <= tx.now_ms
    )
    return await tx.run(statement.values(state="pending", lease_until_ms=0))


class DueEndpoint(Struct, frozen=True):
    """An endpoint with something due: how many calls it has under way, over all workers, and its failures."""

    id: str
    busy: int
    failures: int


async def due_endpoints(tx: Tx, *, in_flight_max: int, limit: int) -> list[DueEndpoint]:
    """Endpoints that may have more under way, the longest waiting first; failing ones at most one call."""
    columns, endpoints = webhook_deliveries.c, webhook_endpoints.c
    mine = columns.endpoint_id == endpoints.id
    due = select(func.min(columns.next_ms)).where(mine, columns.state == "pending").scalar_subquery()
    busy = select(func.count()).where(mine, columns.state == "sending").scalar_subquery()
    inner = (
        select(endpoints.id, endpoints.failures, due.label("due_ms"), busy.label("busy"))
        .where(endpoints.status == "active")
        .subquery()
    )
    most = case((inner.c.failures > 0, 1), else_=in_flight_max)
    statement = select(inner).where(inner.c.due_ms <= tx.now_ms, inner.c.busy < most)
    found = await tx.rows(statement.order_by(inner.c.due_ms, inner.c.id).limit(limit))
    return [DueEndpoint(row["id"], row["busy"], row["failures"]) for row in found]


async def next_due_ms(tx: Tx) -> int | None:
    """When the next thing is to be done: a delivery falls due or a lease ends. None: nothing waits."""
    columns = webhook_deliveries.c
    mine = columns.endpoint_id == webhook_endpoints.c.id
    due = select(func.min(columns.next_ms)).where(mine, columns.state == "pending").scalar_subquery()
    inner = select(due.label("due_ms")).where(webhook_endpoints.c.status == "active").subquery()
    waiting = await tx.row(select(func.min(inner.c.due_ms).label("ms")))
    leased = await tx.row(
        select(func.min(columns.lease_until_ms).label("ms")).where(columns.state == "sending")
    )
    moments = [int(row["ms"]) for row in (waiting, leased) if row is not None and row["ms"] is not None]
    return min(moments, default=None)


async def due(tx: Tx, shares: Sequence[tuple[str, int]]) -> list[Delivery]:
    """What is due of each endpoint, oldest first, up to its share."""
    if not shares:
        return []
    columns = webhook_deliveries.c
    parts = [
        select(
            select(webhook_deliveries)
            .where(
                columns.endpoint_id == endpoint_id, columns.state == "pending", columns.next_ms <= tx.now_ms
            )
            .order_by(columns.next_ms, columns.id)
            .limit(share)
            .subquery()
        )
        for endpoint_id, share in shares
    ]
    return [read(row, Delivery) for row in await tx.rows(union_all(*parts))]


async def bodies_of(tx: Tx, event_ids: Sequence[str]) -> dict[tuple[str, str], tuple[str, bytes]]:
    """Event name and bytes by (event id, format)."""
    statement = select(webhook_bodies).where(webhook_bodies.c.event_id.in_(event_ids))
    return {
        (row["event_id"], row["format"]): (row["event_name"], bytes(row["body"]))
        for row in await tx.rows(statement)
    }


async def by_ids(tx: Tx, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
    """Deliveries by id, locked until the end of the transaction."""
    statement = select(webhook_deliveries).where(webhook_deliveries.c.id.in_(delivery_ids))
    ordered = statement.order_by(webhook_deliveries.c.id).with_for_update()
    return {row["id"]: read(row, Delivery) for row in await tx.rows(ordered)}


async def get(tx: Tx, endpoint_id: str, delivery_id: str) -> Delivery:
    """A delivery of an endpoint. Raises DeliveryNotFound."""
    columns = webhook_deliveries.c
    row = await tx.row(
        select(webhook_deliveries).where(columns.id == delivery_id, columns.endpoint_id == endpoint_id)
    )
    if row is None:
        raise DeliveryNotFound(delivery_id)
    return read(row, Delivery)


async def attempts_of(tx: Tx, delivery_id: str) -> list[Attempt]:
    """The log of a delivery, oldest first."""
    statement = select(webhook_attempts).where(webhook_attempts.c.delivery_id == delivery_id)
    return [read(row, Attempt) for row in await tx.rows(statement.order_by(webhook_attempts.c.number))]


async def last_heads(tx: Tx, deliveries: Sequence[Delivery]) -> dict[str, str]:
    """The first bytes of the newest answer to each of these deliveries."""
    columns = webhook_attempts.c
    wanted = [(each.id, each.attempts) for each in deliveries if each.attempts]
    if not wanted:
        return {}
    matches = or_(*((columns.delivery_id == key) & (columns.number == number) for key, number in wanted))
    rows = await tx.rows(select(columns.delivery_id, columns.response_head).where(matches))
    return {row["delivery_id"]: row["response_head"] for row in rows}


async def page(tx: Tx, endpoint_id: str, which: DeliveryFilter, request: PageRequest) -> Page[Delivery]:
    """Deliveries of an endpoint, newest first. Raises InvalidCursor."""
    columns = webhook_deliveries.c
    statement = select(webhook_deliveries).where(columns.endpoint_id == endpoint_id)
    if which.state is not None:
        statement = statement.where(columns.state == which.state)
    if which.event_type:
        statement = statement.where(columns.event_type == which.event_type)
    total = await tx.number(select(func.count()).select_from(statement.subquery()))
    if request.after:
        created_ms, last_id = decode_cursor(request.after, _ORDER, int)
        statement = statement.where(
            (columns.created_ms < created_ms) | ((columns.created_ms == created_ms) & (columns.id < last_id))
        )
    statement = statement.order_by(columns.created_ms.desc(), columns.id.desc()).offset(request.offset)
    items = [read(row, Delivery) for row in await tx.rows(statement.limit(request.limit + 1))]
    shown, more = items[: request.limit], len(items) > request.limit
    cursor = encode_cursor(_ORDER, shown[-1].created_ms, shown[-1].id) if more else ""
    return Page(tuple(shown), cursor, total)


async def restart(tx: Tx, endpoint_id: str, since_ms: int, *, all_of_them: bool, limit: int) -> int:
    """Begin deliveries of an endpoint anew, as of now; dead ones only, or finished ones too. How many."""
    columns = webhook_deliveries.c
    states = ("dead", "delivered") if all_of_them else ("dead",)
    wanted = (
        select(columns.id)
        .where(columns.endpoint_id == endpoint_id, columns.state.in_(states), columns.created_ms >= since_ms)
        .order_by(columns.created_ms, columns.id)
        .limit(limit)
    )
    return await tx.run(
        update(webhook_deliveries)
        .where(columns.id.in_(wanted))
        .values(state="pending", reason="", round=0, next_ms=tx.now_ms, finished_ms=0)
    )


async def restart_one(tx: Tx, delivery_id: str) -> None:
    """Begin one delivery anew, as of now."""
    anew = {"state": "pending", "reason": "", "round": 0, "next_ms": tx.now_ms, "finished_ms": 0}
    await tx.run(update(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id).values(anew))


async def bury(tx: Tx, endpoint_id: str, reason: str) -> int:
    """Give up everything that waits for an endpoint; return how many."""
    columns = webhook_deliveries.c
    statement = update(webhook_deliveries).where(
        columns.endpoint_id == endpoint_id, columns.state == "pending"
    )
    return await tx.run(statement.values(state="dead", reason=reason, finished_ms=tx.now_ms))


async def forget(tx: Tx, *, delivered_before_ms: int, dead_before_ms: int, limit: int) -> int:
    """Remove finished deliveries that are old enough, and bodies nobody needs; return how many went."""
    columns, gone = webhook_deliveries.c, 0
    for state, before_ms in (("delivered", delivered_before_ms), ("dead", dead_before_ms)):
        old = select(columns.id).where(columns.state == state, columns.finished_ms < before_ms).limit(limit)
        gone += await tx.run(delete(webhook_deliveries).where(columns.id.in_(old)))
    bodies: Any = webhook_bodies.c
    needed = (
        select(columns.id)
        .where(columns.event_id == bodies.event_id, columns.format == bodies.format)
        .exists()
    )
    unneeded = (
        select(bodies.event_id)
        .where(bodies.created_ms < delivered_before_ms, ~needed)
        .limit(limit)
        .subquery()
    )
    return gone + await tx.run(
        delete(webhook_bodies).where(bodies.event_id.in_(select(unneeded.c.event_id)), ~needed)
    )
