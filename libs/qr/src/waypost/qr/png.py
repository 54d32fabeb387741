"""A small PNG writer: palettes of 1 to 8 bits and true colour. PNG specification, third edition."""

import zlib

import numpy as np
from numpy.typing import NDArray

from waypost.qr.raster import Indexed

Pixels = NDArray[np.uint8]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED, _RGB, _RGBA = 3, 2, 6
_NONE, _UP = 0, 2


def write_png(picture: Indexed | Pixels, dpi: int | None = None) -> bytes:
    """The PNG of a picture; `dpi` is noted in it when given."""
    chunks: list[tuple[bytes, bytes]] = []
    if isinstance(picture, Indexed):
        depth = _depth(len(picture.palette))
        height, width = picture.pixels.shape
        kind, level, lines = _INDEXED, 6, _differences(_pack(picture.pixels, depth))
        table = np.array(picture.palette, np.uint8)
        chunks.append((b"PLTE", table[:, :3].tobytes()))
        if (table[:, 3] < 255).any():
            chunks.append((b"tRNS", table[:, 3].tobytes()))
    else:
        height, width, bytes_per_pixel = picture.shape
        depth = 8
        kind = _RGB if bytes_per_pixel == 3 else _RGBA
        # Gradients and logos have few flat runs for a filter to find; level 3 without one is twice as fast as
        # level 6 with one, for a fifth more bytes.
        level, lines = 3, _as_they_are(picture)
    header = width.to_bytes(4) + height.to_bytes(4) + bytes((depth, kind, 0, 0, 0))
    if dpi:
        per_meter = round(dpi / 0.0254).to_bytes(4)
        chunks.append((b"pHYs", per_meter + per_meter + b"\x01"))
    data = zlib.compress(lines, level)
    order = {b"pHYs": 0, b"PLTE": 1, b"tRNS": 2}
    middle = sorted(chunks, key=lambda chunk: order[chunk[0]])
    return _SIGNATURE + b"".join(
        _chunk(*c) for c in ((b"IHDR", header), *middle, (b"IDAT", data), (b"IEND", b""))
    )


def _depth(colors: int) -> int:
    """The fewest bits that number that many colours."""
    return next(bits for bits in (1, 2, 4, 8) if colors <= 1 << bits)


def _pack(pixels: Pixels, depth: int) -> Pixels:
    """Several pixels into one byte, the first in the high bits."""
    if depth == 8:
        return pixels
    if depth == 1:
        return np.packbits(pixels, axis=1)
    per_byte = 8 // depth
    width = pixels.shape[1]
    if width % per_byte:
        pixels = np.pad(pixels, ((0, 0), (0, per_byte - width % per_byte)))
    packed: Pixels = pixels[:, 0::per_byte] << np.uint8(8 - depth)
    for position in range(1, per_byte):
        packed |= pixels[:, position::per_byte] << np.uint8(8 - depth * (position + 1))
    return packed


def _differences(rows: Pixels) -> bytes:
    """Scan lines as differences to the one above: what repeats downwards becomes zeros."""
    height, width = rows.shape
    lines = np.empty((height, width + 1), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    return lines.tobytes()


def _as_they_are(picture: Pixels) -> bytes:
    """Scan lines without a filter. One channel after the other: pixel by pixel takes six times as long."""
    height, width, channels = picture.shape
    lines = np.empty((height, width * channels + 1), np.uint8)
    lines[:, 0] = _NONE
    for channel in range(channels):
        lines[:, 1 + channel :: channels] = picture[..., channel]
    return lines.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
