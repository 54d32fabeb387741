"""Abuse reports, and what the last look at each destination found."""

from sqlalchemy import Column, Index, Table, select

from waypost.control.model.faults import ReportNotFound
from waypost.control.model.safety import LinkHealth, Report
from waypost.control.store.links import links
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Flag, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

reports = Table(
    "reports",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("short_url", Plain, nullable=False),
    Column("reason", Plain, nullable=False),
    Column("contact", Plain, nullable=False),
    Column("state", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("closed_ms", Number, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
)
link_health = Table(
    "link_health",
    metadata,
    Column("link_id", Plain, primary_key=True),
    Column("checked_ms", Number, nullable=False),
    Column("status", Number, nullable=False),
    Column("failure", Plain, nullable=False),
    Column("failing_since_ms", Number, nullable=False),
    Column("told", Flag, nullable=False),
    Index(None, "checked_ms"),
)
report_rows = Rows(reports, Report, ReportNotFound)


async def health_of(tx: Tx, link_id: str) -> LinkHealth | None:
    """What the last look found, or None when nobody looked."""
    row = await tx.row(select(link_health).where(link_health.c.link_id == link_id))
    return None if row is None else read(row, LinkHealth)


async def keep_health(tx: Tx, found: LinkHealth) -> None:
    """Keep what a look found."""
    values = {name: getattr(found, name) for name in found.__struct_fields__}
    statement = tx.insert(link_health)
    changed = {name: statement.excluded[name] for name in values if name != "link_id"}
    await tx.run(
        statement.on_conflict_do_update(index_elements=[link_health.c.link_id], set_=changed), values
    )


async def unchecked(tx: Tx, checked_before_ms: int, limit: int) -> list[str]:
    """Living, active links whose destination nobody looked at since then."""
    statement = (
        select(links.c.id)
        .outerjoin(link_health, link_health.c.link_id == links.c.id)
        .where(links.c.deleted_ms == 0, links.c.state == "active", ~links.c.archived)
        .where(link_health.c.checked_ms.is_(None) | (link_health.c.checked_ms < checked_before_ms))
        .limit(limit)
    )
    return [row["id"] for row in await tx.rows(statement)]
