"""Scans on their way into a columnar store: the bytes of batches become Arrow columns.

Pure. Whatever cannot be stored is named and set aside, one scan at a time; the rest goes on.
"""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Meta, Raw, Struct

from waypost.analytics.limits import (
    AT_MS_MAX,
    AT_MS_MIN,
    CLICK_ID_BYTES_MAX,
    QUARANTINE_REASON_CHARACTERS_MAX,
)
from waypost.analytics.walk import SCAN_BEGINS, UTM_COLUMNS, Numbers, OtherShape, Places, walk
from waypost.wire.codec import DECODE_ERRORS, decode_scan, encode
from waypost.wire.scan import ScanV1

_VISITOR_BYTES = {0, 8}
_MESSAGES_TOGETHER = 32
"""Messages whose scans become columns together: enough to be quick, few enough to be still in the processor's
cache."""

_Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
_BOUNDS: dict[str, Any] = {
    "at_ms": Annotated[int, Meta(ge=AT_MS_MIN, lt=AT_MS_MAX)],
    "link_id": _Id,
    "workspace_id": _Id,
    "visitor": Annotated[bytes, Meta(max_length=max(_VISITOR_BYTES))],
    "asn": Annotated[int, Meta(ge=0, le=2**32 - 1)],
    "click_id": Annotated[bytes, Meta(max_length=CLICK_ID_BYTES_MAX)],
}
"""What a scan must keep to beyond its types. Texts are bounded by the size of a message."""

_FIELDS = msgspec.structs.fields(ScanV1)
_VISITOR_POSITION = ScanV1.__struct_fields__.index("visitor")
_LONG_ARRAY, _LONG_HEAD, _SHORT_ARRAY, _NIL = b"\xdc", 3, 0x90, b"\xc0"
_NOTHING = pa.array([b""])
_WORD_BYTES = 8
_LAST_BYTES = np.array([2**64 - 2 ** (64 - 8 * length) for length in range(_WORD_BYTES)], dtype=np.uint64)
"""For each length of a text, what it has of the word that ends with it."""
_COMPARED_BYTES_MAX = 32
"""Longer texts are not looked at for being all the same, which costs more than it saves."""
_RowType: Any = tuple[tuple(_BOUNDS.get(field.name, field.type) for field in _FIELDS)]  # type: ignore[misc]  # made of the fields at run time
_check_row = msgspec.msgpack.Decoder(_RowType).decode
_decode_head = msgspec.msgpack.Decoder(tuple[str, int, int, Raw]).decode
_decode_scans = msgspec.msgpack.Decoder(list[Raw]).decode

_NUMBERS = {
    "at_ms": pa.int64(),
    "visitor": pa.uint64(),
    "source": pa.uint8(),
    "outcome": pa.uint8(),
    "asn": pa.uint32(),
}
_OF_BYTES = ("link_id", "workspace_id", "click_id")
_NAMES = [name for field in _FIELDS for name in (UTM_COLUMNS if field.name == "utm" else (field.name,))]
_SCHEMA = pa.schema(
    (name, _NUMBERS.get(name) or pa.dictionary(pa.int32(), pa.binary() if name in _OF_BYTES else pa.string()))
    for name in _NAMES
)
"""The fields of ScanV1, with five columns in place of `utm`. Each distinct text is there once; a visitor is a
number, 0 for who is not told apart."""


class BadScan(Struct, frozen=True):
    """One scan that cannot be counted, and why."""

    reason: str
    raw: bytes


class BadBatch(Struct, frozen=True):
    """A message that is no batch of scans at all."""

    reason: str


class Rows(Struct, frozen=True):
    """The scans from `start` to before `stop` of a table that holds those of several batches."""

    table: pa.Table
    start: int
    stop: int


class Batch(Struct, frozen=True):
    """A decoded ScanBatchV1: so many scans, of which `good` can be counted; the others are named by their
    position in it."""

    node: str
    epoch: int
    first: int
    count: int
    good: Rows
    bad: dict[int, BadScan]

    def rows(self, start: int, stop: int) -> Rows:
        """The good ones of the scans from `start` to before `stop`."""
        low, high = (
            self.good.start + end - sum(position < end for position in self.bad) for end in (start, stop)
        )
        return Rows(self.good.table, low, high)


class _Head(Struct, frozen=True):
    """A batch before its scans are looked at: `scans` is a msgpack array."""

    node: str
    epoch: int
    first: int
    scans: memoryview


def read_batches(messages: Sequence[bytes]) -> list[Batch | BadBatch]:
    """Decode messages, in order."""
    heads = [_read_head(data) for data in messages]
    batches = _read([head for head in heads if isinstance(head, _Head)])
    return [head if isinstance(head, BadBatch) else next(batches) for head in heads]


def _read_head(data: bytes) -> _Head | BadBatch:
    first_scan = data.find(SCAN_BEGINS)
    begin = first_scan - (_LONG_HEAD if data[first_scan - _LONG_HEAD : first_scan - 2] == _LONG_ARRAY else 1)
    if begin > 0:
        # Passing over the scans one value at a time would cost as much as reading some of them.
        with contextlib.suppress(*DECODE_ERRORS):  # no usual batch
            node, epoch, first, _ = _decode_head(data[:begin] + _NIL)
            return _Head(node, epoch, first, memoryview(data)[begin:])
    try:
        node, epoch, first, scans = _decode_head(data)
    except DECODE_ERRORS as error:
        return BadBatch(str(error))
    return _Head(node, epoch, first, memoryview(scans))


def _read(heads: Sequence[_Head]) -> Iterator[Batch | BadBatch]:
    """Many together; where that fails, each by itself."""
    groups = [heads[start : start + _MESSAGES_TOGETHER] for start in range(0, len(heads), _MESSAGES_TOGETHER)]
    # The same place for all of them: fresh memory costs as much as what is copied into it.
    place = memoryview(bytearray(max((sum(len(head.scans) for head in some) for some in groups), default=0)))
    for some in groups:
        try:
            yield from _together(some, place)
        except OtherShape:
            for head in some:
                try:
                    yield from _together([head], place)
                except OtherShape:
                    # A scan does not fit, or an edge is of another version.
                    yield _one_by_one(head)


def _together(heads: Sequence[_Head], place: memoryview) -> list[Batch]:
    """Batches whose scans all are as they are usually written, read from a copy at `place`. Raises OtherShape."""
    parts = [_cut(head.scans) for head in heads]
    counts = [count for count, _ in parts]
    sizes = [len(scans) for _, scans in parts]
    borders = list(itertools.accumulate(sizes, initial=0))
    for (_, scans), (begin, end) in zip(parts, itertools.pairwise(borders), strict=True):
        place[begin:end] = scans
    table = _table(walk(place[: borders[-1]], counts, sizes))
    ends = itertools.accumulate(counts)
    return [
        Batch(head.node, head.epoch, head.first, count, Rows(table, end - count, end), {})
        for head, count, end in zip(heads, counts, ends, strict=True)
    ]


def _cut(array: memoryview) -> tuple[int, memoryview]:
    """How many scans a msgpack array has, and where they stand. Raises OtherShape."""
    if array[:1] == _LONG_ARRAY:
        count, scans = int.from_bytes(array[1:_LONG_HEAD]), array[_LONG_HEAD:]
    elif array[0] & 0xF0 == _SHORT_ARRAY:
        count, scans = array[0] & 0x0F, array[1:]
    else:
        raise OtherShape
    if not count:
        raise OtherShape
    return count, scans


def _one_by_one(head: _Head) -> Batch | BadBatch:
    """Decode each scan, of whatever version, and write it anew as it is usually written."""
    try:
        raws = _decode_scans(head.scans)
    except DECODE_ERRORS as error:
        return BadBatch(str(error))
    scans = [_usual(raw) for raw in raws]
    good = [each for each in scans if isinstance(each, bytes)]
    table = (
        _table(walk(memoryview(b"".join(good)), [len(good)], [sum(map(len, good))]))
        if good
        else _SCHEMA.empty_table()
    )
    bad = {position: each for position, each in enumerate(scans) if isinstance(each, BadScan)}
    return Batch(head.node, head.epoch, head.first, len(scans), Rows(table, 0, len(good)), bad)


def _usual(raw: Raw) -> bytes | BadScan:
    try:
        usual = encode(decode_scan(raw))
        row = _check_row(usual)
    except DECODE_ERRORS as error:
        return BadScan(str(error)[:QUARANTINE_REASON_CHARACTERS_MAX], bytes(raw))
    if len(row[_VISITOR_POSITION]) not in _VISITOR_BYTES:
        return BadScan("visitor must have 8 bytes or none", bytes(raw))
    return usual


def _table(places: Places) -> pa.Table:
    """Values at these places as columns. Raises OtherShape for what is no text."""
    try:
        columns = [
            pa.array(places.numbers[field.name], field.type)
            if field.name in _NUMBERS
            else _texts(places.data, *places.texts[field.name], field.type.value_type)
            for field in _SCHEMA
        ]
    except pa.ArrowInvalid as error:  # not UTF-8
        raise OtherShape from error
    return pa.Table.from_arrays(columns, schema=_SCHEMA)


def _texts(data: memoryview, begins: Numbers, ends: Numbers, kind: pa.DataType) -> pa.DictionaryArray:
    """The bytes at these places, each distinct ones once."""
    lengths = ends - begins
    shortest, longest = int(lengths.min()), int(lengths.max())
    numbers = np.zeros(len(begins), dtype=np.int32)
    # A text stands far behind the start of its scan, so there is always a word that ends with it.
    words = np.ndarray(len(data) - _WORD_BYTES + 1, "<u8", data, 0, (1,))
    if not longest:
        distinct = _NOTHING
    elif longest < _WORD_BYTES:
        # Such a text and its length together are one number.
        whole = words[ends - _WORD_BYTES] & _LAST_BYTES[lengths] | lengths.view(np.uint64)
        if not _are_alike(whole):
            encoded = pa.array(whole).dictionary_encode()
            numbers, whole = encoded.indices, encoded.dictionary.to_numpy()
            distinct = _of_words(whole)
        else:
            distinct = _of_words(whole[:1])
    elif shortest == longest <= _COMPARED_BYTES_MAX and all(
        _are_alike(words[ends - back]) for back in {*range(_WORD_BYTES, longest, _WORD_BYTES), longest}
    ):
        distinct = _bytes(data, begins[:1], ends[:1])
    else:
        encoded = _bytes(data, begins, ends).dictionary_encode()
        numbers, distinct = encoded.indices, encoded.dictionary
    return pa.DictionaryArray.from_arrays(numbers, distinct.cast(kind))


def _are_alike(values: Numbers) -> bool:
    return bool((values == values[0]).all())


def _of_words(whole: Numbers) -> pa.Array:
    """Short texts, which are the last bytes of these words; the first byte says how many."""
    ends = np.arange(1, len(whole) + 1) * _WORD_BYTES
    return _bytes(whole.tobytes(), ends - (whole & np.uint64(0xFF)).astype(np.int64), ends)


def _bytes(data: bytes | memoryview, begins: Numbers, ends: Numbers) -> pa.Array:
    """What stands at these places, which follow each other."""
    # The wanted and what lies between them, by turns; every second one is taken.
    count = len(begins)
    offsets = np.empty(2 * count, dtype=np.int32)
    offsets[::2], offsets[1::2] = begins, ends
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    every = pa.Array.from_buffers(pa.binary(), 2 * count - 1, buffers)
    return every.take(pa.array(np.arange(0, 2 * count, 2)))


class Columns:
    """Scans as columns, growing batch by batch."""

    def __init__(self) -> None:
        self._parts: list[Rows] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, rows: Rows) -> None:
        """Append scans."""
        self._length += rows.stop - rows.start
        last = self._parts[-1] if self._parts else None
        if last is not None and last.table is rows.table and last.stop == rows.start:
            self._parts[-1] = Rows(last.table, last.start, rows.stop)
        else:
            self._parts.append(rows)

    def table(self) -> pa.Table:
        """All scans, each column in one piece."""
        parts = [part.table.slice(part.start, part.stop - part.start) for part in self._parts]
        return pa.concat_tables([_SCHEMA.empty_table(), *parts]).combine_chunks()
