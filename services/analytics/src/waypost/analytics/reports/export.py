"""An export in chunks: CSV that is safe to open in a spreadsheet, or one JSON object a line.

Each chunk is a question of its own, so an export of any size takes constant memory and survives a
restart of the service in its middle.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct

from waypost.analytics.limits import EXPORT_BYTES_MAX, EXPORT_WINDOW_ROWS, EXPORTS_AT_ONCE_MAX
from waypost.analytics.reports import scan_columns
from waypost.analytics.reports.export_lines import CSV_HEADER, Lines, csv_lines, ndjson_lines
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.wire.codec import encode
from waypost.wire.scan_events import ExportChunk, ExportQuery

_NAMES = {"at_ms": "scanned_at", "repeat": "returning", "visitor": "visitor_id", "asn": "network"}
"""What the lists of the API call differently: an export says the same."""
_DATE_LETTERS = len("2026-01-31")
_TIME_LETTERS = len("2026-01-31T12:00:00.000Z")


class Running(Struct, frozen=True):
    """Where an export stands: lines that were made and not yet sent, and the ids at which further windows end."""

    lines: Lines | None = None
    ends: Sequence[int] = ()


class Windows:
    """The exports that run now, by their next question. Losing one costs making its lines again."""

    def __init__(self) -> None:
        self._running: OrderedDict[bytes, Running] = OrderedDict()
        self._lock = Lock()

    def take(self, query: ExportQuery) -> Running:
        """What is known at the query's cursor; nothing when it was lost."""
        with self._lock:
            return self._running.pop(encode(query), Running())

    def keep(self, query: ExportQuery, running: Running) -> None:
        """Keep it for the next question; the oldest export's is given up when there are too many."""
        with self._lock:
            self._running[encode(query)] = running
            if len(self._running) > EXPORTS_AT_ONCE_MAX:
                self._running.popitem(last=False)


def export(reader: Reader, query: ExportQuery, windows: Windows) -> ExportChunk:
    """The next lines above `after`."""
    head = CSV_HEADER if query.format == "csv" and query.after < 0 else b""
    running = windows.take(query)
    lines, ends = running.lines, running.ends
    if lines is None:
        lines, ends = _next_window(Scope(reader, query), query, ends)
    if lines is None:
        return ExportChunk(head, 0, -1)
    count = lines.first(EXPORT_BYTES_MAX)
    cursor = int(lines.ids[count - 1])
    left = lines.behind(count) if count < len(lines) else None
    windows.keep(msgspec.structs.replace(query, after=cursor), Running(left, ends))
    text = lines.text(count)
    return ExportChunk(head + text if head else text, count, cursor)


def _next_window(scope: Scope, query: ExportQuery, ends: Sequence[int]) -> tuple[Lines | None, Sequence[int]]:
    """The lines of the next window that has any, and the ends of those behind it; None when all were sent."""
    ends = ends or scan_columns.window_ends(scope, query.after, EXPORT_WINDOW_ROWS)
    for index, end in enumerate(ends):
        table = scan_columns.read_window(scope, query.after, end)
        if table.num_rows:
            return _lines(scope.reader, query, table), ends[index + 1 :]
    return None, ()


def _lines(reader: Reader, query: ExportQuery, table: pa.Table) -> Lines:
    shown = scan_columns.words(reader, table)
    shown = shown.set_column(shown.column_names.index("at_ms"), "at_ms", _times(shown["at_ms"]))
    shown = shown.rename_columns([_NAMES.get(name, name) for name in shown.column_names])
    return csv_lines(shown) if query.format == "csv" else ndjson_lines(shown)


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
