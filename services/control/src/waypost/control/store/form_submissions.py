"""What visitors sent by forms: each once, whatever is told twice."""

import msgspec
from sqlalchemy import Column, ForeignKey, Index, Table, update

from waypost.control.model.forms import FormSubmission, FormSubmissionNotFound
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx

table = Table(
    "form_submissions",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("values", Json, nullable=False),
    Column("consent", Plain, nullable=False),
    Column("visitor", Plain, nullable=False),
    Column("country", Plain, nullable=False),
    Column("language", Plain, nullable=False),
    Column("domain", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("received_ms", Number, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
    Index(None, "workspace_id", "link_id", "created_ms", "id"),
)
rows = Rows(table, FormSubmission, FormSubmissionNotFound)


async def forget_visitor(tx: Tx, workspace_id: str, visitor: str) -> None:
    """Cut the tie between a visitor and what they sent."""
    mine = (table.c.workspace_id == workspace_id) & (table.c.visitor == visitor)
    await tx.run(update(table).where(mine).values(visitor=""))


async def add(tx: Tx, submission: FormSubmission) -> bool:
    """Store a submission; False when it is there already."""
    values = msgspec.structs.asdict(submission) | {"values": msgspec.to_builtins(submission.values)}
    return await tx.run(tx.insert(table).values(values).on_conflict_do_nothing()) > 0
