"""Running totals per link and month, as analytics last said them. Absolute, so order does not matter."""

from collections.abc import Sequence

from sqlalchemy import Column, Table, bindparam, select

from waypost.control.model.links import Scans
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx, read
from waypost.wire.ids import to_text
from waypost.wire.totals import TotalsV1

link_totals = Table(
    "link_totals",
    metadata,
    Column("link_id", Plain, primary_key=True),
    Column("total", Number, nullable=False),
    Column("human", Number, nullable=False),
    Column("unique", Number, nullable=False),
    Column("bot", Number, nullable=False),
    Column("qr", Number, nullable=False),
    Column("last_ms", Number, nullable=False),
)
workspace_months = Table(
    "workspace_months",
    metadata,
    Column("workspace_id", Plain, primary_key=True),
    Column("month", Number, primary_key=True, autoincrement=False),
    Column("scans", Number, nullable=False),
)
_OF_LINKS = Prepared(select(link_totals).where(link_totals.c.link_id.in_(bindparam("ids", expanding=True))))
_COUNTS = ("total", "human", "unique", "bot", "qr", "last_ms")


async def apply(tx: Tx, message: TotalsV1) -> None:
    """Keep what a message says."""
    upsert = tx.insert(link_totals)
    await tx.run_many(
        upsert.on_conflict_do_update(
            index_elements=[link_totals.c.link_id], set_={name: upsert.excluded[name] for name in _COUNTS}
        ),
        [
            {"link_id": to_text(each.link_id), **{name: getattr(each, name) for name in _COUNTS}}
            for each in message.totals
        ],
    )
    months = tx.insert(workspace_months)
    await tx.run_many(
        months.on_conflict_do_update(
            index_elements=[workspace_months.c.workspace_id, workspace_months.c.month],
            set_={"scans": months.excluded.scans},
        ),
        [
            {"workspace_id": to_text(workspace), "month": month, "scans": scans}
            for workspace, month, scans in message.workspace_months
        ],
    )


async def of_links(tx: Tx, link_ids: Sequence[str]) -> dict[str, Scans]:
    """The totals of some links; one without scans is left out."""
    return {row["link_id"]: read(row, Scans) for row in await tx.rows(_OF_LINKS, {"ids": link_ids})}


async def month_scans(tx: Tx, workspace_id: str, month: int) -> int:
    """Human scans of a workspace in a month (year * 12 + month - 1, UTC)."""
    return (await scans_of_workspaces(tx, [workspace_id], month)).get(workspace_id, 0)


async def scans_of_workspaces(tx: Tx, workspace_ids: Sequence[str], month: int) -> dict[str, int]:
    """Human scans of workspaces in a month (year * 12 + month - 1, UTC); one without scans is left out."""
    if not workspace_ids:
        return {}
    statement = select(workspace_months.c.workspace_id, workspace_months.c.scans).where(
        workspace_months.c.workspace_id.in_(workspace_ids), workspace_months.c.month == month
    )
    return {row["workspace_id"]: row["scans"] for row in await tx.rows(statement)}
