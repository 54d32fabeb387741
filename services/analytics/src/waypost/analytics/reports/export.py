"""An export in chunks: CSV that is safe to open in a spreadsheet, or one JSON object a line.

Each chunk is a question of its own, so an export of any size takes constant memory and survives a
restart of the service in its middle.
"""

import io

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from waypost.analytics.limits import EXPORT_BYTES_MAX, EXPORT_ROWS
from waypost.analytics.reports import scan_columns
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.wire.scan_events import ExportChunk, ExportQuery

_CONTROL_CHARACTERS = r"[\x00-\x1f\x7f]"
_FORMULA = r"^[=+\-@]"
"""A cell that begins so is calculated by spreadsheets (OWASP: CSV injection); a leading apostrophe makes it
text. Tabs and carriage returns, which can begin a formula too, never leave at all."""

_HEADER = ",".join(column.heading for column in scan_columns.COLUMNS).encode() + b"\r\n"


def export(reader: Reader, query: ExportQuery) -> ExportChunk:
    """The next lines above `after`."""
    scope = Scope(reader, query)
    table = reader.table(scan_columns.select(scope, f"id > {query.after}", "ASC", EXPORT_ROWS), scope.texts)
    head = _HEADER if query.format == "csv" and query.after < 0 else b""
    if not table.num_rows:
        return ExportChunk(head, 0, -1)
    shown = scan_columns.words(reader, table)
    at = shown.column_names.index("at_ms")
    shown = shown.set_column(at, "scanned_at", _times(shown["at_ms"]))
    lines = _csv if query.format == "csv" else _ndjson
    rows = shown.num_rows
    data = lines(shown)
    while len(data) > EXPORT_BYTES_MAX:  # unusually long texts: send fewer of them
        rows //= 2
        data = lines(shown.slice(0, rows))
    last = table["id"][rows - 1].as_py()
    is_last = rows == table.num_rows < EXPORT_ROWS
    return ExportChunk(head + data, rows, -1 if is_last else last)


def _csv(shown: pa.Table) -> bytes:
    safe = {
        name: _safe(shown[name]) if pa.types.is_string(shown[name].type) else shown[name]
        for name in shown.column_names
    }
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(pa.table(safe), sink, options)
    return sink.getvalue().replace(b"\n", b"\r\n")  # RFC 4180; no text holds a line break any more


def _safe(column: pa.ChunkedArray) -> pa.ChunkedArray:
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
