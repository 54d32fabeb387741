"""What one transaction of the scan store holds, and where the store stands."""

from collections.abc import Mapping

import pyarrow as pa
from msgspec import Struct

from waypost.analytics.ledger import Gap, Spool
from waypost.analytics.verdict import Judgement


class StoreTrouble(Exception):
    """The store cannot write now (disk, memory); nothing was applied, try again later."""


class StoreUnfit(Exception):
    """The store cannot be used at all: one sentence says why."""


class Cursor(Struct, frozen=True):
    """How far the stream was read. `created` names the stream, which may be deleted and made again."""

    created: str = ""
    seq: int = 0


class Quarantined(Struct, frozen=True):
    """Bytes that could not be counted: a scan (with its offset) or, with offset -1, a whole message."""

    seq: int
    node: str
    epoch: int
    offset: int
    reason: str
    raw: bytes


class Commit(Struct, frozen=True):
    """Everything that becomes true together. `scans` are as `Columns.table` makes them, judged in that order."""

    cursor: Cursor
    next_offsets: Mapping[Spool, int]
    """Of the spools that moved, their next offsets."""
    gaps: Mapping[Spool, Gap]
    """All gaps open after this commit."""
    scans: pa.Table
    judgement: Judgement
    quarantined: list[Quarantined]


class StoreState(Struct, frozen=True):
    """Where a store stands when it is opened."""

    cursor: Cursor
    next_offsets: dict[Spool, int]
    gaps: dict[Spool, Gap]
    scans: int
