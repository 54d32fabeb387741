"""Lines of an export, made column by column: every distinct text is written once, whatever the rows.

A column becomes cells that hold their own separators; joining the cells of a row gives its line. Nothing
here loops over rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

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

CSV_HEADER = ",".join(column.heading for column in COLUMNS).encode() + b"\r\n"


def _bytes(*codes: int) -> "np.ndarray[Any, Any]":
    return np.isin(np.arange(256), codes)


_CONTROL = _bytes(*range(0x20), 0x7F)
_FORMULA_START = _bytes(*b"=+-@")
_ESCAPED = _bytes(*range(0x20), *b'"\\')
"""The bytes that cannot stand in a JSON string as they are (RFC 8259, section 7)."""

_PAIRS_MAX = 4_096
"""Pairs of neighbouring cells that are written out before it is known which of them occur."""

_LOOKED_AT = 1_024
"""Values of a column that tell whether it is worth to look for those that are alike."""

_HARMLESS = {"scanned_at", "visitor_id"}
"""Texts that are made of digits and letters for this very export, one for nearly every row: they stand between
quotes as they are, and looking at each of their letters would cost as much as all the rest."""

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
    """One JSON object a line. Its first member, the id, is text, as ids are everywhere."""
    first, second, *others = shown.column_names
    between = [f'{{"{first}":"', f'","{second}":', *[f',"{name}":' for name in others], "}\n"]
    return _joined(shown, _json_texts, between)


def _joined(shown: pa.Table, write: WriteTexts, between: Sequence[str]) -> Lines:
    """Rows as one run of bytes: `between` stands before the first cell, between cells and behind the last."""
    cells: list[pa.StringArray | str] = []
    held: pa.DictionaryArray | None = None
    """The last cells, each distinct one once."""
    fixed = ""
    for before, name, column in zip(between[:-1], shown.column_names, shown.columns, strict=True):
        values = column.combine_chunks()
        fixed += before
        if name in _HARMLESS:
            cells += [*_spread(held), fixed + '"', values]
            held, fixed = None, '"'
            continue
        is_ready = pa.types.is_dictionary(values.type) or _is_rare(values)
        encoded = values if is_ready else values.dictionary_encode()
        distinct = encoded.dictionary if pa.types.is_dictionary(encoded.type) else values
        texts = write(distinct) if pa.types.is_string(distinct.type) else distinct.cast(pa.string())
        if len(texts) == 1:  # the same in every row
            fixed += texts[0].as_py()
            continue
        if distinct is values:
            cells += [*_spread(held), *([fixed] if fixed else []), texts]
            held, fixed = None, ""
            continue
        texts = pc.binary_join_element_wise(fixed, texts, "")
        fixed = ""
        more = pa.DictionaryArray.from_arrays(encoded.indices, texts)
        both = _side_by_side(held, more) if held is not None else None
        if both is None:
            cells += _spread(held)
        held = both or more
    cells += _spread(held) or [pa.repeat("", len(shown))]
    lines = pc.binary_join_element_wise(*cells, fixed + between[-1], "")
    _, offsets, data = lines.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return Lines(shown["id"].to_numpy(), places.astype(np.int64), memoryview(data or b""))


def _is_rare(values: pa.Array) -> bool:
    """Whether most values occur once, by the first of them."""
    some = values[:_LOOKED_AT]
    return len(some) > 1 and len(some.unique()) * 2 > len(some)


def _spread(cells: pa.DictionaryArray | None) -> list[pa.StringArray]:
    """A cell for each row."""
    return [] if cells is None else [pc.take(cells.dictionary, cells.indices)]


def _side_by_side(left: pa.DictionaryArray, right: pa.DictionaryArray) -> pa.DictionaryArray | None:
    """Two columns of cells as one that still says each pair once: because both hang on the same thing, such
    as all that a user agent says, or because there are few pairs. None when there are many."""
    if left.indices.equals(right.indices):
        # What one of them has more are words of codes that do not occur.
        used = min(len(left.dictionary), len(right.dictionary))
        pairs = pc.binary_join_element_wise(left.dictionary[:used], right.dictionary[:used], "")
        return pa.DictionaryArray.from_arrays(left.indices, pairs)
    wide = len(right.dictionary)
    if len(left.dictionary) * wide > min(_PAIRS_MAX, len(left)):
        return None
    every = np.arange(len(left.dictionary) * wide)
    pairs = pc.binary_join_element_wise(
        pc.take(left.dictionary, pa.array(every // wide)),
        pc.take(right.dictionary, pa.array(every % wide)),
        "",
    )
    places = left.indices.to_numpy().astype(np.int64) * wide + right.indices.to_numpy()
    return pa.DictionaryArray.from_arrays(places, pairs)


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
