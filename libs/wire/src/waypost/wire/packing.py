"""Text packed for its way between two services: LZ4 blocks, made and opened faster than their text travels."""

import lz4.block

from waypost.wire.limits import EXPORT_TEXT_BYTES_MAX
from waypost.wire.scan_events import ExportChunk


class Damaged(Exception):
    """These bytes are not a packed text of that length."""


def pack(text: bytes | memoryview) -> bytes:
    """A block. It does not say how long its text is: the message around it does."""
    packed: bytes = lz4.block.compress(text, store_size=False)
    return packed


def unpack(packed: bytes, size: int) -> bytes:
    """The text of a block, which must be `size` bytes. Raises Damaged."""
    try:
        text: bytes = lz4.block.decompress(packed, uncompressed_size=size)
    except lz4.block.LZ4BlockError as error:
        raise Damaged(str(error)) from error
    if len(text) != size:
        raise Damaged(f"{len(text)} bytes instead of {size}")
    return text


def lines_of(chunk: ExportChunk) -> bytes:
    """The lines of a chunk of an export. Raises Damaged."""
    if not chunk.size:
        return chunk.data
    if chunk.size > EXPORT_TEXT_BYTES_MAX:
        raise Damaged(f"a chunk of {chunk.size} bytes")
    return unpack(chunk.data, chunk.size)
