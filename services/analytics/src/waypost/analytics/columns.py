"""Scans as columns: what decoded batches become on their way into a columnar store.

Pure. Whatever cannot be stored is named and set aside, one scan at a time; the rest goes on.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from waypost.analytics.limits import AT_MS_MAX, AT_MS_MIN, QUARANTINE_REASON_CHARACTERS_MAX
from waypost.wire.codec import DECODE_ERRORS
from waypost.wire.scan import ScanV1

_ID_BYTES = 16
_VISITOR_BYTES = (0, 8)
_CLICK_ID_BYTES_MAX = 64
_ASN_MAX = 2**32 - 1
_ARRAY32 = b"\xdd"
_decode_scans = msgspec.msgpack.Decoder(list[ScanV1]).decode
_decode_scan = msgspec.msgpack.Decoder(ScanV1).decode

FIELDS: tuple[str, ...] = ScanV1.__struct_fields__
_POSITIONS = {name: FIELDS.index(name) for name in FIELDS}


class BadScan(Struct, frozen=True):
    """One scan that cannot be counted, and why."""

    index: int
    reason: str
    raw: bytes


class Columns:
    """Columns of ScanV1, by field name, growing batch by batch."""

    def __init__(self) -> None:
        self.lists: tuple[list[Any], ...] = tuple([] for _ in FIELDS)

    def __len__(self) -> int:
        return len(self.lists[0])

    def __getitem__(self, name: str) -> list[Any]:
        return self.lists[_POSITIONS[name]]

    def add(self, raws: Sequence[Raw]) -> list[BadScan]:
        """Append scans as they came from the wire; return those that were left out. They are decoded and
        looked over together; only when one of them does not fit, one by one to find which."""
        try:
            scans = _decode_scans(_ARRAY32 + len(raws).to_bytes(4, "big") + b"".join(map(bytes, raws)))
        except DECODE_ERRORS:
            scans = []
        bad: list[BadScan] = []
        columns = _columns(scans)
        if len(scans) != len(raws) or not _are_sound(columns):
            scans, bad = _sorted_out(raws)
            columns = _columns(scans)
        for column, values in zip(self.lists, columns, strict=True):
            column.extend(values)
        return bad


def _columns(scans: Sequence[ScanV1]) -> Sequence[Sequence[Any]]:
    if not scans:
        return [()] * len(FIELDS)
    return list(zip(*map(msgspec.structs.astuple, scans), strict=True))


def _are_sound(columns: Sequence[Sequence[Any]]) -> bool:
    """Whether none of the scans in these columns has a fault."""
    at_ms, link_ids, workspace_ids, visitors = columns[:4]
    click_ids, asns = columns[_POSITIONS["click_id"]], columns[_POSITIONS["asn"]]
    return bool(at_ms) and (
        set(map(len, link_ids)) == set(map(len, workspace_ids)) == {_ID_BYTES}
        and set(map(len, visitors)) <= set(_VISITOR_BYTES)
        and min(at_ms) >= AT_MS_MIN
        and max(at_ms) < AT_MS_MAX
        and max(map(len, click_ids)) <= _CLICK_ID_BYTES_MAX
        and min(asns) >= 0
        and max(asns) <= _ASN_MAX
    )


def _sorted_out(raws: Sequence[Raw]) -> tuple[list[ScanV1], list[BadScan]]:
    """Decode scans one by one: those that can be counted, and those that cannot."""
    good: list[ScanV1] = []
    bad: list[BadScan] = []
    for index, raw in enumerate(raws):
        try:
            scan = _decode_scan(raw)
        except DECODE_ERRORS as error:
            bad.append(BadScan(index, str(error)[:QUARANTINE_REASON_CHARACTERS_MAX], bytes(raw)))
            continue
        if why := fault(scan):
            bad.append(BadScan(index, why, bytes(raw)))
        else:
            good.append(scan)
    return good, bad


def fault(scan: ScanV1) -> str:
    """Why a decoded scan cannot be stored; empty when it can. Texts are bounded by the size of a message."""
    if len(scan.link_id) != _ID_BYTES or len(scan.workspace_id) != _ID_BYTES:
        return "link_id and workspace_id must have 16 bytes"
    if not AT_MS_MIN <= scan.at_ms < AT_MS_MAX:
        return "at_ms is outside 2000 to 2100"
    if len(scan.visitor) not in _VISITOR_BYTES:
        return "visitor must have 8 bytes or none"
    if len(scan.click_id) > _CLICK_ID_BYTES_MAX or not 0 <= scan.asn <= _ASN_MAX:
        return "click_id or asn is out of range"
    return ""
