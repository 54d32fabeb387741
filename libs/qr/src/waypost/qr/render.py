"""The front door: text and design in, the bytes of a picture out. Same input, same bytes."""

import io

import numpy as np
from PIL import Image

from waypost.qr.design import Design
from waypost.qr.eps import write_eps
from waypost.qr.frames import aspect
from waypost.qr.layout import RASTER, Format, PrintSize, Size, check_size
from waypost.qr.logo import Logo
from waypost.qr.matrix import Matrix, encode
from waypost.qr.pdf import write_pdf
from waypost.qr.png import write_png
from waypost.qr.raster import Indexed, Pixels, flat, rasterize
from waypost.qr.scene import Scene, compose
from waypost.qr.svg import write_svg


def render(
    text: str, design: Design, kind: Format, size: int | Size | PrintSize, logo: Logo | None = None
) -> bytes:
    """Encode a text and draw it.

    `size` is the width in px (a frame adds its height), a canvas to fit into, or a size on paper.
    Raises the faults of `waypost.qr.faults`.
    """
    return render_matrix(encode(text, design, logo is not None), design, kind, size, logo)


def render_matrix(
    matrix: Matrix, design: Design, kind: Format, size: int | Size | PrintSize, logo: Logo | None = None
) -> bytes:
    """Draw a symbol that was encoded before."""
    canvas = canvas_size(design, size)
    scene = compose(matrix, design, canvas, logo, exact=kind not in RASTER)
    return write(scene, kind, size if isinstance(size, PrintSize) else None)


def canvas_size(design: Design, size: int | Size | PrintSize) -> Size:
    """The canvas in px. Raises InvalidSize."""
    if isinstance(size, Size):
        canvas = size
    else:
        width = size.width_px if isinstance(size, PrintSize) else size
        height = round(width * aspect(design.frame.type)) if design.frame else width
        canvas = Size(width, height)
    check_size(canvas.width, canvas.height)
    return canvas


def write(scene: Scene, kind: Format, paper: PrintSize | None) -> bytes:
    """A scene in a format."""
    width_mm = paper.width_mm if paper else None
    match kind:
        case "png":
            return write_png(rasterize(scene), paper.dpi if paper else None)
        case "svg":
            return write_svg(scene, width_mm)
        case "pdf":
            return write_pdf(scene, width_mm)
        case "eps":
            return write_eps(scene, width_mm)
        case "webp":
            picture = rasterize(scene)
            few = isinstance(
                picture, Indexed
            )  # flat colours pack best without loss, gradients and logos with
            return _with_pillow(picture, "WEBP", paper, lossless=few, quality=60 if few else 90, method=1)
        case "jpeg":
            return _with_pillow(flat(scene), "JPEG", paper, quality=92, subsampling=0)


def _with_pillow(picture: Indexed | Pixels, codec: str, paper: PrintSize | None, **options: object) -> bytes:
    pixels = picture.true_color() if isinstance(picture, Indexed) else picture
    out = io.BytesIO()
    if paper and codec == "JPEG":
        options["dpi"] = (paper.dpi, paper.dpi)
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, codec, **options)
    return out.getvalue()
