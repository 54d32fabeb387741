"""How many API calls each workspace made in each month."""

from collections.abc import Mapping

from sqlalchemy import Column, Table, select

from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx

workspace_calls = Table(
    "workspace_calls",
    metadata,
    Column("workspace_id", Plain, primary_key=True),
    Column("month", Number, primary_key=True, autoincrement=False),
    Column("calls", Number, nullable=False),
)


async def add_calls(tx: Tx, calls: Mapping[tuple[str, int], int]) -> None:
    """Add calls, by workspace and month (year * 12 + month - 1, UTC)."""
    statement = tx.insert(workspace_calls)
    upsert = statement.on_conflict_do_update(
        index_elements=[workspace_calls.c.workspace_id, workspace_calls.c.month],
        set_={"calls": workspace_calls.c.calls + statement.excluded.calls},
    )
    await tx.run_many(
        upsert,
        [
            {"workspace_id": workspace_id, "month": month, "calls": count}
            for (workspace_id, month), count in sorted(calls.items())
        ],
    )


async def calls_in(tx: Tx, workspace_id: str, month: int) -> int:
    """Calls a workspace made in a month."""
    return await tx.number(
        select(workspace_calls.c.calls).where(
            workspace_calls.c.workspace_id == workspace_id, workspace_calls.c.month == month
        )
    )
