"""The scan store in ClickHouse, when one machine is outgrown.

A commit is counted by the same statements as in the DuckDB store, in a DuckDB in memory that holds the small
tables and, for each commit, what the commit looks at. Its rows are then appended to the server's logs and
made true by one row (see clickhouse_writer). After any trouble the store opens anew, as after a crash.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waypost.analytics.limits import CLICKHOUSE_SWEEP_ROWS
from waypost.analytics.store import clickhouse_upkeep as upkeep
from waypost.analytics.store import schema, totals
from waypost.analytics.store.clickhouse_reader import NAMES_AT_ONCE, ClickReader, pieces, quoted
from waypost.analytics.store.clickhouse_schema import SNAPSHOTS, statements
from waypost.analytics.store.clickhouse_server import Server
from waypost.analytics.store.clickhouse_writer import Writer
from waypost.analytics.store.commit import Commit, StoreState, StoreTrouble, StoreUnfit
from waypost.analytics.store.duckdb_store import DuckStore, connect
from waypost.analytics.store.registry import NameT, Registry
from waypost.analytics.store.settling import Prepared, last_id
from waypost.analytics.verdict import HUMAN, Judge
from waypost.facts.agent import AgentReader

ResultT = TypeVar("ResultT")
_NUMBERS_AT_ONCE = 10_000
_TEXT_BYTES_AT_ONCE = 1_000_000
_MEMORY_SCRIPT = f"""
{schema.DUCKDB_SCRIPT}
{schema.DUCKDB_ADDITIONS}
CREATE TABLE days (day INTEGER, counted BIGINT, merged BIGINT);
CREATE OR REPLACE TABLE scans AS FROM scans LIMIT 0;
"""
"""The tables of a DuckDB store; what is known of earlier scans has only the columns that are asked for."""

_PASSING = ("scans", "link_hours", "link_totals", "workspace_months", "quarantine", "workspaces", "links")
"""Tables that hold one commit only."""

_SNAPSHOT_COLUMNS = {"watched": "kind, id AS watched_id"}


class ClickStore(DuckStore):
    """The one writer of a ClickHouse database, used by one thread at a time. Its own DuckDB forgets."""

    def __init__(
        self, server: Server, agents: AgentReader, spill: Path, *, memory_mb: int, threads: int
    ) -> None:
        """Open or make the tables; what of a commit does not fit into memory goes to `spill` for a while.
        Raises StoreUnfit."""
        self._agent_reader = agents
        self._server = server
        self._writer: Writer | None = None
        self._token = secrets.token_hex(8)
        self._in_doubt = True
        self._connect: Callable[[], duckdb.DuckDBPyConnection] = lambda: connect(
            ":memory:", spill, memory_mb, threads
        )
        try:
            for statement in statements():
                server.run(statement)
            self._open()
        except StoreTrouble as trouble:
            raise StoreUnfit(f"cannot open the ClickHouse database: {trouble}") from trouble

    def close(self) -> None:
        """Let go of the server; everything is there."""
        self.connection.close()
        self._server.close()

    def state(self) -> StoreState:
        """Where this store stands; after trouble, where the server says it does."""
        if self._in_doubt:
            self._open()
        return super().state()

    def change(self, work: Callable[[duckdb.DuckDBPyConnection, int], ResultT]) -> ResultT:
        """Run something as one commit. When it raises StoreTrouble, only `state` can tell whether it is true."""
        if self._in_doubt:
            self._open()
        self._shipping.clear()
        result = super().change(work)
        self._in_doubt = False
        return result

    def reader(self) -> Any:
        """A conversation for one question; from any thread."""
        return ClickReader(self._server)

    def counts(self) -> tuple[int, int]:
        """Scans stored and things quarantined; from any thread."""
        row = self._server.rows(
            "SELECT next_id - 1, (SELECT count() FROM quarantine) FROM commits ORDER BY commit DESC LIMIT 1"
        )[0]
        return int(row[0]), int(row[1])

    def finish_day(self, prepared: Prepared) -> bool:
        """Store a day's figures; False when scans of it came meanwhile."""
        with self.reader() as reader:
            if last_id(reader, prepared.day) != prepared.last_id:
                return False

        def work(connection: duckdb.DuckDBPyConnection, number: int) -> None:
            self._in_doubt = True
            day = prepared.day
            self._ship("day_uniques_log", upkeep.uniques_of_day(self._server, prepared))
            self._ship("sketches_log", prepared.sketches)
            upkeep.merge_hours(self._server, day, number)
            connection.execute("INSERT INTO settled VALUES (?)", [day])
            connection.execute("DELETE FROM days WHERE day = ?", [day])
            connection.execute("INSERT INTO days VALUES (?, ?, ?)", [day, number, number])

        self.change(work)
        return True

    def order_block(self) -> bool:
        """Delete what newer rows replaced, when there is much of it; ClickHouse orders by itself."""
        if self._appended < CLICKHOUSE_SWEEP_ROWS:
            return False
        self.sweep(wait=False)
        return True

    def sweep(self, *, wait: bool) -> None:
        """Delete rows that no view shows because newer ones took their place. The server does it beside
        its other work, unless somebody waits."""
        self._appended = 0
        assert self._writer is not None
        upkeep.sweep(self._server, self._writer.standing, wait=wait)

    def forget_events(self, up_to: int) -> None:
        """They were published."""
        self.change(lambda c, _: c.execute("DELETE FROM outbox WHERE number <= ?", [up_to]))

    def changed_totals(self, page: totals.Page) -> totals.ChangedTotals:
        """One page of changed totals."""
        among = f"t.link IN (SELECT link FROM totals_log WHERE commit > {page.after})"
        with self.reader() as reader:
            return totals.changed(reader, page, among)

    def add_conversion(self, workspace_id: bytes, values: Sequence[Any]) -> None:
        """Store a conversion."""

        def work(_: duckdb.DuckDBPyConnection, __: int) -> None:
            number = int(self._server.rows("SELECT max(id) FROM conversions")[0][0]) + 1
            self._ship("conversions_log", upkeep.conversion(number, self._workspace(workspace_id), values))

        self.change(work)

    def erase_link(self, workspace: int, link: int) -> int:
        """Forget a link. What is gone stays gone if this raises; asking again does the rest."""

        def work(connection: duckdb.DuckDBPyConnection, _: int) -> int:
            self._in_doubt = True
            connection.execute("DELETE FROM settled")
            self._ship("totals_log", upkeep.zeros(workspace, [link]))
            return upkeep.erase_link(self._server, workspace, link)

        return self.change(work)

    def erase_visitor(self, workspace: int, visitor: int) -> int:
        """Cut the tie between a visitor and their scans."""
        return upkeep.erase_visitor(self._server, workspace, visitor)

    def reclassify(self, judge: Judge) -> int:
        """Judge every stored scan again; counting anew follows also when an earlier run was cut short."""
        changed = upkeep.reclassify(self._server, judge)
        self.rebuild(repair=True)
        return changed

    def rebuild(self, *, repair: bool, always: bool = False) -> int:
        """Compare the rollups with the scans, and make them anew."""
        differences = upkeep.count_differences(self._server)
        if always or (repair and differences):
            self.change(self._rebuild)
        return differences

    def forget_old(self, now_ms: int) -> int:
        """Delete scans that their workspaces no longer keep: first it is written down, then done."""
        limits = upkeep.forgetting(self._server, now_ms)
        if limits:

            def work(connection: duckdb.DuckDBPyConnection, _: int) -> None:
                for workspace, day in limits.items():
                    connection.execute(
                        f"UPDATE retention SET forgotten_before_day = {day} WHERE workspace = {workspace}"
                    )

            self.change(work)
        return upkeep.delete_forgotten(self._server)

    def _rebuild(self, connection: duckdb.DuckDBPyConnection, number: int) -> None:
        self._in_doubt = True
        days = upkeep.rebuild(self._server, number)
        connection.execute("DELETE FROM settled")
        connection.execute("CREATE OR REPLACE TEMP TABLE counted AS SELECT day, counted FROM days")
        connection.execute("DELETE FROM days")
        connection.register("rebuilt", pa.table({"day": pa.array(days, pa.int32())}))
        connection.execute(
            f"INSERT INTO days SELECT coalesce(r.day, c.day), coalesce(c.counted, 0), {number}"
            " FROM rebuilt r FULL JOIN counted c ON c.day = r.day"
        )
        connection.unregister("rebuilt")

    def _open(self) -> None:
        """Claim the store and read where it stands, as after a crash."""
        self._in_doubt = True
        self._shipping: dict[str, list[pa.Table]] = {}
        self._writer = Writer(self._server, self._token, again=self._writer is not None)
        standing = self._writer.standing
        self.connection = self._connect()
        run = self.connection.execute
        run(_MEMORY_SCRIPT)
        run(
            "UPDATE state SET commits = ?, stream_created = ?, stream_seq = ?, next_id = ?, announced = ?",
            [
                standing.commit,
                standing.stream_created,
                standing.stream_seq,
                standing.next_id,
                standing.announced,
            ],
        )
        for name in SNAPSHOTS:
            self._fill(name, self._server.table(f"SELECT * FROM {name}"))
        waiting = (
            f"SELECT number, kind, payload FROM outbox WHERE number > {standing.events_gone} ORDER BY number"
        )
        self._fill("outbox", self._server.table(waiting))
        run(f"CREATE OR REPLACE SEQUENCE outbox_number START {standing.events_given + 1}")
        self._saved = {name: self._snapshot(name) for name in SNAPSHOTS}
        self._begin()
        stored, links = self._server.rows(
            "SELECT (SELECT count() FROM totals_log), (SELECT count() FROM links_log)"
        )[0]
        self._appended = int(stored) - int(links)
        self._in_doubt = False

    def _fill(self, name: str, rows: pa.Table, columns: str = "") -> None:
        self.connection.register("known", rows)
        self.connection.execute(f"INSERT INTO {name} {columns} SELECT * FROM known")
        self.connection.unregister("known")

    def _snapshot(self, name: str) -> pa.Table:
        return self.connection.sql(
            f"SELECT {_SNAPSHOT_COLUMNS.get(name, '*')} FROM {name} ORDER BY ALL"
        ).to_arrow_table()

    def _ship(self, log: str, rows: pa.Table) -> None:
        """Append these rows with the commit that is being made."""
        self._shipping.setdefault(log, []).append(rows)

    def _insert(self, name: str, rows: pa.Table) -> None:
        """Names that got a number: `rows` in the order of the table's columns."""
        names = {"workspaces": ("workspace", "workspace_id"), "links": ("link", "link_id")}.get(name)
        self._ship(f"{name}_log", rows.rename_columns(names) if names else rows)

    def _registry(self, table: str, number: str, name: str) -> Registry[NameT]:
        def lookup(names: Sequence[NameT]) -> Iterable[tuple[NameT, int]]:
            found: dict[bytes, int] = {}
            for some in _short(names):
                listed = ", ".join(quoted(_bytes(each)) for each in some)
                rows = self._server.rows(f"SELECT {name}, {number} FROM {table} WHERE {name} IN ({listed})")
                found.update((_bytes(each), int(row)) for each, row in rows)
            return [(each, found[_bytes(each)]) for each in names if _bytes(each) in found]

        return Registry(lookup, int(self._server.rows(f"SELECT max({number}) FROM {table}")[0][0]))

    def _bring(self, commit: Commit, scans: pa.Table) -> None:
        """What was stored before of the links, visitors and months of this commit."""
        for table, names in (
            ("workspaces", commit.scans["workspace_id"]),
            ("links", commit.scans["link_id"]),
        ):
            known = pa.table({"number": scans[table[:-1]], "name": names.cast(pa.binary())})
            self._fill(table, known.group_by(["number", "name"]).aggregate([]))
        workspaces, links = pc.unique(scans["workspace"]).to_pylist(), pc.unique(scans["link"]).to_pylist()
        for some in pieces(links, _NUMBERS_AT_ONCE):
            listed = ", ".join(map(str, some))
            known_totals = (
                "SELECT link, workspace, total, human, uniques, bot, qr, last_ms, changed FROM link_totals"
                f" WHERE link IN ({listed})"
            )
            self._fill("link_totals", self._server.table(known_totals))
        for some in pieces(workspaces, _NUMBERS_AT_ONCE):
            listed = ", ".join(map(str, some))
            known_months = (
                f"SELECT workspace, month, human, changed FROM workspace_months WHERE workspace IN ({listed})"
            )
            self._fill("workspace_months", self._server.table(known_months))
        self._bring_firsts(scans)

    def _bring_firsts(self, scans: pa.Table) -> None:
        """The first scans of these visitors on these days, as far as they are stored."""
        # A plain 0 would be signed, and half of all visitors beyond it.
        known = pc.not_equal(scans["visitor"], pa.scalar(0, pa.uint64()))
        person = pc.and_(pc.equal(scans["verdict"], HUMAN), known)
        people = scans.filter(person).select(["link", "visitor", "at_ms"]).sort_by("link")
        for start in range(0, people.num_rows, _NUMBERS_AT_ONCE):
            some = people.slice(start, _NUMBERS_AT_ONCE)
            at_ms = some["at_ms"].to_numpy()
            day = schema.DAY_MS
            links = ", ".join(map(str, np.unique(some["link"].to_numpy())))
            visitors = ", ".join(map(str, np.unique(some["visitor"].to_numpy())))
            self._fill(
                "scans",
                self._server.table(
                    "SELECT link, visitor, at_ms, first FROM scans WHERE first"
                    f" AND at_ms >= {at_ms.min() // day * day} AND at_ms < {(at_ms.max() // day + 1) * day}"
                    f" AND link IN ({links}) AND visitor IN ({visitors})"
                ),
                "(link, visitor, at_ms, first)",
            )

    def _seal(self, number: int) -> None:
        """Append every row of this commit to the logs, then the commit itself."""
        self._in_doubt = True
        assert self._writer is not None
        standing, read = self._writer.standing, self.connection.sql
        for log, query in (
            ("scans_log", f"SELECT * FROM scans WHERE id >= {self._next_id}"),
            ("hours_log", "SELECT * FROM link_hours"),
            ("totals_log", f"SELECT * EXCLUDE changed FROM link_totals WHERE changed = {number}"),
            ("months_log", f"SELECT * EXCLUDE changed FROM workspace_months WHERE changed = {number}"),
            ("quarantine_log", "SELECT * FROM quarantine"),
            ("outbox_log", f"SELECT * FROM outbox WHERE number > {standing.events_given}"),
        ):
            self._ship(log, read(query).to_arrow_table())
        snapshots = {name: self._snapshot(name) for name in SNAPSHOTS}
        changed = [name for name in SNAPSHOTS if not snapshots[name].equals(self._saved[name])]
        for name in changed:
            self._ship(f"{name}_log", snapshots[name])
        for log, tables in self._shipping.items():
            for rows in tables:
                self._append(log, rows, number)
        created, seq, next_id, announced = self._row(
            "SELECT stream_created, stream_seq, next_id, announced FROM state"
        )
        waiting = self._row("SELECT min(number), max(number) FROM outbox")
        given = max(standing.events_given, waiting[1] or 0)
        self._writer.seal(
            msgspec.structs.replace(
                standing,
                commit=number,
                stream_created=created,
                stream_seq=seq,
                next_id=next_id,
                announced=announced,
                events_given=given,
                events_gone=given if waiting[0] is None else waiting[0] - 1,
                versions={**standing.versions, **dict.fromkeys(changed, number)},
            )
        )
        self._saved = snapshots
        self._appended += 1
        for table in _PASSING:
            self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table} LIMIT 0")

    def _append(self, log: str, rows: pa.Table, number: int) -> None:
        if not rows.num_rows:
            return
        if log in {"totals_log", "months_log", "outbox_log"}:
            self._appended += rows.num_rows
        commit = pa.array(np.full(rows.num_rows, number, dtype=np.int64))
        self._server.put(log, rows.append_column("commit", commit))


def _bytes(name: bytes | str) -> bytes:
    return name.encode() if isinstance(name, str) else bytes(name)


def _short(names: Sequence[NameT]) -> Iterable[Sequence[NameT]]:
    """Names in portions that fit into one query, however long each is."""
    for some in pieces(names, NAMES_AT_ONCE):
        portion: list[NameT] = []
        size = 0
        for name in some:
            portion.append(name)
            size += len(name)
            if size > _TEXT_BYTES_AT_ONCE:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion
