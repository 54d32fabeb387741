"""Where the values of scans stand in the bytes of a batch, found for thousands of scans at a time.

A scan is a msgpack array of the fields of ScanV1. Walking over the first field of all scans, then over the
second, and so on, takes a few operations on arrays of numbers for each field, and no object for any scan; that
is several times as fast as decoding them. Whatever is not as `encode(ScanV1(...))` writes it and within its
bounds makes the walk stop: its caller then looks at each scan by itself.
"""

from typing import Any

import numpy as np
from msgspec import Struct

from waypost.analytics.limits import AT_MS_MAX, AT_MS_MIN, CLICK_ID_BYTES_MAX
from waypost.wire.scan import Outcome, ScanV1, Source

Numbers = np.ndarray[Any, Any]

UTM_COLUMNS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_FIELDS = ScanV1.__struct_fields__
SCAN_BEGINS = bytes((0xDC, 0, len(_FIELDS), 0xCF))
"""So many fields, and a moment of 8 bytes. No text can hold this, because the first two bytes are not UTF-8."""

_HEAD = {**dict(enumerate(SCAN_BEGINS)), 12: 0xC4, 13: 16, 30: 0xC4, 31: 16, 48: 0xC4}
"""How a scan begins (place and byte): after the moment, ids of 16 bytes and a visitor."""
_AT_MS, _LINK, _WORKSPACE, _VISITOR = 4, 14, 32, 49
_TEXT, _SHORT_TEXT_BYTES = 0xA0, 32
_LONGER_TEXTS = ((0xD9, 1), (0xDA, 2), (0xDB, 4))
_LONGER_NUMBERS = ((0xCC, 1), (0xCD, 2), (0xCE, 4))
_BYTES, _NIL, _FIVE = 0xC4, 0xC0, 0x95
_SEARCHED_BYTES = 128 * 1024
"""Searched at a time, so that what is found out about each byte needs no fresh memory, which costs more."""


class OtherShape(Exception):
    """These bytes are not scans as they are usually written."""


class Places(Struct, frozen=True):
    """The numbers of many scans, and where each of their texts begins and ends in `data`."""

    data: memoryview
    numbers: dict[str, Numbers]
    texts: dict[str, tuple[Numbers, Numbers]]

    def __len__(self) -> int:
        return len(self.numbers["at_ms"])


def walk(data: memoryview, counts: list[int], sizes: list[int]) -> Places:
    """Find the values of scans that follow each other without a seam: `counts` scans in `sizes` bytes for each
    batch. Raises OtherShape."""
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    begins = _begins(bytes_)
    if len(begins) != sum(counts):
        raise OtherShape
    path = _Path(bytes_, begins)
    ends = path.follow()
    firsts = np.cumsum([0, *counts])
    borders = np.cumsum([0, *sizes])
    if not np.array_equal(ends[firsts[1:] - 1], borders[1:]) or not np.array_equal(
        begins, np.concatenate(([0], ends[:-1]))
    ):
        raise OtherShape
    return Places(data, path.numbers, path.texts)


def _begins(data: Numbers) -> Numbers:
    """Where a scan may begin."""
    parts = [
        start + np.flatnonzero(data[start : start + _SEARCHED_BYTES] == _HEAD[0])
        for start in range(0, max(len(data), 1), _SEARCHED_BYTES)
    ]
    found = np.concatenate(parts)
    for place, byte in _HEAD.items():
        matches = data.take(found + place, mode="clip") == byte
        if not matches.all():
            found = found[matches]
    return found


class _Path:
    """A walk over many scans side by side. `at` is where each of them goes on."""

    def __init__(self, data: Numbers, begins: Numbers) -> None:
        self._data = data
        self.at = begins
        self.numbers: dict[str, Numbers] = {}
        self.texts: dict[str, tuple[Numbers, Numbers]] = {}

    def follow(self) -> Numbers:
        """Walk over all fields; where each scan ends."""
        begins = self.at
        at_ms = self._eight_bytes(begins + _AT_MS)
        _hold((at_ms >= AT_MS_MIN) & (at_ms < AT_MS_MAX))
        self.numbers["at_ms"] = at_ms.astype(np.int64)
        for name, place in (("link_id", _LINK), ("workspace_id", _WORKSPACE)):
            self.texts[name] = (begins + place, begins + place + 16)
        self._visitor(begins + _VISITOR)
        for name in _FIELDS[_FIELDS.index("visitor") + 1 :]:
            match name:
                case "source":
                    self._enumeration(name, len(Source))
                case "outcome":
                    self._enumeration(name, len(Outcome))
                case "asn":
                    self._number(name)
                case "utm":
                    self._utm()
                case "click_id":
                    self._click_id()
                case _:
                    self.texts[name] = self._text()
        return self.at

    def _here(self, ahead: int = 0) -> Numbers:
        """The byte at which each scan stands, or one that comes."""
        return self._data.take(self.at + ahead if ahead else self.at, mode="clip")

    def _eight_bytes(self, at: Numbers) -> Numbers:
        """Eight bytes from there as a number."""
        every = np.ndarray(max(len(self._data) - 7, 0), ">u8", self._data.data, 0, (1,))
        if len(at) and at[-1] >= len(every):
            raise OtherShape
        return every[at].astype(np.uint64)

    def _visitor(self, at: Numbers) -> None:
        length = self._data.take(at, mode="clip")
        known = length == 8
        _hold(known | (length == 0))
        visitors = np.zeros(len(at), dtype=np.uint64)
        visitors[known] = self._eight_bytes(at[known] + 1)
        self.numbers["visitor"] = visitors
        self.at = at + 1 + length

    def _enumeration(self, name: str, count: int) -> None:
        value = self._here()
        _hold(value < count)
        self.numbers[name] = value
        self.at = self.at + 1

    def _number(self, name: str) -> None:
        head = self._here()
        value = head.astype(np.uint32)
        self.at = self.at + 1
        if len(head) and head.max() > 0x7F:
            self._longer(head, value, head <= 0x7F, _LONGER_NUMBERS)
        self.numbers[name] = value

    def _text(self) -> tuple[Numbers, Numbers]:
        head = self._here()
        length: Numbers = head - np.uint8(_TEXT)
        self.at = self.at + 1
        if len(head) and length.max() >= _SHORT_TEXT_BYTES:
            lengths = length.astype(np.int64)
            self._longer(head, lengths, length < _SHORT_TEXT_BYTES, _LONGER_TEXTS)
            length = lengths
        begin, self.at = self.at, self.at + length
        return begin, self.at

    def _longer(
        self, head: Numbers, values: Numbers, known: Numbers, forms: tuple[tuple[int, int], ...]
    ) -> None:
        """Read numbers of several bytes behind `head` where one byte does not say it."""
        for code, width in forms:
            rows = np.flatnonzero(head == code)
            if len(rows):
                at = self.at[rows]
                value = np.zeros(len(rows), dtype=np.int64)
                for place in range(width):
                    value = value << 8 | self._data.take(at + place, mode="clip")
                values[rows] = value
                self.at[rows] += width
                known[rows] = True
        _hold(known)

    def _utm(self) -> None:
        head = self._here()
        self.at = self.at + 1
        some = np.flatnonzero(head == _FIVE)
        _hold((head == _NIL) | (head == _FIVE))
        nothing = self.at
        if len(some):
            inner = _Path(self._data, self.at[some])
            for name in UTM_COLUMNS:
                begin, end = nothing.copy(), nothing.copy()
                begin[some], end[some] = inner._text()
                self.texts[name] = begin, end
            self.at = nothing.copy()
            self.at[some] = inner.at
        else:
            self.texts.update(dict.fromkeys(UTM_COLUMNS, (nothing, nothing)))

    def _click_id(self) -> None:
        _hold(self._here() == _BYTES)
        length = self._here(1)
        _hold(length <= CLICK_ID_BYTES_MAX)
        begin = self.at + 2
        self.at = begin + length
        self.texts["click_id"] = begin, self.at


def _hold(condition: Numbers) -> None:
    if not condition.all():
        raise OtherShape
