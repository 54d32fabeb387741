"""A logo ready to draw: a small clean PNG and its size. `sandbox.read_logo` makes one from an upload."""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from waypost.qr.faults import LogoRefused
from waypost.qr.limits import MAX_LOGO_BYTES, MAX_LOGO_THUMBNAIL_BYTES, MAX_LOGO_THUMBNAIL_PX
from waypost.qr.vector import is_svg

Pixels = NDArray[np.uint8]

SVG = "SVG"
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Logo:
    """A PNG that the worker wrote, at most 1024 px a side. Construct with `Logo.trusted`."""

    png: bytes
    width: int
    height: int

    @classmethod
    def trusted(cls, png: bytes) -> "Logo":
        """A logo from bytes that this package encoded before (a cache or a database). Raises LogoRefused."""
        if png[:8] != _PNG or png[12:16] != b"IHDR" or len(png) > MAX_LOGO_THUMBNAIL_BYTES:
            raise LogoRefused("not_prepared", "is not a logo that was prepared by this service")
        width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
        if not (0 < width <= MAX_LOGO_THUMBNAIL_PX and 0 < height <= MAX_LOGO_THUMBNAIL_PX):
            raise LogoRefused("not_prepared", "is larger than a prepared logo")
        return cls(png, width, height)

    @cached_property
    def digest(self) -> str:
        """Names the content; equal pictures have equal digests."""
        return hashlib.blake2b(self.png, digest_size=12).hexdigest()

    @cached_property
    def image(self) -> Image.Image:
        """The picture as RGBA."""
        with Image.open(io.BytesIO(self.png)) as opened:
            return opened.convert("RGBA")

    def pixels(self, width: int, height: int) -> Pixels:
        """The picture scaled to a size, shape (height, width, 4)."""
        return np.asarray(self.image.resize((width, height), Image.Resampling.LANCZOS))


def kind_of(data: bytes) -> str | None:
    """PNG, JPEG or WEBP by the first bytes, else None: the name Pillow's reader of that kind has."""
    if data.startswith(_PNG):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def check_upload(data: bytes) -> str:
    """The kind of an upload by a look at its head, without decoding. Raises LogoRefused."""
    if len(data) > MAX_LOGO_BYTES:
        raise LogoRefused("too_large", f"has {len(data)} bytes; at most {MAX_LOGO_BYTES} are taken")
    kind = kind_of(data) or (SVG if is_svg(data) else None)
    if kind is None:
        raise LogoRefused("wrong_format", "is not a PNG, JPEG, WebP or SVG picture")
    return kind
