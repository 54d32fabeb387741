"""Reading the DuckDB store: a cursor of its own for each question, so readers never wait for the writer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import duckdb
import numpy.typing as npt
import pyarrow as pa

from waypost.analytics.reports.kept_scans import KeptScans
from waypost.analytics.store.commit import StoreTrouble
from waypost.analytics.store.kept_links import KeptLinks
from waypost.analytics.store.names import Names

ATTACHED = "scan_store"
"""The name by which a connection knows the store's database."""

_BUSY = (duckdb.IOException, duckdb.OutOfMemoryException)
_ROWS_AT_ONCE = 50_000


class Cursors:
    """Cursors that wait for the next question, as many as were used at once: opening one and naming the database
    would take a twentieth of a question about a link. From any thread."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._free: list[duckdb.DuckDBPyConnection] = []

    def take(self) -> duckdb.DuckDBPyConnection:
        """One that nobody else uses."""
        try:
            return self._free.pop()
        except IndexError:
            cursor = self._connection.cursor()
            cursor.execute(f"USE {ATTACHED}")
            return cursor

    def give_back(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """It answered everything that it was asked."""
        self._free.append(cursor)

    def close(self) -> None:
        """Let go of the database; nobody asks any more."""
        while self._free:
            self._free.pop().close()


class DuckReader:
    """One question's cursor; a context manager."""

    def __init__(self, cursors: Cursors, workspaces: Names, links: Names, kept: KeptLinks) -> None:
        self._cursors = cursors
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._workspaces = workspaces
        self._links = links
        self._kept = kept

    def __enter__(self) -> "DuckReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is None:
            return
        if error is None:
            self._cursors.give_back(cursor)
        else:
            cursor.close()

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Taken when something is asked: most chunks of an export are lines that were made before."""
        if self._cursor is None:
            self._cursor = self._cursors.take()
        return self._cursor

    def rows(self, sql: str, texts: Mapping[str, str]) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        try:
            return self.cursor.execute(sql, dict(texts)).fetchall()
        except _BUSY as error:
            raise StoreTrouble(first_line(error)) from error

    def table(self, sql: str, texts: Mapping[str, str]) -> pa.Table:
        """The same as Arrow columns."""
        try:
            return self.cursor.sql(sql, params=dict(texts)).to_arrow_table()
        except _BUSY as error:
            raise StoreTrouble(first_line(error)) from error

    def arrays(self, sql: str, texts: Mapping[str, str]) -> Mapping[str, npt.NDArray[Any]]:
        """The same as an array per column: planned once, which as Arrow columns it is twice."""
        try:
            return self.cursor.execute(sql, dict(texts)).fetchnumpy()
        except _BUSY as error:
            raise StoreTrouble(first_line(error)) from error

    def kept(self, condition: str, columns: Collection[str]) -> KeptScans | None:
        """The older scans of some links from memory."""
        return self._kept.scans(self, condition, columns)

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The same, some rows at a time."""
        try:
            relation: Any = self.cursor.sql(sql)
            yield from relation.to_arrow_reader(_ROWS_AT_ONCE)
        except _BUSY as error:
            raise StoreTrouble(first_line(error)) from error

    def text(self, name: str) -> str:
        """A named parameter."""
        return f"${name}"

    def numbers(self, name: str) -> str:
        """The whole numbers in a text parameter, a row each."""
        return f"unnest(string_split(${name}, ','))::BIGINT"

    def divided(self, expression: str, by: int) -> str:
        """Integer division."""
        return f"({expression} // {by})"

    def month(self, local_ms: str) -> str:
        """year * 12 + month - 1."""
        return f"(year(epoch_ms({local_ms})) * 12 + month(epoch_ms({local_ms})) - 1)"

    def workspace_number(self, workspace_id: bytes) -> int | None:
        """The number of a workspace, None when it has no scans."""
        numbers = self._workspaces.numbers([workspace_id], self._look_up_workspaces)
        return numbers[0] if numbers else None

    def _look_up_workspaces(self, names: Sequence[bytes]) -> Iterable[tuple[bytes, int]]:
        return self.cursor.execute(
            "SELECT workspace_id, workspace FROM workspaces WHERE workspace_id = ?", names
        ).fetchall()

    def link_numbers(self, link_ids: Sequence[bytes]) -> list[int]:
        """The numbers of links; those without scans are left out."""
        return self._links.numbers(link_ids, self._look_up_links)

    def _look_up_links(self, names: Sequence[bytes]) -> Iterable[tuple[bytes, int]]:
        self.cursor.register("wanted", pa.table({"link_id": pa.array(names, pa.binary())}))
        rows = self.cursor.execute(
            "SELECT l.link_id, l.link FROM links l WHERE l.link_id IN (SELECT link_id FROM wanted)"
        ).fetchall()
        self.cursor.unregister("wanted")
        return rows

    def link_ids(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The ids of links."""
        if not numbers:
            return {}
        self.cursor.register("wanted", pa.table({"link": pa.array(numbers, pa.int32())}))
        rows = self.cursor.execute(
            "SELECT l.link, l.link_id FROM links l WHERE l.link IN (SELECT link FROM wanted)"
        ).fetchall()
        self.cursor.unregister("wanted")
        return dict(rows)


def first_line(error: Exception) -> str:
    """An engine's complaint without its stack."""
    return str(error).splitlines()[0] if str(error) else repr(error)
