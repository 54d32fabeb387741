"""The five statements that every noun of a workspace needs, for tables with `id`, `workspace_id`, `created_ms`."""

from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Table, bindparam, delete, func, select, update

from waypost.control.model.faults import Conflict, NotFound
from waypost.control.model.page import Page, PageRequest
from waypost.control.store.cursor_text import behind, decode_cursor, encode_cursor
from waypost.control.store.prepared import Prepared
from waypost.control.store.tx import Tx, insert_into, read

RowT = TypeVar("RowT", bound=Struct)


class Rows(Generic[RowT]):
    """One table as frozen Structs of the same member names. Every statement names its workspace."""

    def __init__(self, table: Table, kind: type[RowT], missing: type[NotFound]) -> None:
        self.table = table
        self._kind = kind
        self._order = str(table.name)  # SQLAlchemy's names are a subclass of str that msgspec does not take
        self._missing = missing
        self._one = Prepared(
            select(table).where(
                table.c.id == bindparam("id"), table.c.workspace_id == bindparam("workspace_id")
            )
        )
        # By whether the database is PostgreSQL, for they say it in their own words.
        inserts = {is_postgres: insert_into(table, is_postgres) for is_postgres in (False, True)}
        self._insert = {is_postgres: Prepared(insert) for is_postgres, insert in inserts.items()}
        self._add = {
            is_postgres: Prepared(insert.on_conflict_do_nothing()) for is_postgres, insert in inserts.items()
        }
        self._save = Prepared(
            update(table)
            .where(table.c.id == bindparam("saved_id"))
            .values({column.name: bindparam(column.name) for column in table.columns})
        )

    async def insert(self, tx: Tx, row: RowT, taken: Conflict | None = None) -> None:
        """Store a row. Raises `taken` when it meets another in something that must be unique."""
        if taken is None:
            await tx.run(self._insert[tx.is_postgres], _values(row))
        elif not await tx.run(self._add[tx.is_postgres], _values(row)):
            raise taken

    async def save(self, tx: Tx, row: RowT) -> None:
        """Store all members of a row anew."""
        values = _values(row)
        await tx.run(self._save, {**values, "saved_id": values["id"]})

    async def get(self, tx: Tx, workspace_id: str, row_id: str) -> RowT:
        """One row. Raises the table's NotFound."""
        row = await tx.row(self._one, {"id": row_id, "workspace_id": workspace_id})
        if row is None:
            raise self._missing(row_id)
        return read(row, self._kind)

    async def remove(self, tx: Tx, row_id: str) -> None:
        """Delete a row."""
        await tx.run(delete(self.table).where(self.table.c.id == row_id))

    async def count(self, tx: Tx, workspace_id: str) -> int:
        """How many there are."""
        return await tx.number(select(func.count()).where(self.table.c.workspace_id == workspace_id))

    async def page(self, tx: Tx, workspace_id: str, wanted: PageRequest, *conditions: Any) -> Page[RowT]:
        """A page, newest first. Raises InvalidCursor."""
        columns = self.table.c
        where = [columns.workspace_id == workspace_id, *conditions]
        if wanted.after:
            at_ms, last_id = decode_cursor(wanted.after, self._order, int)
            where += behind(columns.created_ms, at_ms, columns.id, last_id, descending=True)
        statement = select(self.table).where(*where).order_by(columns.created_ms.desc(), columns.id.desc())
        found = await tx.rows(statement.limit(wanted.limit + 1).offset(wanted.offset or None))
        shown = found[: wanted.limit]
        last = shown[-1] if len(found) > wanted.limit else None
        cursor = encode_cursor(self._order, last["created_ms"], last["id"]) if last else ""
        return Page(tuple(read(row, self._kind) for row in shown), cursor)


def _values(row: Struct) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
