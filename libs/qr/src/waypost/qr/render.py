"""The front door: text and design in, the bytes of a picture out. Same input, same bytes."""

import io

import numpy as np
from PIL import Image

from waypost.qr.design import Design
from waypost.qr.layout import RASTER, Format, PrintSize, Size, check_size
from waypost.qr.logo import Logo
from waypost.qr.matrix import Matrix, encode
from waypost.qr.png import write_png
from waypost.qr.raster import Indexed, flat, rasterize
from waypost.qr.scene import Scene, compose
from waypost.qr.svg import write_svg


def render(
    text: str, design: Design, format: Format, size: int | Size | PrintSize, logo: Logo | None = None
) -> bytes:
    """Encode a text and draw it.

    `size` is the width in px (a frame adds its height), a canvas to fit into, or a size on paper.
    Raises the faults of `waypost.qr.faults`.
    """
    return render_matrix(encode(text, design, logo is not None), design, format, size, logo)


def render_matrix(
    matrix: Matrix, design: Design, format: Format, size: int | Size | PrintSize, logo: Logo | None = None
) -> bytes:
    """Draw a symbol that was encoded before."""
    canvas = canvas_size(design, size)
    scene = compose(matrix, design, canvas, logo, exact=format not in RASTER)
    return write(scene, format, size if isinstance(size, PrintSize) else None)


def canvas_size(design: Design, size: int | Size | PrintSize) -> Size:
    """The canvas in px. Raises InvalidSize."""
    if isinstance(size, Size):
        canvas = size
    else:
        width = size.width_px if isinstance(size, PrintSize) else size
        canvas = Size(width, width)
    check_size(canvas.width, canvas.height)
    return canvas


def write(scene: Scene, format: Format, paper: PrintSize | None) -> bytes:
    """A scene in a format."""
    match format:
        case "png":
            return write_png(rasterize(scene), paper.dpi if paper else None)
        case "svg":
            return write_svg(scene, paper.width_mm if paper else None)
