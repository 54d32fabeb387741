"""Scans on their way into a columnar store: batches are decoded to rows, rows become Arrow columns.

Pure. Whatever cannot be stored is named and set aside, one scan at a time; the rest goes on.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta, Raw, Struct

from waypost.analytics.limits import AT_MS_MAX, AT_MS_MIN, QUARANTINE_REASON_CHARACTERS_MAX
from waypost.wire.codec import DECODE_ERRORS, decode_scan, decode_scan_batch, encode
from waypost.wire.scan import ScanV1

UTM_COLUMNS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_VISITOR_BYTES = {0, 8}
_CHUNK_SCANS = 2_000
"""Rows that become columns together: enough to be quick, few enough to be still in the processor's cache."""

_Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
_BOUNDS: dict[str, Any] = {
    "at_ms": Annotated[int, Meta(ge=AT_MS_MIN, lt=AT_MS_MAX)],
    "link_id": _Id,
    "workspace_id": _Id,
    "visitor": Annotated[bytes, Meta(max_length=max(_VISITOR_BYTES))],
    "asn": Annotated[int, Meta(ge=0, le=2**32 - 1)],
    "click_id": Annotated[bytes, Meta(max_length=64)],
}
"""What a scan must keep to beyond its types. Texts are bounded by the size of a message."""

_FIELDS = msgspec.structs.fields(ScanV1)
_TYPES: dict[str, pa.DataType] = {
    "at_ms": pa.int64(),
    "link_id": pa.binary(),
    "workspace_id": pa.binary(),
    "visitor": pa.binary(),
    "source": pa.uint8(),
    "outcome": pa.uint8(),
    "asn": pa.uint32(),
    "utm": pa.struct([(name, pa.string()) for name in UTM_COLUMNS]),
    "click_id": pa.binary(),
}
_ROW = pa.struct([(field.name, _TYPES.get(field.name, pa.string())) for field in _FIELDS])
_VISITOR_POSITION = ScanV1.__struct_fields__.index("visitor")

# A row of plain values is decoded and looked over in one go: an object for each scan would take as long again.
_RowType: Any = tuple[tuple(_BOUNDS.get(field.name, field.type) for field in _FIELDS)]  # type: ignore[misc]  # made of the fields at run time
_BatchType: Any = tuple[str, int, int, list[_RowType]]
_decode_rows = msgspec.msgpack.Decoder(_BatchType).decode
_convert_row = msgspec.msgpack.Decoder(_RowType).decode

Row = tuple[Any, ...]
"""The values of a ScanV1 that can be stored, in the order of its fields."""


class BadScan(Struct, frozen=True):
    """One scan that cannot be counted, and why."""

    reason: str
    raw: bytes


class Batch(Struct, frozen=True):
    """A decoded ScanBatchV1. Only when it is not `sound`, some of its scans are bad ones."""

    node: str
    epoch: int
    first: int
    scans: Sequence[Row | BadScan]
    sound: bool

    def rows(self, start: int, stop: int) -> list[Row]:
        """The scans from `start` to before `stop` that can be stored."""
        some: Any = self.scans[start:stop]
        return list(some) if self.sound else [each for each in some if not isinstance(each, BadScan)]


def read_batch(data: bytes) -> Batch:
    """Decode a message. Raises one of DECODE_ERRORS when it is no batch at all."""
    try:
        node, epoch, first, rows = _decode_rows(data)
    except DECODE_ERRORS:
        rows = []
    if rows and {len(row[_VISITOR_POSITION]) for row in rows} <= _VISITOR_BYTES:
        return Batch(node, epoch, first, rows, sound=True)
    # One of them does not fit, or an edge is of another version: look at each by itself.
    batch = decode_scan_batch(data)
    return Batch(batch.node, batch.epoch, batch.first, [_read_scan(raw) for raw in batch.scans], sound=False)


def _read_scan(raw: Raw) -> Row | BadScan:
    """Decode one scan, of whatever version."""
    try:
        row: Row = _convert_row(encode(decode_scan(raw)))
    except DECODE_ERRORS as error:
        return BadScan(str(error)[:QUARANTINE_REASON_CHARACTERS_MAX], bytes(raw))
    if len(row[_VISITOR_POSITION]) not in _VISITOR_BYTES:
        return BadScan("visitor must have 8 bytes or none", bytes(raw))
    return row


class Columns:
    """Scans as columns, growing batch by batch."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        """Rows that are not in a chunk yet."""
        self._chunks: list[pa.StructArray] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, rows: Sequence[Row]) -> None:
        """Append scans."""
        self._rows.extend(rows)
        self._length += len(rows)
        if len(self._rows) >= _CHUNK_SCANS:
            self._close_chunk()

    def table(self) -> pa.Table:
        """All scans: the fields of ScanV1, with five columns in place of `utm`."""
        self._close_chunk()
        columns: dict[str, pa.Array] = {
            field.name: pa.concat_arrays([chunk.field(field.name) for chunk in self._chunks])
            for field in _FIELDS
        }
        utm = columns.pop("utm")
        for name in UTM_COLUMNS:
            columns[name] = pc.fill_null(utm.field(name), "")
        return pa.table(columns)

    def _close_chunk(self) -> None:
        if self._rows or not self._chunks:
            self._chunks.append(pa.array(self._rows, _ROW))
            self._rows = []
