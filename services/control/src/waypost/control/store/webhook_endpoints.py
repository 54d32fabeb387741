"""Webhook endpoints: the table, and what is asked of it."""

from collections.abc import Sequence

from sqlalchemy import Column, ForeignKey, Index, Table, delete, func, select, update

from waypost.control.model.page import Page, PageRequest
from waypost.control.model.webhooks.endpoint import Endpoint, EndpointStatus
from waypost.control.model.webhooks.faults import WebhookNotFound
from waypost.control.model.webhooks.names import ALL
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.schema import Bytes, Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

_ORDER = "webhooks"

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("format", Plain, nullable=False),
    Column("url", Plain, nullable=False),
    Column("description", Plain, nullable=False),
    Column("events", Json, nullable=False),
    Column("link_ids", Json, nullable=False),
    Column("tag_ids", Json, nullable=False),
    Column("domain_ids", Json, nullable=False),
    Column("batch_scans", Flag, nullable=False),
    Column("status", Plain, nullable=False),
    Column("disabled_reason", Plain, nullable=False),
    Column("disabled_ms", Number, nullable=False),
    Column("secret", Bytes, nullable=False),
    Column("old_secret", Bytes, nullable=False),
    Column("old_secret_until_ms", Number, nullable=False),
    Column("failures", Number, nullable=False),
    Column("failing_since_ms", Number, nullable=False),
    Column("counted_ms", Number, nullable=False),
    Column("success_count", Number, nullable=False),
    Column("failure_count", Number, nullable=False),
    Column("last_attempt_ms", Number, nullable=False),
    Column("last_success_ms", Number, nullable=False),
    Column("extras", Json, nullable=False),
    Column("version", Number, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("created_by", Plain, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
    Index(None, "status"),
)


def _row(endpoint: Endpoint) -> dict[str, object]:
    return {name: getattr(endpoint, name) for name in endpoint.__struct_fields__}


async def insert(tx: Tx, endpoint: Endpoint) -> None:
    """Store an endpoint."""
    await tx.run(webhook_endpoints.insert().values(_row(endpoint)))


async def save(tx: Tx, endpoint: Endpoint) -> None:
    """Store all members anew."""
    await tx.run(
        update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint.id).values(_row(endpoint))
    )


async def remove(tx: Tx, endpoint_id: str) -> None:
    """Remove an endpoint with its deliveries and their log."""
    await tx.run(delete(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id))


async def get(tx: Tx, workspace_id: str, endpoint_id: str, *, lock: bool = False) -> Endpoint:
    """An endpoint of a workspace. Raises WebhookNotFound."""
    statement = select(webhook_endpoints).where(
        webhook_endpoints.c.id == endpoint_id, webhook_endpoints.c.workspace_id == workspace_id
    )
    row = await tx.row(statement.with_for_update() if lock else statement)
    if row is None:
        raise WebhookNotFound(endpoint_id)
    return read(row, Endpoint)


async def by_ids(tx: Tx, endpoint_ids: Sequence[str]) -> dict[str, Endpoint]:
    """Endpoints by id, locked until the end of the transaction."""
    statement = select(webhook_endpoints).where(webhook_endpoints.c.id.in_(endpoint_ids))
    ordered = statement.order_by(webhook_endpoints.c.id).with_for_update()
    return {row["id"]: read(row, Endpoint) for row in await tx.rows(ordered)}


async def active(tx: Tx, workspace_ids: Sequence[str]) -> dict[str, list[Endpoint]]:
    """The active endpoints of some workspaces, by workspace."""
    statement = select(webhook_endpoints).where(
        webhook_endpoints.c.workspace_id.in_(workspace_ids), webhook_endpoints.c.status == "active"
    )
    found: dict[str, list[Endpoint]] = {}
    for row in await tx.rows(statement.order_by(webhook_endpoints.c.id)):
        found.setdefault(row["workspace_id"], []).append(read(row, Endpoint))
    return found


async def listening(tx: Tx, event_type: str) -> list[Endpoint]:
    """Every active endpoint of the installation that wants events of a type."""
    statement = select(webhook_endpoints).where(webhook_endpoints.c.status == "active")
    found = [read(row, Endpoint) for row in await tx.rows(statement.order_by(webhook_endpoints.c.id))]
    return [endpoint for endpoint in found if ALL in endpoint.events or event_type in endpoint.events]


async def count(tx: Tx, workspace_id: str) -> int:
    """How many endpoints a workspace has."""
    statement = select(func.count()).select_from(webhook_endpoints)
    return await tx.number(statement.where(webhook_endpoints.c.workspace_id == workspace_id))


async def page(
    tx: Tx, workspace_id: str, request: PageRequest, status: EndpointStatus | None = None
) -> Page[Endpoint]:
    """Endpoints of a workspace, oldest first. Raises InvalidCursor."""
    columns = webhook_endpoints.c
    statement = select(webhook_endpoints).where(columns.workspace_id == workspace_id)
    if status is not None:
        statement = statement.where(columns.status == status)
    total = await tx.number(select(func.count()).select_from(statement.subquery()))
    if request.after:
        created_ms, last_id = decode_cursor(request.after, _ORDER, int)
        statement = statement.where(
            (columns.created_ms > created_ms) | ((columns.created_ms == created_ms) & (columns.id > last_id))
        )
    statement = statement.order_by(columns.created_ms, columns.id).offset(request.offset)
    items = [read(row, Endpoint) for row in await tx.rows(statement.limit(request.limit + 1))]
    shown, more = items[: request.limit], len(items) > request.limit
    cursor = encode_cursor(_ORDER, shown[-1].created_ms, shown[-1].id) if more else ""
    return Page(tuple(shown), cursor, total)
