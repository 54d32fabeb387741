"""The scans of links that were asked about lately, in memory: the page of a link asks about the same scans again and
again, each time by other columns and filters, and finding a link's rows in the file costs most of an answer.

Scans do not change once they are stored, unless they are erased, judged again or forgotten; then all that is kept is
dropped. Putting them in order only moves them.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

import numpy as np
import pyarrow as pa
from msgspec import Struct

from waypost.analytics.limits import KEPT_LINKS_BEHIND_MAX, KEPT_LINKS_BYTES_MAX, TALLIED_SCANS_MAX
from waypost.analytics.reports.kept_scans import Array, KeptColumn, KeptScans
from waypost.analytics.reports.reader import Reader

_LINK_BYTES = 2_000
"""What a link takes however few its scans are."""


class _Kept(Struct, frozen=True):
    """The scans of some links below the id `up_to`, in the order of their ids; none of them when they are more than
    are counted in memory."""

    up_to: int
    columns: Mapping[str, KeptColumn]
    bytes_used: int
    are_too_many: bool = False


class KeptLinks:
    """Those asked about last, within KEPT_LINKS_BYTES_MAX. From any thread; altered by one at a time."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        """`next_id` tells below which id all scans are committed."""
        self._next_id = next_id
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes_used = 0
        self._alterations = 0
        """Counts beginnings and ends: it is odd while scans are being altered."""
        self._lock = Lock()

    @contextmanager
    def altered(self) -> Iterator[None]:
        """While this is open, stored scans may change. Nothing is kept from before it or from within."""
        self._forget()
        try:
            yield
        finally:
            self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._alterations += 1
            self._kept.clear()
            self._bytes_used = 0

    def scans(self, reader: Reader, condition: str, columns: Collection[str]) -> KeptScans | None:
        """The scans that meet a condition on workspace and links, but for the newest; None when they are too many, or
        just being altered. What is not kept yet is read."""
        with self._lock:
            seen, next_id = self._alterations, self._next_id()
            if seen % 2:
                return None
            kept = self._kept.get(condition)
            if kept is None or next_id - kept.up_to > KEPT_LINKS_BEHIND_MAX:
                kept = _Kept(next_id, {}, len(condition) + _LINK_BYTES)
            else:
                self._kept.move_to_end(condition)
        missing = [sql for sql in columns if sql not in kept.columns]
        if missing and not kept.are_too_many:
            kept = _completed(reader, condition, kept, missing)
            with self._lock:
                if self._alterations != seen:
                    return None
                self._keep(condition, kept)
        if kept.are_too_many:
            return None
        has_newer = self._next_id() > kept.up_to
        return KeptScans(kept.up_to, kept.columns, has_newer, lambda: self._alterations == seen)

    def _keep(self, condition: str, kept: _Kept) -> None:
        old = self._kept.pop(condition, None)
        self._kept[condition] = kept
        self._bytes_used += kept.bytes_used - (old.bytes_used if old else 0)
        while self._bytes_used > KEPT_LINKS_BYTES_MAX:
            _, oldest = self._kept.popitem(last=False)
            self._bytes_used -= oldest.bytes_used


def _completed(reader: Reader, condition: str, kept: _Kept, missing: Collection[str]) -> _Kept:
    """What is kept, and the columns that it lacks."""
    selected = ", ".join(f"{sql} AS c{index}" for index, sql in enumerate(missing))
    table = reader.table(
        f"SELECT id, {selected} FROM scans WHERE {condition} AND id < {kept.up_to} LIMIT {TALLIED_SCANS_MAX + 1}",
        {},
    )
    if len(table) > TALLIED_SCANS_MAX:
        return _Kept(kept.up_to, {}, kept.bytes_used, are_too_many=True)
    # Ids come in runs, as blocks hold them: a stable sort only merges these.
    order = np.argsort(table["id"].to_numpy(), kind="stable")
    read = {sql: _column(table[f"c{index}"], order) for index, sql in enumerate(missing)}
    pa.default_memory_pool().release_unused()  # or it holds on to three times what is kept
    return _Kept(kept.up_to, {**kept.columns, **read}, kept.bytes_used + sum(map(_bytes_of, read.values())))


def _column(read: pa.ChunkedArray, order: Array) -> KeptColumn:
    if not pa.types.is_string(read.type):
        return KeptColumn(read.to_numpy()[order])
    texts = read.combine_chunks().dictionary_encode()
    return KeptColumn(texts.dictionary.to_numpy(zero_copy_only=False), texts.indices.to_numpy()[order])


def _bytes_of(column: KeptColumn) -> int:
    if column.places is None:
        return column.values.nbytes
    return column.values.nbytes + column.places.nbytes + sum(map(sys.getsizeof, column.values))
