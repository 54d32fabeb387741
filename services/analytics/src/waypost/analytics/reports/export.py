"""An export in chunks: CSV that is safe to open in a spreadsheet, or one JSON object a line.

Each chunk is a question of its own, so an export of any size takes constant memory and survives a
restart of the service in its middle. While the lines of one window of scans are sent, those of the next are made.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
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


class Window(Struct, frozen=True):
    """Lines of consecutive scans, None behind the last ones, and the ids at which the windows after it end."""

    lines: Lines | None
    ends: Sequence[int] = ()


Begin = Callable[[Callable[[Reader], Window]], "Future[Window]"]
"""Runs this with a reader of its own, beside whoever asks."""


class Running(Struct, frozen=True):
    """Where an export stands: lines that were made and not yet sent, and the window after them, which is being
    made meanwhile."""

    lines: Lines | None
    coming: "Future[Window]"


class Windows:
    """The exports that run now, by their next question. Losing one costs making its lines again."""

    def __init__(self, begin: Begin) -> None:
        """`begin` has a window made while its lines are not asked for yet."""
        self._begin = begin
        self._running: OrderedDict[bytes, Running] = OrderedDict()
        self._lock = Lock()

    def take(self, query: ExportQuery) -> Running | None:
        """What is known at the query's cursor; nothing when it was lost."""
        with self._lock:
            return self._running.pop(encode(query), None)

    def keep(self, query: ExportQuery, running: Running) -> None:
        """Keep it for the next question; the oldest export's is given up when there are too many."""
        with self._lock:
            self._running[encode(query)] = running
            if len(self._running) > EXPORTS_AT_ONCE_MAX:
                self._running.popitem(last=False)[1].coming.cancel()

    def begin(self, query: ExportQuery, ends: Sequence[int]) -> "Future[Window]":
        """Have the window above the query's cursor made."""
        return self._begin(lambda reader: _window(reader, query, ends))


def export(reader: Reader, query: ExportQuery, windows: Windows) -> ExportChunk:
    """The next lines above `after`."""
    head = CSV_HEADER if query.format == "csv" and query.after < 0 else b""
    running = windows.take(query)
    if running is None or running.lines is None:
        window = running.coming.result() if running else _window(reader, query, ())
        if window.lines is None:
            return ExportChunk(head, 0, -1)
        last = int(window.lines.ids[-1])
        coming = windows.begin(msgspec.structs.replace(query, after=last), window.ends)
        running = Running(window.lines, coming)
    lines = running.lines
    assert lines is not None
    count = lines.first(EXPORT_BYTES_MAX)
    cursor = int(lines.ids[count - 1])
    left = lines.behind(count) if count < len(lines) else None
    windows.keep(msgspec.structs.replace(query, after=cursor), Running(left, running.coming))
    text = lines.text(count)
    return ExportChunk(head + text if head else text, count, cursor)


def _window(reader: Reader, query: ExportQuery, ends: Sequence[int]) -> Window:
    """The next window above the query's cursor that has any scans. `ends` are those of the windows to look at;
    without them they are looked for, because scans may have come."""
    scope = Scope(reader, query)
    ends = ends or scan_columns.window_ends(scope, query.after, EXPORT_WINDOW_ROWS)
    for index, end in enumerate(ends):
        table = scan_columns.read_window(scope, query.after, end)
        if table.num_rows:
            return Window(_lines(reader, query, table), ends[index + 1 :])
    return Window(None)


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
