"""How far a reader has come in a stream or table, kept beside what it wrote from it."""

from msgspec import Struct
from sqlalchemy import Column, Table, bindparam, select

from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx, read

cursors = Table(
    "cursors",
    metadata,
    Column("name", Plain, primary_key=True),
    Column("seq", Number, nullable=False),
    Column("source", Plain, nullable=False),
)


_named = select(cursors.c.seq, cursors.c.source).where(cursors.c.name == bindparam("name"))
_FOUND, _LOCKED = Prepared(_named), Prepared(_named.with_for_update())


class Cursor(Struct, frozen=True):
    """Everything up to `seq` of `source` was applied; a source that was made anew has another name."""

    seq: int
    source: str


async def get(tx: Tx, name: str, *, lock: bool = False) -> Cursor | None:
    """Where the reader stands, or None when it never read; with `lock` it stays until the commit."""
    row = await tx.row(_LOCKED if lock else _FOUND, {"name": name})
    return None if row is None else read(row, Cursor)


async def put(tx: Tx, name: str, seq: int, source: str = "") -> None:
    """Keep where the reader stands."""
    statement = tx.insert(cursors).values(name=name, seq=seq, source=source)
    await tx.run(
        statement.on_conflict_do_update(index_elements=[cursors.c.name], set_={"seq": seq, "source": source})
    )
