"""Lines of an export, made column by column: every distinct text is written once, whatever the rows.

Nothing here loops over rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.reports.export_cells import Cells, Places
from waypost.analytics.reports.scan_columns import COLUMNS

_CONTROL_CHARACTERS = r"[\x00-\x1f\x7f]"
_FORMULA = r"^[=+\-@]"
"""A cell that begins so is calculated by spreadsheets (OWASP: CSV injection); a leading apostrophe makes it
text. Tabs and carriage returns, which can begin a formula too, never leave at all."""

CSV_HEADER = ",".join(column.heading for column in COLUMNS).encode() + b"\r\n"


def _bytes(*codes: int) -> "np.ndarray[Any, Any]":
    return np.isin(np.arange(256), codes)


_CONTROL = _bytes(*range(0x20), 0x7F)
_FORMULA_START = _bytes(*b"=+-@")
_ESCAPED = _bytes(*range(0x20), *b'"\\')
"""The bytes that cannot stand in a JSON string as they are (RFC 8259, section 7)."""

_LOOKED_AT = 1_024
"""Values of a column that tell whether it is worth to look for those that are alike."""

_HARMLESS = {"scanned_at", "visitor_id"}
"""Texts that are made of digits and letters for this very export, one for nearly every row: they stand between
quotes as they are, and looking at each of their letters would cost as much as all the rest."""

WriteTexts = Callable[[pa.StringArray], pa.StringArray]
"""Turns distinct texts into cells, in order."""


class Lines(Struct, frozen=True):
    """Written lines of consecutive rows: `data` from `offsets[n]` to `offsets[n + 1]` is the line of `ids[n]`."""

    ids: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    offsets: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    data: memoryview

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, bytes_max: int) -> int:
        """How many lines fit into so many bytes; one at least, so that an export always goes on."""
        limit = self.offsets[0] + bytes_max
        return max(1, int(np.searchsorted(self.offsets, limit, side="right")) - 1)

    def text(self, count: int) -> memoryview:
        """The first so many lines."""
        return self.data[self.offsets[0] : self.offsets[count]]


class Rows(Struct, frozen=True):
    """Rows by id whose lines are written some at a time: so they are still in the processor's cache when they are
    packed, and the memory they take is that of the lines before."""

    ids: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    order: Places
    cells: Cells

    def __len__(self) -> int:
        return len(self.ids)

    def lines(self, first: int, last: int) -> Lines:
        """The lines of the rows from `first` on, before `last`."""
        offsets, data = self.cells.written(self.order[first:last])
        return Lines(self.ids[first:last], offsets, data)


def csv_rows(shown: pa.Table) -> Rows:
    """Lines that are safe to open in a spreadsheet (RFC 4180): texts are quoted, formulas defused, control
    characters are spaces."""
    between = ["", *[","] * (shown.num_columns - 1), "\r\n"]
    return _joined(shown, _csv_texts, between, nobody='""')


def ndjson_rows(shown: pa.Table) -> Rows:
    """One JSON object a line. Its first member, the id, is text, as ids are everywhere; a visitor who is not told
    apart is null, as in lists."""
    first, second, *others = shown.column_names
    between = [f'{{"{first}":"', f'","{second}":', *[f',"{name}":' for name in others], "}\n"]
    return _joined(shown, _json_texts, between, nobody="null")


def _joined(shown: pa.Table, write: WriteTexts, between: Sequence[str], *, nobody: str) -> Rows:
    """Rows by id: `between` stands before the first cell, between cells and behind the last; `nobody` for a
    visitor who is not told apart."""
    cells = Cells(len(shown))
    for before, name, column in zip(between[:-1], shown.column_names, shown.columns, strict=True):
        cells.add_text(before)
        values = column.combine_chunks()
        if name == "visitor_id" and pc.any(unknown := pc.equal(values, "")).as_py():
            cells.add_each(pc.if_else(unknown, nobody, pc.binary_join_element_wise('"', values, '"', "")))
            continue
        if name in _HARMLESS:
            cells.add_text('"')
            cells.add_each(values)
            cells.add_text('"')
            continue
        if pa.types.is_string(values.type) and _are_alike(values):
            cells.add_text(write(values[:1])[0].as_py())
            continue
        is_ready = pa.types.is_dictionary(values.type) or _is_rare(values)
        encoded = values if is_ready else values.dictionary_encode()
        distinct = encoded.dictionary if pa.types.is_dictionary(encoded.type) else values
        texts = write(distinct) if pa.types.is_string(distinct.type) else distinct.cast(pa.string())
        if len(texts) == 1:
            cells.add_text(texts[0].as_py())
        elif distinct is values:
            cells.add_each(texts)
        else:
            cells.add_alike(texts, encoded.indices.to_numpy())
    cells.add_text(between[-1])
    ids = shown["id"].to_numpy()
    order = np.argsort(ids)
    return Rows(ids[order], order, cells)


def _are_alike(texts: pa.StringArray) -> bool:
    """Whether all rows have the same text, as most have none of a referrer or a campaign: seen without looking at
    each text by itself."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    lengths = np.diff(places)
    if not (lengths == lengths[0]).all():
        return False
    letters = np.frombuffer(data or b"", dtype=np.uint8)[places[0] : places[-1]].reshape(
        len(texts), lengths[0]
    )
    return bool((letters[1:] == letters[0]).all())


def _is_rare(values: pa.Array) -> bool:
    """Whether most values occur once, by the first of them."""
    some = values[:_LOOKED_AT]
    return len(some) > 1 and len(some.unique()) * 2 > len(some)


def _csv_texts(distinct: pa.StringArray) -> pa.StringArray:
    starts, letters = _letters(distinct)
    if _CONTROL[letters].any() or _FORMULA_START[letters[starts]].any():
        clean = pc.replace_substring_regex(distinct, _CONTROL_CHARACTERS, " ")
        guarded = pc.binary_join_element_wise("'", clean, "")
        distinct = pc.if_else(pc.match_substring_regex(clean, _FORMULA), guarded, clean)
    if (letters == ord('"')).any():
        distinct = pc.replace_substring(distinct, '"', '""')
    return pc.binary_join_element_wise('"', distinct, '"', "")


def _json_texts(distinct: pa.StringArray) -> pa.StringArray:
    _, letters = _letters(distinct)
    if not _ESCAPED[letters].any():
        return pc.binary_join_element_wise('"', distinct, '"', "")
    encode = msgspec.json.Encoder().encode
    return pa.array([encode(text).decode() for text in distinct.to_pylist()], pa.string())


def _letters(texts: pa.StringArray) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """The bytes of all texts one after the other, behind the places at which those begin that have any."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.frombuffer(data or b"", dtype=np.uint8)[places[0] : places[-1]]
    return places[:-1][places[:-1] < places[1:]] - places[0], letters
