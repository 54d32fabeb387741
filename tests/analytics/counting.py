"""A scan store with its ingest, fed message by message, without a broker."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from tests.analytics import clickhouse
from tests.analytics.scans import batch, identity

from waypost.analytics.desk import Desk
from waypost.analytics.ingest import Ingest, Progress
from waypost.analytics.reports.export import Window, Windows
from waypost.analytics.reports.reader import Reader
from waypost.analytics.store import totals
from waypost.analytics.store.clickhouse_store import ClickStore
from waypost.analytics.store.commands import Commands
from waypost.analytics.store.duckdb_store import DuckStore
from waypost.analytics.verdict import Judge
from waypost.facts.agent import AgentReader
from waypost.facts.robots import RobotReader
from waypost.runtime.stream_reader import Message
from waypost.wire.scan import ScanV1
from waypost.wire.totals import LinkTotalsV1

Store = DuckStore | ClickStore
ROBOTS = RobotReader()
AGENTS = AgentReader(ROBOTS)


ENGINES = ("duckdb", "clickhouse")


def open_store(directory: Path, engine: str = "duckdb", name: str = "analytics") -> Store:
    """A store as the service opens it."""
    if engine == "duckdb":
        return DuckStore(directory / f"{name}.duckdb", AGENTS, memory_mb=128, threads=1)
    server = clickhouse.server(clickhouse.database(directory / name))
    return ClickStore(server, AGENTS, directory / "spill", memory_mb=128, threads=1)


class Bench:
    """A store with an ingest, fed message by message."""

    def __init__(self, directory: Path, engine: str = "duckdb") -> None:
        self.directory = directory
        self.engine = engine
        self.store = open_store(directory, engine)
        self.ingest = Ingest(self.store, Judge(ROBOTS))
        self.commands = Commands(self.store, Judge(ROBOTS))
        self.seq = self.ingest.cursor.seq
        self.offset = 0

    def opened_again(self) -> "Bench":
        """The same store, as the next process finds it."""
        self.store.close()
        return Bench(self.directory, self.engine)

    def feed(self, *payloads: bytes) -> Progress:
        """Apply messages as one commit."""
        messages = []
        for payload in payloads:
            self.seq += 1
            messages.append(Message(self.seq, "scans.v1.edge-0", payload))
        return self.ingest.apply(messages)

    def count_scans(self, scans: Sequence[ScanV1], *, at_once: int = 500) -> None:
        """Feed scans of one spool, continuing where it stood."""
        for start in range(0, len(scans), at_once):
            some = scans[start : start + at_once]
            self.feed(batch(self.offset, some, node="edge-9"))
            self.offset += len(some)

    def reader(self) -> AbstractContextManager[Reader]:
        """A reader as a question gets it."""
        return self.store.reader()

    def windows(self) -> Windows:
        """What is known of running exports; each window is made at once."""

        def begin(make: Callable[[Reader], Window]) -> "Future[Window]":
            made: Future[Window] = Future()
            with self.reader() as reader:
                made.set_result(make(reader))
            return made

        return Windows(begin)

    def desk(self, threads: ThreadPoolExecutor) -> Desk:
        """What answers questions, without a broker."""

        def in_store(function: Any, *values: Any) -> "asyncio.Future[Any]":
            return asyncio.get_running_loop().run_in_executor(threads, function, *values)

        nobody = cast("Any", None)  # the broker and the consumer are asked for status only
        return Desk(nobody, self.store, self.ingest, nobody, self.commands, in_store, threads, self.windows())

    def total(self, link: int) -> LinkTotalsV1 | None:
        """The running totals of a link."""
        with self.reader() as reader:
            found = totals.of_links(reader, [identity(link)])
        return found[0] if found else None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds that every engine understands."""
        with self.reader() as reader:
            return reader.rows(sql, {})

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def settle(self, now_ms: int) -> None:
        """Count days that are over, as the caretaker does."""
        for day in self.store.open_days(now_ms):
            assert self.store.finish_day(self.store.prepare_day(day))

    def damage(self, table: str, assignment: str) -> None:
        """Change rows behind the store's back."""
        if isinstance(self.store, ClickStore):
            log = {"link_hours": "hours_log"}[table]
            clickhouse.server(clickhouse.database(self.directory / "analytics")).run(
                f"ALTER TABLE {log} UPDATE {assignment} WHERE true"
            )
        else:
            self.store.connection.execute(f"UPDATE {table} SET {assignment}")
