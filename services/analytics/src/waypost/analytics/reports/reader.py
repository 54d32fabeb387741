"""What every store must offer to the reports: run SQL, and the few words in which engines differ."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy.typing as npt
import pyarrow as pa

from waypost.analytics.reports.kept_scans import KeptScans


class Reader(Protocol):
    """One conversation with the store, for one question, in one thread. Raises StoreTrouble when the store
    cannot answer now."""

    def rows(self, sql: str, texts: Mapping[str, str]) -> list[tuple[Any, ...]]:
        """All rows of a query whose text parameters are named."""

    def table(self, sql: str, texts: Mapping[str, str]) -> pa.Table:
        """The same as Arrow columns."""

    def arrays(self, sql: str, texts: Mapping[str, str]) -> Mapping[str, npt.NDArray[Any]]:
        """The same as an array per column, which small answers come in soonest."""

    def kept(self, condition: str, columns: Collection[str]) -> KeptScans | None:
        """The older scans of some links, which the condition names, with these columns from memory; None when
        they are not kept there."""

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The same, some rows at a time, for answers of any size."""

    def text(self, name: str) -> str:
        """How a text parameter of this name is written in SQL."""

    def numbers(self, name: str) -> str:
        """The whole numbers in a text parameter, separated by commas, as an expression that gives a row each."""

    def divided(self, expression: str, by: int) -> str:
        """Integer division, rounding down, of what is never negative."""

    def month(self, local_ms: str) -> str:
        """year * 12 + month - 1 of a local time in milliseconds."""

    def workspace_number(self, workspace_id: bytes) -> int | None:
        """The number of a workspace, None when it has no scans."""

    def link_numbers(self, link_ids: Sequence[bytes]) -> list[int]:
        """The numbers of links; those without scans are left out."""

    def link_ids(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The ids of links."""
