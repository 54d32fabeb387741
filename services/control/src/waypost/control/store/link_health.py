"""What the last look at each link's destination found."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, Index, Table, bindparam, delete, or_, select, text, update

from waypost.control.model.destination_health import LinkHealth
from waypost.control.model.links import Link
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Flag, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

link_health = Table(
    "link_health",
    metadata,
    Column("link_id", Plain, primary_key=True),
    Column("checked_ms", Number, nullable=False),
    Column("status", Number, nullable=False),
    Column("failure", Plain, nullable=False),
    Column("failing_since_ms", Number, nullable=False),
    Column("told", Flag, nullable=False),
    # As the link has them, which never changes; only where a look was taken.
    Column("workspace_id", Plain, nullable=False, server_default=""),
    Column("created_ms", Number, nullable=False, server_default="0"),
    Index(None, "checked_ms"),
    Index(None, "failing_since_ms", "checked_ms"),
    Index(
        "ix_link_health_failing",
        "workspace_id",
        "created_ms",
        "link_id",
        sqlite_where=text("failing_since_ms > 0"),
        postgresql_where=text("failing_since_ms > 0"),
    ),
)

_FOUND = Prepared(
    select(link_health).where(
        link_health.c.link_id.in_(bindparam("ids", expanding=True)),
        or_(link_health.c.status > 0, link_health.c.failure != ""),
    )
)


_BEGUN_ANEW = Prepared(
    update(link_health)
    .where(link_health.c.link_id == bindparam("id"))
    .values(checked_ms=0, status=0, failure="", failing_since_ms=0, told=False)
)


async def of_links(tx: Tx, link_ids: Sequence[str]) -> dict[str, LinkHealth]:
    """What the last looks found, by link; a link nobody looked at is left out."""
    return {row["link_id"]: read(row, LinkHealth) for row in await tx.rows(_FOUND, {"ids": link_ids})}


async def keep(tx: Tx, found: Sequence[tuple[Link, LinkHealth]]) -> None:
    """Keep what looks found."""
    statement = tx.insert(link_health)
    changed = {
        column.name: statement.excluded[column.name] for column in link_health.c if column.name != "link_id"
    }
    await tx.run_many(
        statement.on_conflict_do_update(index_elements=[link_health.c.link_id], set_=changed),
        [
            {
                **msgspec.structs.asdict(health),
                "workspace_id": link.workspace_id,
                "created_ms": link.created_ms,
            }
            for link, health in found
        ],
    )


async def due(tx: Tx, *, well_before_ms: int, failing_before_ms: int, limit: int) -> list[str]:
    """Links nobody looked at since a time, the longest ago first; failing ones since another.

    Failing ones fill half of the places at most, so that a dead network keeps nobody else waiting.
    """
    failing = (
        select(link_health.c.link_id)
        .where(link_health.c.failing_since_ms > 0, link_health.c.checked_ms < failing_before_ms)
        .limit(-(-limit // 2))
    )
    found = [row["link_id"] for row in await tx.rows(failing)]
    oldest = (
        select(link_health.c.link_id)
        .where(link_health.c.checked_ms < well_before_ms)
        .order_by(link_health.c.checked_ms)
        .limit(limit)
    )
    found += [row["link_id"] for row in await tx.rows(oldest)]
    return list(dict.fromkeys(found))[:limit]


async def begin_anew(tx: Tx, link_id: str) -> None:
    """A link leads elsewhere now: what was found before says nothing of it."""
    await tx.run(_BEGUN_ANEW, {"id": link_id})


async def postpone(tx: Tx, link_ids: Sequence[str], now_ms: int) -> None:
    """Count links as looked at, without a finding."""
    await tx.run(update(link_health).where(link_health.c.link_id.in_(link_ids)).values(checked_ms=now_ms))


async def forget(tx: Tx, link_ids: Sequence[str]) -> None:
    """Drop what was found about links."""
    await tx.run(delete(link_health).where(link_health.c.link_id.in_(link_ids)))
