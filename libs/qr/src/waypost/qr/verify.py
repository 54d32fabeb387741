"""Read it back before it is handed out: a small drawing of the same scene through a decoder."""

import numpy as np
import zxingcpp
from msgspec.structs import replace
from numpy.typing import NDArray

from waypost.qr.design import Design
from waypost.qr.faults import Unscannable
from waypost.qr.layout import Size
from waypost.qr.logo import Logo
from waypost.qr.matrix import Matrix
from waypost.qr.raster import Indexed, flat, rasterize
from waypost.qr.scene import Scene, compose

_MODULE_PX = (5, 10)
"""The second size is tried when the first one is not read."""


def verify(matrix: Matrix, design: Design, logo: Logo | None = None) -> None:
    """Draw the code small and read it. Raises Unscannable unless it says exactly its text.

    The drawing has the layers of the real one at 5 px a module (10 when that fails), about a millisecond.
    """
    design = replace(design, frame=None)
    spread = 2**0.5 if design.shape == "circle" and not matrix.micro else 1.0
    modules = int(np.ceil(matrix.size * spread)) + 2 * design.margin
    for module_px in _MODULE_PX:
        side = modules * module_px
        if matrix.text in read(grey(compose(matrix, design, Size(side, side), logo)), matrix.micro):
            return
    raise Unscannable("design", "the picture does not read back; simplify its finder patterns or logo")


def grey(scene: Scene) -> NDArray[np.uint8]:
    """The scene as brightness, shape (height, width), on white paper."""
    drawn = rasterize(scene)
    weights = np.array((0.299, 0.587, 0.114), np.float32)
    if isinstance(drawn, Indexed):
        table = np.array(drawn.palette, np.float32)
        shade = (table[:, :3] @ weights) * (table[:, 3] / 255) + (255 - table[:, 3])
        return shade.astype(np.uint8)[drawn.pixels]
    return (flat(scene) @ weights).astype(np.uint8)


def read(brightness: NDArray[np.uint8], micro: bool = False) -> list[str]:
    """The texts of all QR codes in a grey picture."""
    kind = zxingcpp.BarcodeFormats(
        zxingcpp.BarcodeFormat.MicroQRCode if micro else zxingcpp.BarcodeFormat.QRCode
    )
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(brightness), formats=kind, text_mode=zxingcpp.TextMode.Plain
    )
    return [barcode.text for barcode in found]
