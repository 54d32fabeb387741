"""Pictures that are shown to visitors: decoded and written anew, so that nothing of the upload is left.

Only `waypost.qr.picture_worker` calls `rewrite`, in a process of its own; `sandbox.read_picture` starts it.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from waypost.qr.faults import LogoRefused
from waypost.qr.limits import MAX_PICTURE_BYTES, MAX_PICTURE_EDGE_PX, MAX_PICTURE_PIXELS, PICTURE_EDGE_PX
from waypost.qr.logo import kind_of
from waypost.qr.vector import is_svg, rewritten, size_of

_JPEG_QUALITY = 86
_WEBP_QUALITY = 86
_KINDS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True)
class Picture:
    """A picture that this package wrote. `kind` is png, jpg, webp or svg."""

    body: bytes
    kind: str
    width: int
    height: int


def check_picture(data: bytes) -> str:
    """The kind of an upload by a look at its head, without decoding. Raises LogoRefused."""
    if len(data) > MAX_PICTURE_BYTES:
        raise LogoRefused("too_large", f"has {len(data)} bytes; at most {MAX_PICTURE_BYTES} are taken")
    kind = kind_of(data)
    if kind is None and is_svg(data):
        kind = "SVG"
    if kind is None:
        raise LogoRefused("wrong_format", "is not a PNG, JPEG, WebP or SVG picture")
    return kind


def rewrite(data: bytes) -> bytes:
    """A clean picture of the same kind: upright, at most PICTURE_EDGE_PX a side, no metadata, no profile.

    An SVG keeps its size and loses whatever does not draw. Raises LogoRefused.
    """
    kind = check_picture(data)
    if kind == "SVG":
        return rewritten(data)
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as image:
            width, height = image.size
            if width * height > MAX_PICTURE_PIXELS or max(width, height) > MAX_PICTURE_EDGE_PX:
                raise LogoRefused(
                    "too_many_pixels",
                    f"is {width} x {height} px; at most {MAX_PICTURE_PIXELS} pixels are taken",
                )
            if getattr(image, "n_frames", 1) > 1:
                raise LogoRefused("animated", "has more than one frame")
            image.draft("RGB", (PICTURE_EDGE_PX, PICTURE_EDGE_PX))
            image.load()
            upright = ImageOps.exif_transpose(image)
            mode = "RGBA" if kind != "JPEG" and upright.has_transparency_data else "RGB"
            picture = upright.convert(mode)
    except Image.DecompressionBombError as error:
        raise LogoRefused("too_many_pixels", f"has more than {MAX_PICTURE_PIXELS} pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise LogoRefused("damaged", f"cannot be read as {kind}") from error
    picture.thumbnail((PICTURE_EDGE_PX, PICTURE_EDGE_PX), Image.Resampling.LANCZOS)
    return _written(Image.frombytes(mode, picture.size, picture.tobytes()), kind)


def read_back(body: bytes) -> Picture:
    """What `rewrite` gave, with its size; only the head is read. Raises LogoRefused."""
    kind = kind_of(body)
    if kind is None and is_svg(body):
        return Picture(body, "svg", *size_of(body))
    if kind is None:
        raise LogoRefused("not_prepared", "is not a picture that was prepared by this service")
    with Image.open(io.BytesIO(body), formats=(kind,)) as image:
        return Picture(body, _KINDS[kind], *image.size)


def _written(clean: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "PNG":
        clean.save(out, "PNG", compress_level=6)
    elif kind == "JPEG":
        clean.save(out, "JPEG", quality=_JPEG_QUALITY, progressive=True)
    else:
        clean.save(out, "WEBP", quality=_WEBP_QUALITY, method=4)
    return out.getvalue()
