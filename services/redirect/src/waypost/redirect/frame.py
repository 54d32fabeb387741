"""Frames and segments: how scans lie in the spool. Pure over bytes.

    segment = magic "WPSPOOL1" | u64 epoch | u16 node length | node | u32 crc32 of all before | frames
    frame   = u32 magic | u32 payload length | u32 crc32 | u64 offset | payload
    payload = a scan | of a run: u16 count | u16 length of each | scans

Integers are big-endian. A frame's checksum covers offset and payload and starts from the epoch, so
that a block of another spool is never taken for one of this. `offset` counts the scans of an epoch; a run
has consecutive ones, its own is that of the first. What was recorded in one turn of the event loop is written
as runs: a third of the work, and of the bytes that are no scan next to none.
"""

import re
import struct
from collections.abc import Iterator
from itertools import accumulate, pairwise
from zlib import crc32

from msgspec import Struct

from waypost.redirect.limits import FRAME_PAYLOAD_BYTES_MAX, RUN_SCANS_BYTES_MAX, RUN_SCANS_MAX

_MAGIC_START = b"\xa7WP"
_SCAN_MAGIC, _RUN_MAGIC = _MAGIC_START + b"F", _MAGIC_START + b"R"
SEGMENT_MAGIC = b"WPSPOOL1"
_HEAD = struct.Struct(">4sIIQ")
_SEGMENT_HEAD = struct.Struct(">8sQH")
_U64 = struct.Struct(">Q")
HEAD_BYTES = _HEAD.size
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})-([0-9a-f]{8})\.seg")


_RUN_HEADS = [struct.Struct(f">{1 + count}H") for count in range(RUN_SCANS_MAX + 1)]
"""Count and lengths of a run, by its count."""

_COUNT_BYTES = 2
_PAYLOAD_BYTES_MAX = {
    _SCAN_MAGIC: FRAME_PAYLOAD_BYTES_MAX,
    _RUN_MAGIC: RUN_SCANS_BYTES_MAX + _RUN_HEADS[RUN_SCANS_MAX].size,
}
FRAME_BYTES_MAX = HEAD_BYTES + max(_PAYLOAD_BYTES_MAX.values())


class Frame(Struct, frozen=True):
    """Scans as the worker wrote them, the offset of the first, and where the next frame begins."""

    offset: int
    payloads: tuple[bytes, ...]
    end: int


class SegmentName(Struct, frozen=True, order=True):
    """What a segment's file name says. Names sort in the order in which they were written.

    `number` counts the segments of an epoch: one that is written again after a disk error may begin
    with the same offset as the one it replaces.
    """

    epoch: int
    first: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch:016x}-{self.first:016x}-{self.number:08x}.seg"


def parse_name(text: str) -> SegmentName | None:
    """The segment a file name stands for; None for any other file."""
    found = _NAME.fullmatch(text)
    return SegmentName(*(int(part, 16) for part in found.groups())) if found else None


def segment_head(epoch: int, node: str) -> bytes:
    """The first bytes of a segment. They are for people and for checks; recovery works without them."""
    raw = node.encode()
    head = _SEGMENT_HEAD.pack(SEGMENT_MAGIC, epoch, len(raw)) + raw
    return head + crc32(head).to_bytes(4, "big")


def epoch_seed(epoch: int) -> int:
    """The value from which the checksums of an epoch's frames start."""
    return crc32(_U64.pack(epoch))


def encode_frame(seed: int, offset: int, payload: bytes) -> bytes:
    """One scan. `seed` is `epoch_seed` of its spool epoch."""
    return _frame(_SCAN_MAGIC, seed, offset, payload)


def encode_frames(seed: int, first: int, payloads: list[bytes]) -> bytes:
    """Scans of consecutive offsets, each of at most FRAME_PAYLOAD_BYTES_MAX: in runs, as far as their limits allow."""
    frames: list[bytes] = []
    for start in range(0, len(payloads), RUN_SCANS_MAX):
        run = payloads[start : start + RUN_SCANS_MAX]
        count, lengths = len(run), list(map(len, run))
        if count > 1 and sum(lengths) <= RUN_SCANS_BYTES_MAX:
            payload = b"".join((_RUN_HEADS[count].pack(count, *lengths), *run))
            frames.append(_frame(_RUN_MAGIC, seed, first + start, payload))
        else:
            frames += [encode_frame(seed, first + start + index, scan) for index, scan in enumerate(run)]
    return b"".join(frames)


def read_frame(data: bytes, position: int, seed: int) -> Frame | None:
    """The whole, unaltered frame at exactly this position, or None."""
    start = position + HEAD_BYTES
    if start > len(data):
        return None
    magic, length, checksum, offset = _HEAD.unpack_from(data, position)
    end = start + length
    if length > _PAYLOAD_BYTES_MAX.get(magic, -1) or end > len(data):
        return None
    payload = data[start:end]
    if crc32(payload, crc32(data[position + 12 : start], seed)) != checksum:
        return None
    payloads = _scans(payload) if magic == _RUN_MAGIC else (payload,)
    return Frame(offset, payloads, end) if payloads else None


def find_frame(data: bytes, position: int, seed: int, offset_min: int) -> Frame | None:
    """The first whole frame at or behind a position that has a scan whose offset is not below `offset_min`.

    This is how reading goes on behind damage: what lies between is skipped, and nothing that was not
    written is ever returned.
    """
    while (position := data.find(_MAGIC_START, position)) >= 0:
        frame = read_frame(data, position, seed)
        if frame is not None and frame.offset + len(frame.payloads) > offset_min:
            return frame
        position += 1
    return None


def read_scans(data: bytes, seed: int, offset_min: int = 0) -> Iterator[tuple[int, bytes]]:
    """Every scan that survives in these bytes, with its offset; offsets strictly rise. Never raises."""
    position = 0
    while (frame := find_frame(data, position, seed, offset_min)) is not None:
        for offset, payload in enumerate(frame.payloads, frame.offset):
            if offset >= offset_min:
                yield offset, payload
        position, offset_min = frame.end, frame.offset + len(frame.payloads)


def _frame(magic: bytes, seed: int, offset: int, payload: bytes) -> bytes:
    checksum = crc32(payload, crc32(_U64.pack(offset), seed))
    return _HEAD.pack(magic, len(payload), checksum, offset) + payload


def _scans(run: bytes) -> tuple[bytes, ...]:
    """The scans of a run's payload; none when it is not one, as a checksum can be right by chance."""
    count = int.from_bytes(run[:_COUNT_BYTES], "big")
    head = _RUN_HEADS[min(count, RUN_SCANS_MAX)]
    if count > RUN_SCANS_MAX or len(run) < head.size:
        return ()
    ends = list(accumulate(head.unpack_from(run)[1:], initial=head.size))
    return tuple(run[start:end] for start, end in pairwise(ends)) if ends[-1] == len(run) else ()
