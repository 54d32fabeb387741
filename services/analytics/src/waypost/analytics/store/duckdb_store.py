"""The scan store in one DuckDB file: cursor, ledger, raw scans and rollups change together or not at all."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waypost.analytics.ledger import Gap
from waypost.analytics.store import (
    clustering,
    outbox,
    schema,
    settings,
    settling,
    statements,
    sums,
    totals,
    upkeep,
)
from waypost.analytics.store.arrow import agent_table, name_table, scan_table, spool_table
from waypost.analytics.store.commit import Commit, Cursor, StoreState, StoreTrouble, StoreUnfit
from waypost.analytics.store.duckdb_reader import ATTACHED, Cursors, DuckReader, first_line
from waypost.analytics.store.kept_links import KeptLinks
from waypost.analytics.store.names import Names
from waypost.analytics.store.registry import NameT, Registry
from waypost.analytics.verdict import Judge
from waypost.facts.agent import AgentReader
from waypost.wire.upkeep import Watch

ResultT = TypeVar("ResultT")

_TRY_AGAIN = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException)


class DuckStore:
    """The one writer of the file, used by one thread at a time. Readers take cursors of their own."""

    def __init__(self, path: Path, agents: AgentReader, *, memory_mb: int, threads: int) -> None:
        """Open or make the file. Raises StoreUnfit when it cannot be used."""
        self._agent_reader = agents
        self._asked_workspaces, self._asked_links = Names(), Names()
        self._kept_links = KeptLinks(lambda: self._next_id)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = connect(str(path), path.with_name("spill"), memory_mb, threads)
            self._make_or_check()
        except (duckdb.Error, OSError) as error:
            raise StoreUnfit(f"cannot open {path}: {first_line(error)}") from error
        self._cursors = Cursors(self.connection)
        self._begin()

    def _begin(self) -> None:
        """Remember where the tables stand."""
        self._workspaces: Registry[bytes] = self._registry("workspaces", "workspace", "workspace_id")
        self._links: Registry[bytes] = self._registry("links", "link", "link_id")
        self._agents: Registry[str] = self._registry("agents", "agent", "user_agent")
        self._commits, self._next_id = self._row("SELECT commits, next_id FROM state")
        self._clustered = clustering.blocks_end(self.connection)
        watched = self.connection.execute("SELECT kind, id FROM watched").fetchall()
        self.watch = Watch(
            tuple(each for kind, each in watched if kind == "workspace"),
            tuple(each for kind, each in watched if kind == "link"),
        )

    def close(self) -> None:
        """Write everything to the file and let go of it."""
        self._cursors.close()
        self.connection.close()

    def state(self) -> StoreState:
        """Where this store stands."""
        created, seq, next_id = self._row("SELECT stream_created, stream_seq, next_id FROM state")
        spools = self.connection.execute("SELECT node, epoch, next_offset FROM spools").fetchall()
        gaps = self.connection.execute("SELECT node, epoch, expected, found, seq FROM gaps").fetchall()
        return StoreState(
            cursor=Cursor(created, seq),
            next_offsets={(node, epoch): offset for node, epoch, offset in spools},
            gaps={(row[0], row[1]): Gap(*row) for row in gaps},
            scans=next_id - 1,
        )

    def apply(self, commit: Commit) -> None:
        """Make a commit true. Nothing of it is applied when this raises: StoreTrouble (try again later), or
        duckdb.Error or pyarrow.ArrowException (its content cannot be stored)."""
        self.change(lambda _, number: self._write(commit, number))
        self._next_id += commit.scans.num_rows

    def change(self, work: Callable[[duckdb.DuckDBPyConnection, int], ResultT]) -> ResultT:
        """Run something as one transaction with a commit number of its own. When it raises, nothing of it
        happened; StoreTrouble says to try again later."""
        number = self._commits + 1
        try:
            self.connection.execute("BEGIN")
            result = work(self.connection, number)
            self.connection.execute("UPDATE state SET commits = ?", [number])
            self._write_names()
            self._seal(number)
            self.connection.execute("COMMIT")
        except _TRY_AGAIN as error:
            self._undo()
            raise StoreTrouble(first_line(error)) from error
        except BaseException:
            self._undo()
            raise
        self._commits = number
        for registry in (self._workspaces, self._links, self._agents):
            registry.keep()
        return result

    def _alter(self, work: Callable[[duckdb.DuckDBPyConnection, int], ResultT]) -> ResultT:
        """The same for what changes or deletes scans that are stored."""
        with self._kept_links.altered():
            return self.change(work)

    def reader(self) -> DuckReader:
        """A conversation for one question; from any thread."""
        return DuckReader(self._cursors, self._asked_workspaces, self._asked_links, self._kept_links)

    def counts(self) -> tuple[int, int]:
        """Scans stored and things quarantined; from any thread."""
        with self.reader() as reader:
            row = reader.rows("SELECT next_id - 1, (SELECT count(*) FROM quarantine) FROM state", {})[0]
        return row[0], row[1]

    def open_days(self, now_ms: int) -> list[int]:
        """Days that are over and not counted for good."""
        with self.reader() as reader:
            return settling.open_days(reader, now_ms)

    def prepare_day(self, day: int) -> settling.Prepared:
        """Count a day; from any thread."""
        with self.reader() as reader:
            return settling.prepare(reader, day)

    def finish_day(self, prepared: settling.Prepared) -> bool:
        """Store a day's figures; False when scans of it came meanwhile."""
        with self.reader() as reader:
            if settling.last_id(reader, prepared.day) != prepared.last_id:
                return False
        self.change(lambda connection, _: settling.finish(connection, prepared))
        if self.change(lambda connection, _: clustering.order_hours(connection)):
            self._give_place_back()
        return True

    def order_block(self) -> bool:
        """Put the oldest full block of scans into the order of questions; False when none waits."""
        if self._next_id < self._clustered + clustering.block_scans():
            return False
        self._clustered = self.change(
            lambda connection, _: clustering.order_block(connection, self._clustered)
        )
        self._give_place_back()
        return True

    def _give_place_back(self) -> None:
        """The place of rows that were written anew goes to the next block; else several blocks' places would
        stay empty."""
        try:
            self.connection.execute("CHECKPOINT")
        except _TRY_AGAIN as error:
            raise StoreTrouble(first_line(error)) from error

    def waiting_events(self) -> list[outbox.Leaving]:
        """Events to be published, oldest first."""
        return outbox.waiting(self.connection)

    def forget_events(self, up_to: int) -> None:
        """They were published."""
        self._change("DELETE FROM outbox WHERE number <= ?", [up_to])

    def unannounced(self) -> totals.Page | None:
        """The first page of totals that changed since they were announced; None when all were."""
        commits, announced = self._row("SELECT commits, announced FROM state")
        return totals.Page(announced, commits) if commits > announced else None

    def changed_totals(self, page: totals.Page) -> totals.ChangedTotals:
        """One page of changed totals."""
        with self.reader() as reader:
            return totals.changed(reader, page)

    def mark_announced(self, page: totals.Page) -> None:
        """Remember that everything up to this page's commit was announced, unless all was asked for since."""
        self._change("UPDATE state SET announced = ? WHERE announced = ?", [page.up_to, page.after])

    def forget_announced(self) -> None:
        """Announce every total again. (Minus one: commit 0 never was, and 0 may be in use by a round.)"""
        self._change("UPDATE state SET announced = -1", [])

    def add_conversion(self, workspace_id: bytes, values: Sequence[Any]) -> None:
        """Store a conversion."""
        self.change(
            lambda connection, _: connection.execute(
                "INSERT INTO conversions SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
                " FROM conversions",
                [self._workspace(workspace_id), *values],
            )
        )

    def set_retention(self, workspace_id: bytes, days: int) -> None:
        """How long a workspace keeps raw scans."""
        self.change(lambda c, _: settings.set_retention(c, self._workspace(workspace_id), days))

    def set_watch(self, watch: Watch) -> None:
        """Whose scans are announced one by one."""
        self.change(lambda c, _: settings.set_watch(c, watch))
        self.watch = watch

    def set_thresholds(self, workspace_id: bytes, link_id: bytes, counts: Sequence[int]) -> None:
        """The counts that are announced when a link or a month of a workspace passes them."""
        self.change(lambda c, _: settings.set_thresholds(c, workspace_id, link_id, counts))

    def erase_link(self, workspace: int, link: int) -> int:
        """Forget a link."""
        return self._alter(lambda c, number: upkeep.erase_link(c, workspace, link, number))

    def erase_visitor(self, workspace: int, visitor: int) -> int:
        """Cut the tie between a visitor and their scans."""
        return self._alter(lambda c, _: upkeep.erase_visitor(c, workspace, visitor))

    def reclassify(self, judge: Judge) -> int:
        """Judge every stored scan again and count anew."""

        def work(connection: duckdb.DuckDBPyConnection, number: int) -> int:
            changed = upkeep.reclassify(connection, judge)
            if changed:
                upkeep.rebuild(connection, number)
            return changed

        return self._alter(work)

    def rebuild(self, *, repair: bool, always: bool = False) -> int:
        """Compare the rollups with the scans, and make them anew."""

        def work(connection: duckdb.DuckDBPyConnection, number: int) -> int:
            differences = upkeep.count_differences(connection)
            if always or (repair and differences):
                upkeep.rebuild(connection, number)
            return differences

        return self.change(work)

    def forget_old(self, now_ms: int) -> int:
        """Delete scans that their workspaces no longer keep."""
        return self._alter(lambda c, _: upkeep.forget_old(c, now_ms))

    def _workspace(self, workspace_id: bytes) -> int:
        """The number of a workspace, given out now when it has none; inside `change` only."""
        return self._workspaces.numbers([workspace_id])[0]

    def _change(self, statement: str, values: list[object]) -> None:
        try:
            self.connection.execute(statement, values)
        except _TRY_AGAIN as error:
            raise StoreTrouble(first_line(error)) from error

    def _undo(self) -> None:
        for registry in (self._workspaces, self._links, self._agents):
            registry.drop()
        try:
            self.connection.execute("ROLLBACK")
        except duckdb.TransactionException:
            return  # the transaction ended itself when its statement failed

    def _write(self, commit: Commit, number: int) -> None:
        if commit.scans.num_rows:
            self._write_scans(commit, number)
        self._write_ledger(commit)
        self.connection.execute(
            "UPDATE state SET stream_created = ?, stream_seq = ?, next_id = ?",
            [commit.cursor.created, commit.cursor.seq, self._next_id + commit.scans.num_rows],
        )

    def _write_scans(self, commit: Commit, number: int) -> None:
        run = self.connection.execute
        table = scan_table(commit, self._next_id, self._workspaces, self._links, self._agents)
        self._write_names()
        self._bring(commit, table)
        self.connection.register("incoming", table)
        table = table.append_column("first", self._firsts(commit))
        self.connection.register("incoming", table)
        visits = sums.counted(table)
        deltas, months = sums.deltas(visits), sums.months(visits)
        self.connection.register("deltas", deltas)
        self.connection.register("months", months)
        run(statements.STORE_SCANS)
        run(statements.STORE_HOURS)
        for added, update, insert in (
            (deltas, statements.UPDATE_TOTALS, statements.INSERT_TOTALS),
            (months, statements.UPDATE_MONTHS, statements.INSERT_MONTHS),
        ):
            updated = run(update, {"number": number}).fetchall()[0][0]
            if updated < added.num_rows:  # the others are new
                run(insert, {"number": number})
        run(statements.REOPEN_DAYS, {"days": sums.days(table)})
        outbox.write_thresholds(self.connection)
        for name in ("incoming", "deltas", "months"):
            self.connection.unregister(name)
        if self.watch.workspace_ids or self.watch.link_ids:
            outbox.write_scanned(self.connection, commit, self._next_id, self.watch, self._agent_reader)

    def _firsts(self, commit: Commit) -> pa.Array:
        """For each incoming scan, whether it is the first of its visitor, link and day."""
        times = pc.min_max(commit.scans["at_ms"]).as_py()
        days = {
            "from_ms": times["min"] // schema.DAY_MS * schema.DAY_MS,
            "to_ms": (times["max"] // schema.DAY_MS + 1) * schema.DAY_MS,
        }
        found = self.connection.execute(statements.FIRSTS, days).fetchnumpy()["id"]
        firsts = np.zeros(commit.scans.num_rows, dtype=np.bool_)
        firsts[found - self._next_id] = True
        return pa.array(firsts)

    def _bring(self, commit: Commit, scans: pa.Table) -> None:
        """Have at hand what was stored before and what this commit's counting looks at: here it all is."""

    def _seal(self, number: int) -> None:
        """Make the transaction last; the file does so by itself."""

    def _write_names(self) -> None:
        """Store the names that got a number in this transaction, once."""
        for name, registry in (("workspaces", self._workspaces), ("links", self._links)):
            if fresh := registry.unwritten():
                self._insert(name, name_table(fresh))
        if agents := self._agents.unwritten():
            self._insert("agents", agent_table(agents, self._agent_reader))

    def _insert(self, name: str, rows: pa.Table) -> None:
        self.connection.register("fresh", rows)
        self.connection.execute(f"INSERT INTO {name} SELECT * FROM fresh")
        self.connection.unregister("fresh")

    def _write_ledger(self, commit: Commit) -> None:
        run = self.connection.execute
        if commit.next_offsets:
            self.connection.register("moved", spool_table(commit))
            run(statements.LEAVE_SPOOLS)
            run(statements.MOVE_SPOOLS)
            self.connection.unregister("moved")
        run("DELETE FROM gaps")
        for gap in commit.gaps.values():
            values = [gap.node, gap.epoch, gap.expected, gap.found, gap.seq]
            run("INSERT INTO gaps VALUES (?, ?, ?, ?, ?)", values)
        now_ms = int(time.time() * 1000)
        for bad in commit.quarantined:
            values = [now_ms, bad.seq, bad.node, bad.epoch, bad.offset, bad.reason, bad.raw]
            run("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _make_or_check(self) -> None:
        known = self._row("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'state'")[0]
        if not known:
            self.connection.execute("BEGIN")
            self.connection.execute(schema.DUCKDB_SCRIPT)
            self.connection.execute("COMMIT")
        self.connection.execute(schema.DUCKDB_ADDITIONS)
        version = self._row("SELECT version FROM state")[0]
        if version != schema.VERSION:
            raise StoreUnfit(f"the scan store has version {version}, this program reads {schema.VERSION}")

    def _registry(self, table: str, number: str, name: str) -> Registry[NameT]:
        def lookup(names: Sequence[NameT]) -> Iterable[tuple[NameT, int]]:
            self.connection.register("wanted", pa.table({"name": pa.array(names)}))
            found = self.connection.execute(
                f"SELECT t.{name}, t.{number} FROM {table} t JOIN wanted ON t.{name} = wanted.name"
            ).fetchall()
            self.connection.unregister("wanted")
            return found

        return Registry(lookup, self._row(f"SELECT coalesce(max({number}), 0) FROM {table}")[0])

    def _row(self, query: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self.connection.execute(query).fetchall()[0]
        return row


def connect(database: str, spill: Path, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """A connection that keeps within its bounds and never loads an extension. The database is attached to it,
    because the size of a row group can be said in no other way."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "threads": threads,
        "preserve_insertion_order": False,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=config)
    try:
        quoted = database.replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS {ATTACHED} (ROW_GROUP_SIZE {schema.ROW_GROUP_SCANS})")
        connection.execute(f"USE {ATTACHED}")
    except BaseException:
        connection.close()
        raise
    return connection
