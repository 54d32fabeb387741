"""An export in chunks: CSV that is safe to open in a spreadsheet, or one JSON object a line.

Each chunk is a question of its own, so an export of any size takes constant memory and survives a
restart of the service in its middle.
"""

import io
from collections import OrderedDict
from threading import Lock

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from waypost.analytics.limits import EXPORT_BYTES_MAX, EXPORT_ROWS, EXPORT_WINDOW_ROWS, EXPORTS_AT_ONCE_MAX
from waypost.analytics.reports import scan_columns
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.wire.codec import encode
from waypost.wire.scan_events import ExportChunk, ExportQuery

_CONTROL_CHARACTERS = r"[\x00-\x1f\x7f]"
_FORMULA = r"^[=+\-@]"
"""A cell that begins so is calculated by spreadsheets (OWASP: CSV injection); a leading apostrophe makes it
text. Tabs and carriage returns, which can begin a formula too, never leave at all."""

_UNSAFE = f"{_CONTROL_CHARACTERS}|{_FORMULA}"
_HEADER = ",".join(column.heading for column in scan_columns.COLUMNS).encode() + b"\r\n"


class Windows:
    """Rows that were read and not yet sent, of the exports that run now. Losing one costs reading again."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, pa.Table] = OrderedDict()
        self._lock = Lock()

    def take(self, query: ExportQuery) -> pa.Table | None:
        """The rows above the query's cursor, if they are here."""
        with self._lock:
            return self._rows.pop(encode(query), None)

    def keep(self, query: ExportQuery, rows: pa.Table) -> None:
        """Rows for a later question; the oldest export's are given up when there are too many."""
        with self._lock:
            self._rows[encode(query)] = rows
            if len(self._rows) > EXPORTS_AT_ONCE_MAX:
                self._rows.popitem(last=False)


def export(reader: Reader, query: ExportQuery, windows: Windows) -> ExportChunk:
    """The next lines above `after`."""
    head = _HEADER if query.format == "csv" and query.after < 0 else b""
    rows = windows.take(query)
    if rows is None:
        rows = _window(reader, query)
    if not rows.num_rows:
        return ExportChunk(head, 0, -1)
    lines = _csv if query.format == "csv" else _ndjson
    count = min(EXPORT_ROWS, rows.num_rows)
    data = lines(rows.slice(0, count))
    while len(data) > EXPORT_BYTES_MAX:  # longer texts than usual: send fewer of them
        count = max(1, min(count * EXPORT_BYTES_MAX // len(data), count - 1))
        data = lines(rows.slice(0, count))
    cursor = rows["id"][count - 1].as_py()
    if count < rows.num_rows:
        windows.keep(msgspec.structs.replace(query, after=cursor), rows.slice(count))
    return ExportChunk(head + data, count, cursor)


def _window(reader: Reader, query: ExportQuery) -> pa.Table:
    """Many rows at once, as they will be shown."""
    table = scan_columns.read_window(Scope(reader, query), query.after, EXPORT_WINDOW_ROWS)
    shown = scan_columns.words(reader, table)
    return shown.set_column(shown.column_names.index("at_ms"), "scanned_at", _times(shown["at_ms"]))


def _csv(shown: pa.Table) -> bytes:
    texts = {name for name in shown.column_names if pa.types.is_string(shown[name].type)}
    safe = {name: _safe(shown[name]) if name in texts else shown[name] for name in shown.column_names}
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(pa.table(safe), sink, options)
    return sink.getvalue().replace(b"\n", b"\r\n")  # RFC 4180; no text holds a line break any more


def _safe(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same texts, none of which a spreadsheet takes for a formula; mostly they are so already."""
    distinct = pc.unique(column)
    if not pc.any(pc.match_substring_regex(distinct, _UNSAFE)).as_py():
        return column
    clean = pc.replace_substring_regex(column, _CONTROL_CHARACTERS, " ")
    guarded = pc.binary_join_element_wise("'", clean, "")
    return pc.if_else(pc.match_substring_regex(clean, _FORMULA), guarded, clean)


def _ndjson(shown: pa.Table) -> bytes:
    names = shown.column_names
    columns = [shown[name].to_pylist() for name in names]
    return msgspec.json.Encoder().encode_lines(
        [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    )


def _times(at_ms: pa.ChunkedArray) -> pa.ChunkedArray:
    """RFC 3339 in UTC with milliseconds."""
    text = at_ms.cast(pa.timestamp("ms")).cast(pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")
