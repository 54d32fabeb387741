"""Frames and segments: how one scan lies in the spool. Pure over bytes.

    segment = magic "WPSPOOL1" | u64 epoch | u16 node length | node | u32 crc32 of all before | frames
    frame   = u32 magic | u32 payload length | u32 crc32 | u64 offset | payload

Integers are big-endian. A frame's checksum covers offset and payload and starts from the epoch, so
that a block of another spool is never taken for one of this. `offset` counts the scans of an epoch.
"""

import re
import struct
from collections.abc import Iterator
from zlib import crc32

from msgspec import Struct

from waypost.redirect.limits import FRAME_PAYLOAD_BYTES_MAX

FRAME_MAGIC = b"\xa7WPF"
SEGMENT_MAGIC = b"WPSPOOL1"
_HEAD = struct.Struct(">4sIIQ")
_SEGMENT_HEAD = struct.Struct(">8sQH")
_U64 = struct.Struct(">Q")
HEAD_BYTES = _HEAD.size
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})-([0-9a-f]{8})\.seg")


class Frame(Struct, frozen=True):
    """One scan as the worker wrote it, and where the next frame begins."""

    offset: int
    payload: bytes
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
    """One frame. `seed` is `epoch_seed` of its spool epoch."""
    checksum = crc32(payload, crc32(_U64.pack(offset), seed))
    return _HEAD.pack(FRAME_MAGIC, len(payload), checksum, offset) + payload


def join_frames(seed: int, first: int, payloads: list[bytes]) -> bytes:
    """`encode_frame` of consecutive offsets, one behind the other."""
    pack_head, pack_offset, magic = _HEAD.pack, _U64.pack, FRAME_MAGIC
    parts: list[bytes] = []
    add = parts.append
    for offset, payload in enumerate(payloads, first):
        add(pack_head(magic, len(payload), crc32(payload, crc32(pack_offset(offset), seed)), offset))
        add(payload)
    return b"".join(parts)


def read_frame(data: bytes, position: int, seed: int) -> Frame | None:
    """The whole, unaltered frame at exactly this position, or None."""
    start = position + HEAD_BYTES
    if start > len(data):
        return None
    magic, length, checksum, offset = _HEAD.unpack_from(data, position)
    end = start + length
    if magic != FRAME_MAGIC or length > FRAME_PAYLOAD_BYTES_MAX or end > len(data):
        return None
    payload = data[start:end]
    if crc32(payload, crc32(data[position + 12 : start], seed)) != checksum:
        return None
    return Frame(offset, payload, end)


def find_frame(data: bytes, position: int, seed: int, offset_min: int) -> Frame | None:
    """The first whole frame at or behind a position whose offset is not below `offset_min`.

    This is how reading goes on behind damage: what lies between is skipped, and nothing that was not
    written is ever returned.
    """
    while (position := data.find(FRAME_MAGIC, position)) >= 0:
        frame = read_frame(data, position, seed)
        if frame is not None and frame.offset >= offset_min:
            return frame
        position += 1
    return None


def read_frames(data: bytes, seed: int, offset_min: int = 0) -> Iterator[Frame]:
    """Every frame that survives in these bytes, offsets strictly rising. Never raises."""
    position = 0
    while (frame := find_frame(data, position, seed, offset_min)) is not None:
        yield frame
        position, offset_min = frame.end, frame.offset + 1
