"""A transaction: the connection, the one time it reads, and what it will announce when it commits."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar, cast

import msgspec
from msgspec import Struct
from sqlalchemy import ClauseElement, Connection, CursorResult, Dialect, Executable, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from waypost.control.model.installation import Installation
from waypost.control.store import sqlite_driver
from waypost.control.store.prepared import Prepared
from waypost.wire.ids import uuid7

_MANY = 100
"""From so many sets of parameters on it pays to prepare them by ourselves."""

RowT = TypeVar("RowT", bound=Struct)
Row: TypeAlias = RowMapping | dict[str, Any]
"""A row by the names of its columns."""
Randomness = Callable[[int], bytes]
Clock = Callable[[], int]


def clock_ms() -> int:
    """The wall clock in Unix milliseconds; given to a Database, replaced by tests."""
    return time.time_ns() // 1_000_000


class PendingEvent(Struct, frozen=True, kw_only=True):
    """A domain event that gets its number when the transaction commits."""

    type: str
    workspace_id: str
    link_id: str | None
    data: dict[str, Any]
    webhooks: bool


class Tx:
    """One transaction. Use cases receive it; nobody commits by hand.

    `records` maps record keys to their new values (None removes) and `events` lists what happened:
    both are numbered and written as the last thing before the commit, so that numbers have no gaps
    and follow the order of commits.
    """

    def __init__(
        self,
        connection: AsyncConnection | None,
        now_ms: int,
        random_bytes: Randomness,
        installation: Installation,
        *,
        dialect: Dialect,
        driver: sqlite_driver.Connection | None = None,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._driver = driver
        self.now_ms = now_ms
        self.random_bytes = random_bytes
        self.installation = installation
        self.records: dict[bytes, bytes | None] = {}
        self.events: list[PendingEvent] = []
        self.own_hosts: dict[str, bool] = {}
        """Hosts that were looked up in this transaction, and whether a domain of ours claims them."""
        self.is_postgres = dialect.name == "postgresql"

    @property
    def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection. Raises RuntimeError in a glance, which runs prepared statements only."""
        if self._connection is None:
            raise RuntimeError("a glance runs prepared statements only")
        return self._connection

    def new_id(self) -> str:
        """A fresh UUIDv7 in text."""
        return str(uuid7(self.now_ms, self.random_bytes(10)))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that can fail without the rest: what it wrote and gathered is undone when it raises."""
        records, events = dict(self.records), list(self.events)
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            self.records, self.events = records, events
            raise

    async def rows(
        self, statement: Executable | Prepared, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row]:
        """All rows of a query."""
        if isinstance(statement, Prepared):
            if (driver := await self._sqlite()) is not None:
                return await statement.rows(driver, self._dialect, parameters or {})
            statement = statement.statement
        result = await self._execute(statement, parameters)
        return result.mappings().all()

    async def row(
        self, statement: Executable | Prepared, parameters: Mapping[str, Any] | None = None
    ) -> Row | None:
        """The first row of a query, or None."""
        if isinstance(statement, Prepared):
            found = await self.rows(statement, parameters)
            return found[0] if found else None
        result = await self._execute(statement, parameters)
        return result.mappings().first()

    async def number(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> int:
        """The single number a query gives; 0 when it gives none."""
        result = await self._execute(statement, parameters)
        return int(result.scalar() or 0)

    async def run(self, statement: Executable | Prepared, parameters: Mapping[str, Any] | None = None) -> int:
        """Write, and return how many rows were touched."""
        if isinstance(statement, Prepared):
            if (driver := await self._sqlite()) is not None:
                return await statement.run(driver, self._dialect, [parameters or {}])
            statement = statement.statement
        result = await self._execute(statement, parameters)
        return int(result.rowcount)

    async def run_many(
        self, statement: Executable | Prepared, parameters: Sequence[Mapping[str, Any]]
    ) -> None:
        """Write once per set of parameters."""
        if not parameters:
            return
        if isinstance(statement, Prepared):
            if (driver := await self._sqlite()) is not None:
                await statement.run(driver, self._dialect, parameters)
                return
            statement = statement.statement
        if len(parameters) >= _MANY:
            await self._run_very_many(statement, parameters)
        else:
            # One set is not many: that lets the driver see one row.
            await self._execute(statement, parameters if len(parameters) > 1 else parameters[0])

    async def _sqlite(self) -> sqlite_driver.Connection | None:
        """SQLite's driver, with a transaction that SQLAlchemy knows of; None on PostgreSQL."""
        if self._driver is None and not self.is_postgres:
            if not self.connection.in_transaction():
                await self.connection.begin()
            self._driver = await sqlite_driver.connection_of(self.connection)
        return self._driver

    async def _run_very_many(self, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> None:
        # SQLAlchemy looks at each set by itself, which costs more than SQLite; here each column is looked at once.
        dialect = self._dialect
        compiled = cast("ClauseElement", statement).compile(dialect=dialect, column_keys=list(parameters[0]))
        assert isinstance(compiled, SQLCompiler)
        columns = []
        for name in compiled.positiontup or ():
            process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            fixed = compiled.params[name]
            values = [each.get(name, fixed) for each in parameters]
            columns.append(values if process is None else [process(value) for value in values])
        sets = list(zip(*columns, strict=True))
        await self.connection.run_sync(Connection.exec_driver_sql, str(compiled), sets)

    async def _execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
    ) -> CursorResult[Any]:
        # Not AsyncConnection.execute, which takes offence at a driver that did not have to wait.
        return await self.connection.run_sync(Connection.execute, statement, parameters)

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say what to do on conflict, in the words of this database."""
        return insert_into(table, self.is_postgres)


def insert_into(table: Table, is_postgres: bool) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what to do on conflict, in the words of one database."""
    return postgresql.insert(table) if is_postgres else sqlite.insert(table)


def read(row: Row, kind: type[RowT]) -> RowT:
    """A row as the Struct of the same column names."""
    return read_all([row], kind)[0]


def read_all(rows: Sequence[Row], kind: type[RowT]) -> list[RowT]:
    """Rows of one query as Structs of the same column names."""
    if not rows:
        return []
    if isinstance(rows[0], dict):
        return [msgspec.convert(row, kind, strict=False) for row in rows]
    # SQLAlchemy's column names are a subclass of str, which msgspec does not take for one.
    names = [str(name) for name in rows[0]]
    return [msgspec.convert(dict(zip(names, row.values(), strict=True)), kind, strict=False) for row in rows]
