"""Every write of every noun: the audit log, and the history of each link."""

from collections.abc import Sequence

from sqlalchemy import Column, Index, Table, delete, select

from waypost.control.model.changes import Change
from waypost.control.model.faults import ChangeNotFound
from waypost.control.store.prepared import Prepared
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read
from waypost.wire.ids import uuid7

changes = Table(
    "changes",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("actor_kind", Plain, nullable=False),
    Column("actor_id", Plain, nullable=False),
    Column("actor_name", Plain, nullable=False),
    Column("action", Plain, nullable=False),
    Column("kind", Plain, nullable=False),
    Column("subject_id", Plain, nullable=False),
    Column("version", Number, nullable=False),
    Column("diff", Json, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
    Index(None, "subject_id", "version"),
)
rows = Rows(changes, Change, ChangeNotFound)
_INSERT_MANY = Prepared(changes.insert())


async def later_than(tx: Tx, workspace_id: str, subject_id: str, version: int, limit: int) -> list[Change]:
    """The changes of a thing behind a version, newest first."""
    statement = select(changes).where(
        changes.c.subject_id == subject_id,
        changes.c.workspace_id == workspace_id,
        changes.c.version > version,
    )
    found = await tx.rows(statement.order_by(changes.c.version.desc()).limit(limit))
    return [read(row, Change) for row in found]


async def is_kept(tx: Tx, workspace_id: str, subject_id: str, version: int) -> bool:
    """Whether the log still reaches back to a version of a thing; then every later change is there, too."""
    statement = select(changes.c.id).where(
        changes.c.subject_id == subject_id,
        changes.c.workspace_id == workspace_id,
        changes.c.version <= version,
    )
    return await tx.row(statement.limit(1)) is not None


async def forget(tx: Tx, before_ms: int, limit: int) -> int:
    """Remove old changes, the oldest first; return how many. Their ids begin with their time."""
    old = select(changes.c.id).where(changes.c.id < str(uuid7(before_ms, bytes(10))))
    return await tx.run(delete(changes).where(changes.c.id.in_(old.order_by(changes.c.id).limit(limit))))


async def insert_many(tx: Tx, made: Sequence[Change]) -> None:
    """Write many changes down at once."""
    columns = Change.__struct_fields__
    await tx.run_many(_INSERT_MANY, [{name: getattr(each, name) for name in columns} for each in made])
