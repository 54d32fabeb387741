"""Lines of an export, made column by column: every distinct text is written once, whatever the rows.

A column becomes cells that hold their own separators; joining the cells of a row gives its line. Nothing
here loops over rows.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.reports.scan_columns import COLUMNS

_CONTROL_CHARACTERS = r"[\x00-\x1f\x7f]"
_FORMULA = r"^[=+\-@]"
"""A cell that begins so is calculated by spreadsheets (OWASP: CSV injection); a leading apostrophe makes it
text. Tabs and carriage returns, which can begin a formula too, never leave at all."""

_UNSAFE = f"{_CONTROL_CHARACTERS}|{_FORMULA}"
CSV_HEADER = ",".join(column.heading for column in COLUMNS).encode() + b"\r\n"

WriteTexts = Callable[[pa.StringArray], pa.StringArray]
"""Turns distinct texts into cells, in order."""


class Lines(Struct, frozen=True):
    """Finished lines of consecutive rows: `data` from `offsets[n]` to `offsets[n + 1]` is the line of `ids[n]`."""

    ids: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    offsets: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    data: memoryview

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, bytes_max: int) -> int:
        """How many lines fit into so many bytes; one at least, so that an export always goes on."""
        limit = self.offsets[0] + bytes_max
        return max(1, int(np.searchsorted(self.offsets, limit, side="right")) - 1)

    def text(self, count: int) -> bytes:
        """The first so many lines."""
        return bytes(self.data[self.offsets[0] : self.offsets[count]])

    def behind(self, count: int) -> "Lines":
        """The lines after the first so many."""
        return Lines(self.ids[count:], self.offsets[count:], self.data)


def csv_lines(shown: pa.Table) -> Lines:
    """Lines that are safe to open in a spreadsheet (RFC 4180): texts are quoted, formulas defused, control
    characters are spaces."""
    between = ["", *[","] * (shown.num_columns - 1), "\r\n"]
    return _joined(shown, _csv_texts, between)


def ndjson_lines(shown: pa.Table) -> Lines:
    """One JSON object a line."""
    first, *others = shown.column_names
    between = [f'{{"{first}":', *[f',"{name}":' for name in others], "}\n"]
    return _joined(shown, _json_texts, between)


def _joined(shown: pa.Table, write: WriteTexts, between: Sequence[str]) -> Lines:
    """Rows as one run of bytes: `between` stands before the first cell, between cells and behind the last."""
    cells: list[pa.StringArray | str] = []
    held: pa.DictionaryArray | None = None
    """Cells that hang on the same thing, such as all that a user agent says: joined once for each."""
    fixed = ""
    for before, column in zip(between[:-1], shown.columns, strict=True):
        values = column.combine_chunks()
        fixed += before
        if pa.types.is_string(values.type):
            values = values.dictionary_encode()
        is_text = pa.types.is_dictionary(values.type)
        texts = write(values.dictionary) if is_text else values.cast(pa.string())
        if is_text and len(texts) == 1:  # the same in every row
            fixed += texts[0].as_py()
            continue
        texts = pc.binary_join_element_wise(fixed, texts, "")
        fixed = ""
        if is_text and held is not None and held.indices.equals(values.indices):
            held = pa.DictionaryArray.from_arrays(
                held.indices, pc.binary_join_element_wise(held.dictionary, texts, "")
            )
            continue
        if held is not None:
            cells.append(pc.take(held.dictionary, held.indices))
        held = pa.DictionaryArray.from_arrays(values.indices, texts) if is_text else None
        if not is_text:
            cells.append(texts)
    if held is not None:
        cells.append(pc.take(held.dictionary, held.indices))
    lines = pc.binary_join_element_wise(*cells, fixed + between[-1], "")
    _, offsets, data = lines.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return Lines(shown["id"].to_numpy(), places.astype(np.int64), memoryview(data or b""))


def _csv_texts(distinct: pa.StringArray) -> pa.StringArray:
    if pc.any(pc.match_substring_regex(distinct, _UNSAFE)).as_py():
        clean = pc.replace_substring_regex(distinct, _CONTROL_CHARACTERS, " ")
        guarded = pc.binary_join_element_wise("'", clean, "")
        distinct = pc.if_else(pc.match_substring_regex(clean, _FORMULA), guarded, clean)
    return pc.binary_join_element_wise('"', pc.replace_substring(distinct, '"', '""'), '"', "")


def _json_texts(distinct: pa.StringArray) -> pa.StringArray:
    encode = msgspec.json.Encoder().encode
    return pa.array([encode(text).decode() for text in distinct.to_pylist()], pa.string())
