"""An export in chunks: CSV that is safe to open in a spreadsheet, or one JSON object a line.

Each chunk is a question of its own, so an export of any size takes constant memory and survives a
restart of the service in its middle. While the chunks of one window of scans are sent, those of the next are made.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from threading import Lock

import msgspec
import numpy as np
import pyarrow as pa

from waypost.analytics.limits import (
    EXPORT_BYTES_MAX,
    EXPORT_WINDOW_ROWS,
    EXPORT_WINDOWS_AT_ONCE_MAX,
    EXPORTS_AT_ONCE_MAX,
)
from waypost.analytics.reports import scan_columns
from waypost.analytics.reports.export_lines import CSV_HEADER, Rows, csv_rows, ndjson_rows
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.wire.codec import encode
from waypost.wire.limits import EXPORT_TEXT_BYTES_MAX
from waypost.wire.packing import pack
from waypost.wire.scan_events import ExportChunk, ExportQuery

_NAMES = {"at_ms": "scanned_at", "repeat": "returning", "visitor": "visitor_id", "asn": "network"}
"""What the lists of the API call differently: an export says the same."""
_DATE_LETTERS = len("2026-01-31")
_TIME_LETTERS = len("2026-01-31T12:00:00.000Z")

_ROWS_TRIED = 256
"""Rows whose lines tell how many fit into a chunk."""

Window = list[ExportChunk]
"""What is sent of consecutive scans."""

Begin = Callable[[Callable[[Reader], Window]], Future[Window]]
"""Runs this with a reader of its own, beside whoever asks."""


class Running:
    """Where an export stands: chunks that were made and not yet sent, and the windows after them, which are
    being made meanwhile. Asked by one thread at a time."""

    def __init__(self, query: ExportQuery, begin: Begin) -> None:
        """`begin` has a window made while its chunks are not asked for yet."""
        self._query = query
        """Its `after` is the last scan that was sent."""
        self._begin = begin
        self._chunks: deque[ExportChunk] = deque()
        self._coming: deque[Future[Window]] = deque()
        self._begun = query.after
        """Where the windows that are being made end."""
        self._ends: deque[int] = deque()
        """Where those end that are not."""

    def next(self, reader: Reader) -> ExportChunk | None:
        """The next chunk; None behind the last scan."""
        while not self._chunks:
            if not self._coming and not self._plan(reader):
                return None
            window = self._coming.popleft()
            self._make_ahead()
            self._chunks.extend(window.result())
        chunk = self._chunks.popleft()
        self._query = msgspec.structs.replace(self._query, after=chunk.cursor)
        return chunk

    def cancel(self) -> None:
        """It is given up."""
        for window in self._coming:
            window.cancel()

    def _plan(self, reader: Reader) -> bool:
        """Look for the windows above what was sent, because scans may have come; whether there are any."""
        ends = scan_columns.window_ends(Scope(reader, self._query), self._query.after, EXPORT_WINDOW_ROWS)
        self._begun, self._ends = self._query.after, deque(ends)
        self._make_ahead()
        return bool(self._coming)

    def _make_ahead(self) -> None:
        while self._ends and len(self._coming) < EXPORT_WINDOWS_AT_ONCE_MAX:
            query, end = msgspec.structs.replace(self._query, after=self._begun), self._ends.popleft()
            self._coming.append(self._begin(partial(_window, query=query, end=end)))
            self._begun = end


class Windows:
    """The exports that run now, by their next question. Losing one costs making its chunks again."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._running: OrderedDict[bytes, Running] = OrderedDict()
        self._lock = Lock()

    def take(self, query: ExportQuery) -> Running:
        """The export that stands at the query's cursor; it begins there when it is not known."""
        with self._lock:
            return self._running.pop(encode(query), None) or Running(query, self._begin)

    def keep(self, query: ExportQuery, running: Running) -> None:
        """Keep it for the next question; the oldest export's is given up when there are too many."""
        with self._lock:
            self._running[encode(query)] = running
            if len(self._running) > EXPORTS_AT_ONCE_MAX:
                self._running.popitem(last=False)[1].cancel()


def export(reader: Reader, query: ExportQuery, windows: Windows) -> ExportChunk:
    """The next lines above `after`."""
    running = windows.take(query)
    chunk = running.next(reader)
    if chunk is None:
        return ExportChunk(_head(query), 0, -1)
    windows.keep(msgspec.structs.replace(query, after=chunk.cursor), running)
    return chunk


def _head(query: ExportQuery) -> bytes:
    return CSV_HEADER if query.format == "csv" and query.after < 0 else b""


def _window(reader: Reader, query: ExportQuery, end: int) -> Window:
    """The chunks of the scans above the query's cursor, up to that id."""
    head = _head(query)
    table = scan_columns.read_window(Scope(reader, query), query.after, end)
    if not table.num_rows:  # they were erased meanwhile
        return [ExportChunk(head, 0, end)] if head else []
    return list(_chunks(_rows(reader, query, table), head, is_packed=query.packed))


def _chunks(rows: Rows, head: bytes, *, is_packed: bool) -> Iterator[ExportChunk]:
    bytes_max = EXPORT_TEXT_BYTES_MAX if is_packed else EXPORT_BYTES_MAX
    first, at_once = 0, _ROWS_TRIED
    while first < len(rows):
        lines = rows.lines(first, first + at_once)
        count = lines.first(bytes_max - len(head))
        text = head + lines.text(count) if head else lines.text(count)
        data = pack(text) if is_packed else bytes(text)
        if is_packed and len(data) > EXPORT_BYTES_MAX and count > 1:
            bytes_max //= 2  # lines that have little in common
            continue
        yield ExportChunk(data, count, int(lines.ids[count - 1]), len(text) if is_packed else 0)
        # About as many as will fit.
        first, at_once, head = first + count, max(1, bytes_max * count // len(text)), b""


def _rows(reader: Reader, query: ExportQuery, table: pa.Table) -> Rows:
    shown = scan_columns.words(reader, table)
    shown = shown.set_column(shown.column_names.index("at_ms"), "at_ms", _times(shown["at_ms"]))
    shown = shown.rename_columns([_NAMES.get(name, name) for name in shown.column_names])
    return csv_rows(shown) if query.format == "csv" else ndjson_rows(shown)


def _times(at_ms: pa.ChunkedArray) -> pa.StringArray:
    """RFC 3339 in UTC with milliseconds. Every moment that is stored has a year of four digits."""
    texts = at_ms.combine_chunks().cast(pa.timestamp("ms")).cast(pa.string())
    letters = np.frombuffer(texts.buffers()[2], dtype=np.uint8, count=len(texts) * (_TIME_LETTERS - 1))
    made = np.empty((len(texts), _TIME_LETTERS), dtype=np.uint8)
    made[:, :-1] = letters.reshape(len(texts), _TIME_LETTERS - 1)
    made[:, _DATE_LETTERS] = ord("T")
    made[:, -1] = ord("Z")
    offsets = np.arange(0, made.size + 1, _TIME_LETTERS, dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(made))
