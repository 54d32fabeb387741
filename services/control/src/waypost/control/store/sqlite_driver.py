"""SQLite for SQLAlchemy's asyncio: short queries run at once, everything else on the connection's own thread.

Asking another thread and being woken by it costs several times what a look-up by key costs, so a query is
first tried where it is asked for. One that is not done within SHORT_NS is interrupted and asked again on
the thread, where it may take its time; a query changes nothing, so asking twice is safe. What changes a few
rows by their keys, and beginning to write when nobody else does, are done at once as well. What else writes, or
waits for a lock or for the disk, goes to the thread from the start, in one hop for each statement.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import perf_counter_ns
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util.concurrency import await_

BUSY_TIMEOUT_MS = 10_000
SHORT_NS = 2_000_000
"""How long a query may hold up everything else."""
_STEPS_PER_LOOK = 1_000
"""Steps of SQLite's machine between two looks at the clock: some ten microseconds."""
_NEVER_NS = 1 << 63
_SHORT_SETS = 64
"""So many sets of parameters are written at once; each takes some ten microseconds."""
_QUERY = "select"
_ONE_ROW = "insert"
_BEGIN_WRITING = "begin immediate"
_BEGIN_READING = "begin"
"""Takes no lock: SQLite begins with the first query."""

ResultT = TypeVar("ResultT")


class _TookTooLong(Exception):
    """A query was interrupted that is not short."""


class Connection:
    """One connection with its thread. Used by one task at a time, which SQLAlchemy's pool sees to."""

    def __init__(self, driver: sqlite3.Connection, *, writes: bool) -> None:
        self.driver = self._connection = driver  # the second is where SQLAlchemy looks for it
        self._writes = writes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._until_ns = _NEVER_NS
        self._is_closed = False
        driver.set_progress_handler(self._took_too_long, _STEPS_PER_LOOK)

    def create_function(self, *arguments: Any, **more: Any) -> None:
        """Teach SQLite a function; SQLAlchemy teaches it `regexp`."""
        self.driver.create_function(*arguments, **more)

    def cursor(self) -> "Cursor":
        """A cursor of the kind that SQLAlchemy drives."""
        return Cursor(self)

    def ask(self, work: Callable[[], ResultT], *, is_short: bool) -> ResultT:
        """Do some work with the driver, at once if that does not take long."""
        if is_short:
            with suppress(_TookTooLong):
                return self._at_once(work)
        return await_(self._on_thread(work, is_query=is_short))

    async def query(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        """All rows of a query, without SQLAlchemy: at once if that does not take long."""
        work = partial(self._fetched, statement, parameters)
        with suppress(_TookTooLong):
            return self._at_once(work)
        return await self._on_thread(work, is_query=True)

    async def write(self, statement: str, sets: Sequence[Sequence[Any]]) -> int:
        """Write rows by their keys, without SQLAlchemy: a few at once; return how many were touched."""
        if len(sets) <= _SHORT_SETS:
            return self._written(statement, sets)
        return await self._on_thread(partial(self._written, statement, sets), is_query=False)

    def began_to_write(self) -> bool:
        """Begin to write, unless somebody else writes. Whoever asks has the turn: nearly always, nobody does."""
        self.driver.execute("pragma busy_timeout=0")
        try:
            self.driver.execute(_BEGIN_WRITING)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self.driver.execute(f"pragma busy_timeout={BUSY_TIMEOUT_MS}")
        return True

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is under way: it ends with a disk that fails, and with a statement given up."""
        return not self._is_closed and self.driver.in_transaction

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is undone when it raises. It touches no disk, so it needs no thread."""
        self.driver.execute("savepoint part")
        try:
            yield
        except BaseException:
            if self.is_in_transaction:
                await self._on_thread(self._undo, is_query=False)
            raise
        self.driver.execute("release part")

    def _fetched(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        return self.driver.execute(statement, parameters).fetchall()

    def _written(self, statement: str, sets: Sequence[Sequence[Any]]) -> int:
        if len(sets) == 1:
            return self.driver.execute(statement, sets[0]).rowcount
        return self.driver.executemany(statement, sets).rowcount

    def _at_once(self, work: Callable[[], ResultT]) -> ResultT:
        """Raises _TookTooLong."""
        self._until_ns = perf_counter_ns() + SHORT_NS
        try:
            return work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise _TookTooLong from error
        finally:
            self._until_ns = _NEVER_NS

    def _undo(self) -> None:
        self.driver.execute("rollback to part")
        self.driver.execute("release part")

    def commit(self) -> None:
        """Commit, if there is something to commit."""
        if self.driver.in_transaction:
            self.ask(self.driver.commit, is_short=not self._writes)

    def rollback(self) -> None:
        """Roll back, if there is something to roll back."""
        if self.driver.in_transaction:
            self.ask(self.driver.rollback, is_short=not self._writes)

    def close(self) -> None:
        """Close for good. The last one to close a file moves its log into it."""
        self._is_closed = True
        self.ask(self.driver.close, is_short=False)
        self._thread.shutdown(wait=False)

    def terminate(self) -> None:
        """Close where nobody can wait: what was begun and given up must not keep its locks."""
        self._is_closed = True
        self._thread.submit(self.driver.rollback)
        self._thread.submit(self.driver.close)
        self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], ResultT], *, is_query: bool) -> ResultT:
        working = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            # Whoever gave up rolls back next, and must not do so beside a statement that still runs.
            if is_query:
                self.driver.interrupt()
            await asyncio.gather(working, return_exceptions=True)
            raise

    def _took_too_long(self) -> bool:
        return perf_counter_ns() > self._until_ns


async def connection_of(connection: AsyncConnection) -> Connection:
    """The connection below one of SQLAlchemy's."""
    return cast("Connection", (await connection.get_raw_connection()).dbapi_connection)


class Cursor:
    """What one statement gave, read to its end."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement and fetch all of its rows."""
        word = statement[:6].lower()
        if word == _ONE_ROW:
            self._run(statement, parameters)
            return
        if statement == _BEGIN_WRITING and self._connection.began_to_write():
            return
        is_short = word == _QUERY or statement == _BEGIN_READING
        self._connection.ask(partial(self._run, statement, parameters), is_short=is_short)

    def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each set of parameters."""
        self._connection.ask(partial(self._run_many, statement, parameters), is_short=False)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        """The remaining rows."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def setinputsizes(self, *_sizes: Any) -> None:
        """SQLite wants to know no sizes."""

    def close(self) -> None:
        """Forget what was not fetched."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's word for closing what is behind the rows: nothing is, any more."""

    def _run(self, statement: str, parameters: Sequence[Any]) -> None:
        cursor = self._connection.driver.cursor()
        cursor.execute(statement, parameters)
        if cursor.description is not None:
            self._rows = deque(cursor.fetchall())
        self._keep(cursor)

    def _run_many(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        cursor = self._connection.driver.cursor()
        cursor.executemany(statement, parameters)
        self._keep(cursor)

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()


class Module:
    """The driver as SQLAlchemy looks for it: sqlite3, with connections of ours."""

    paramstyle = "qmark"
    has_stop = True

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)

    def connect(self, database: str, **options: Any) -> Connection:
        """Open a file."""
        # It begins no transactions of its own, and its thread is not the one that opens it.
        driver = sqlite3.connect(database, **{**options, "check_same_thread": False, "isolation_level": None})
        return Connection(driver, writes="mode=ro" not in database)
