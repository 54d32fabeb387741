"""Reading the ClickHouse store: the words in which its SQL differs from DuckDB's."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import numpy.typing as npt
import pyarrow as pa

from waypost.analytics.store.clickhouse_server import Server

NAMES_AT_ONCE = 2_000
"""Ids written into one query: far below the 256 KiB that a server takes."""

ValueT = TypeVar("ValueT")


class ClickReader:
    """One question's conversation; a context manager like DuckDB's, with nothing to give back."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __enter__(self) -> "ClickReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def rows(self, sql: str, texts: Mapping[str, str]) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._server.rows(sql, texts)

    def table(self, sql: str, texts: Mapping[str, str]) -> pa.Table:
        """The same as Arrow columns."""
        return self._server.table(sql, texts)

    def arrays(self, sql: str, texts: Mapping[str, str]) -> Mapping[str, npt.NDArray[Any]]:
        """The same as an array per column."""
        table = self.table(sql, texts)
        return {name: table[name].to_numpy() for name in table.column_names}

    def kept(self, condition: str, columns: Collection[str]) -> None:
        """Nothing is: while a commit is in doubt, only the server knows what it has."""

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The same, some rows at a time."""
        return self._server.batches(sql)

    def text(self, name: str) -> str:
        """A named parameter."""
        return f"{{{name}:String}}"

    def numbers(self, name: str) -> str:
        """The whole numbers in a text parameter, a row each."""
        return f"toInt64(arrayJoin(splitByChar(',', {self.text(name)})))"

    def divided(self, expression: str, by: int) -> str:
        """Integer division."""
        return f"intDiv({expression}, {by})"

    def month(self, local_ms: str) -> str:
        """year * 12 + month - 1."""
        at = f"fromUnixTimestamp64Milli(toInt64({local_ms}), 'UTC')"
        return f"(toYear({at}) * 12 + toMonth({at}) - 1)"

    def workspace_number(self, workspace_id: bytes) -> int | None:
        """The number of a workspace, None when it has no scans."""
        rows = self.rows(f"SELECT workspace FROM workspaces WHERE workspace_id = {quoted(workspace_id)}", {})
        return int(rows[0][0]) if rows else None

    def link_numbers(self, link_ids: Sequence[bytes]) -> list[int]:
        """The numbers of links; those without scans are left out."""
        found: list[int] = []
        for some in pieces(link_ids, NAMES_AT_ONCE):
            listed = ", ".join(map(quoted, some))
            found += [
                int(row[0]) for row in self.rows(f"SELECT link FROM links WHERE link_id IN ({listed})", {})
            ]
        return found

    def link_ids(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The ids of links."""
        found: dict[int, bytes] = {}
        for some in pieces(numbers, NAMES_AT_ONCE):
            listed = ", ".join(map(str, some))
            found.update(
                (int(number), bytes(link_id))
                for number, link_id in self.rows(
                    f"SELECT link, link_id FROM links WHERE link IN ({listed})", {}
                )
            )
        return found


def quoted(value: bytes) -> str:
    """Bytes as a literal, whatever they are."""
    return "'" + "".join(f"\\x{byte:02x}" for byte in value) + "'"


def pieces(values: Sequence[ValueT], size: int) -> Iterator[Sequence[ValueT]]:
    """A sequence cut into sequences that fit into one query."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
