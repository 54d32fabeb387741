"""The database: one writer that takes turns, readers that cannot write, both handing out a `Tx`.

SQLite: WAL, `synchronous=FULL`, foreign keys, one writing connection with BEGIN IMMEDIATE, readers
opened `mode=ro`. PostgreSQL: asyncpg, read committed; what must be numbered waits on one row.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from waypost.control import limits
from waypost.control.model.installation import Installation
from waypost.control.store import replication, sqlite_driver
from waypost.control.store.group_commit import GroupCommit
from waypost.control.store.turn import WriterTurn
from waypost.control.store.tx import Clock, Randomness, Tx, clock_ms

_CHECKPOINT_PAGES = 1_000
_MIGRATION_LOCK = 0x5761_7970
"""PostgreSQL advisory lock: two processes that start together migrate one after the other."""

Committed = Callable[[Tx], None]


class DatabaseUnfit(Exception):
    """The database cannot be used safely; one sentence says why."""


class Database:
    """Hands out transactions. `on_commit` is called after each commit that edges or webhooks must hear of."""

    def __init__(
        self,
        writer: AsyncEngine,
        reader: AsyncEngine,
        turn: WriterTurn,
        *,
        installation: Installation,
        clock: Clock = clock_ms,
        random_bytes: Randomness = secrets.token_bytes,
    ) -> None:
        self.writer = writer
        self.reader = reader
        self.installation = installation
        self.clock = clock
        self.random_bytes = random_bytes
        self.on_commit: list[Committed] = []
        self._turn = turn
        self._glancing: tuple[AsyncConnection, sqlite_driver.Connection] | None = None
        # Only here: on PostgreSQL, one part would keep its locks while others wait for those of other processes.
        is_sqlite = writer.dialect.name == "sqlite"
        self._group = GroupCommit(turn, writer, make=self._tx, tell=self._tell) if is_sqlite else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction that may write. Commits at the end of the block, rolls back when it raises."""
        if self._group is not None:
            async with self._group.part() as tx:
                yield tx
            return
        async with self._turn.hold(), self.writer.connect() as connection, connection.begin():
            tx = self._tx(connection)
            yield tx
            await replication.flush([tx])
        self._tell(tx)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A transaction that sees one state of things and cannot write."""
        # The first statement begins it, and giving the connection back ends it.
        async with self.reader.connect() as connection:
            yield self._tx(connection)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Tx]:
        """For look-ups by key, much cheaper than `read`: prepared statements, each of which sees its own state."""
        if self._glancing is None:
            async with self.read() as tx:
                yield tx
        else:
            yield self._tx(None, self._glancing[1])

    async def begin_glancing(self) -> None:
        """Set a connection of SQLite's aside for glances. None of them waits, so all tasks share it."""
        if self.reader.dialect.name == "sqlite":
            connection = await self.reader.connect()
            self._glancing = connection, await sqlite_driver.connection_of(connection)

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A connection with a transaction nobody else migrates beside."""
        async with self._turn.hold(), self.writer.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"select pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            yield connection

    async def checkpoint(self) -> None:
        """Move SQLite's log into its file and empty it; nothing on PostgreSQL."""
        if self.writer.dialect.name != "sqlite":
            return
        async with self._turn.hold(), self.writer.connect() as connection:
            # Below SQLAlchemy, which would begin a transaction, inside which nothing is checkpointed.
            raw = await connection.get_raw_connection()
            await asyncio.to_thread(raw.driver_connection.execute, "pragma wal_checkpoint(truncate)")  # type: ignore[union-attr]  # SQLite's own connection

    async def close(self) -> None:
        """Close readers first: the last connection to close checkpoints, and that must be the writer."""
        if self._glancing is not None:
            await self._glancing[0].close()
            self._glancing = None
        await self.reader.dispose()
        async with self._turn.hold():
            await self.writer.dispose()
        self._turn.close()

    def _tell(self, tx: Tx) -> None:
        if tx.records or tx.events:
            for tell in self.on_commit:
                tell(tx)

    def _tx(self, connection: AsyncConnection | None, driver: sqlite_driver.Connection | None = None) -> Tx:
        dialect = self.reader.dialect
        return Tx(
            connection, self.clock(), self.random_bytes, self.installation, dialect=dialect, driver=driver
        )


async def open_database(
    url: str,
    sqlite_file: Path,
    *,
    installation: Installation,
    clock: Clock = clock_ms,
    random_bytes: Randomness = secrets.token_bytes,
) -> Database:
    """Open the database of a URL; the empty URL is SQLite in `sqlite_file`.

    Raises DatabaseUnfit when it cannot be reached or would not keep what it acknowledged.
    """
    try:
        if url and not url.startswith("sqlite"):
            writer, reader, turn = _postgres(url)
        else:
            writer, reader, turn = _sqlite(make_url(url).database or "" if url else "", sqlite_file)
    except ArgumentError as error:
        raise DatabaseUnfit("WAYPOST_DATABASE_URL is not a database URL") from error
    except OSError as error:
        raise DatabaseUnfit(f"cannot open {error.filename}: {error.strerror}") from error
    database = Database(
        writer, reader, turn, installation=installation, clock=clock, random_bytes=random_bytes
    )
    try:
        async with database.migrating() as connection:
            await _check(connection)
        await database.begin_glancing()
    except DatabaseUnfit:
        await database.close()
        raise
    except (DBAPIError, OSError) as error:
        await database.close()
        raise DatabaseUnfit(f"cannot use the database: {getattr(error, 'orig', None) or error}") from error
    return database


def _postgres(url: str) -> tuple[AsyncEngine, AsyncEngine, WriterTurn]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise DatabaseUnfit("WAYPOST_DATABASE_URL must be postgresql+asyncpg://… or empty for SQLite")
    engine = create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        pool_size=limits.POSTGRES_CONNECTIONS_MAX,
        max_overflow=0,
        pool_pre_ping=True,
    )
    return engine, engine.execution_options(postgresql_readonly=True), WriterTurn(None)


def _sqlite(database: str, sqlite_file: Path) -> tuple[AsyncEngine, AsyncEngine, WriterTurn]:
    path = (Path(database) if database else sqlite_file).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = WriterTurn(path.with_name(path.name + "-turn"))
    writer = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        module=sqlite_driver.Module(),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
    )
    reader = create_async_engine(
        f"sqlite+aiosqlite:///file:{quote(str(path))}?mode=ro&uri=true",
        module=sqlite_driver.Module(),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=limits.READERS_MAX + 1,  # one is for glances
        max_overflow=0,
    )
    _listen(writer, "begin immediate", writes=True)
    _listen(reader, "begin", writes=False)
    return writer, reader, turn


def _listen(engine: AsyncEngine, begin: str, *, writes: bool) -> None:
    """Make every connection of an engine what the module's first lines promise, and prove it."""

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: sqlalchemy.engine.interfaces.DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        wanted: dict[str, object] = {
            "busy_timeout": sqlite_driver.BUSY_TIMEOUT_MS,
            "foreign_keys": 1,
            "synchronous": 2,
        }
        if writes:
            cursor.execute("pragma journal_mode=wal")
            wanted["wal_autocheckpoint"] = _CHECKPOINT_PAGES
        else:
            wanted |= {"query_only": 1, "wal_autocheckpoint": 0}
        for name, value in wanted.items():
            cursor.execute(f"pragma {name}={value}")
        for name, value in {**wanted, "journal_mode": "wal"}.items():
            cursor.execute(f"pragma {name}")
            found = cursor.fetchone()
            if found is None or found[0] != value:
                raise DatabaseUnfit(f"SQLite answers {found} for {name}, but it must be {value}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_explicitly(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql(begin)


async def _check(connection: AsyncConnection) -> None:
    if connection.dialect.name != "postgresql":
        return
    for name, refused in (("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")):
        found = (await connection.execute(text(f"show {name}"))).scalar()
        if found == refused:
            raise DatabaseUnfit(f"PostgreSQL runs with {name}={found} and would forget what it acknowledged")
