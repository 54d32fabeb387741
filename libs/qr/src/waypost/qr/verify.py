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
from waypost.qr.scene import Scene, code_box, compose

Grey = NDArray[np.uint8]

_LARGEST_READ_PX = 1024
_SHIFT_PX = 5
_MODULE_PX = (5, 10)
"""The second size is tried when the first one is not read."""


def verify(matrix: Matrix, design: Design, logo: Logo | None = None, canvas: Size | None = None) -> None:
    """Draw the code small and read it, sharp and soft. Raises Unscannable unless both say exactly its text.

    The drawing has the layers of the real one at 5 px a module (10 when that fails), about a millisecond.
    With `canvas` the whole picture is also read at that size, the code no smaller than 5 px a module and no larger than
    1024 px: large modules trip some decoders, and beside a dark frame pale finder patterns look white to them.
    """
    plain = replace(design, frame=None)
    spread = 2**0.5 if design.shape == "circle" and not matrix.micro else 1.0
    modules = int(np.ceil(matrix.size * spread)) + 2 * design.margin
    sizes = [Size(modules * module_px, modules * module_px) for module_px in _MODULE_PX]
    if not any(_reads(matrix, plain, logo, size, soft=True) for size in sizes):
        raise Unscannable("design", "the picture does not read back; simplify its finder patterns or logo")
    if canvas is not None:
        box = code_box(design, canvas)
        side = min(box.width, box.height)
        factor = max(modules * _MODULE_PX[0], min(side, _LARGEST_READ_PX)) / side
        shown = Size(round(canvas.width * factor), round(canvas.height * factor))
        if not _reads(matrix, design, logo, shown, soft=False):
            raise Unscannable(
                "design", "the picture does not read back at its size; choose plainer dots or darker corners"
            )


def _reads(matrix: Matrix, design: Design, logo: Logo | None, size: Size, soft: bool) -> bool:
    picture = grey(compose(matrix, design, size, logo))
    looks = (picture, _blurred(picture)) if soft else (picture,)
    return all(matrix.text in read(look, matrix.micro) for look in looks)


def _blurred(picture: Grey) -> Grey:
    """A softer copy, shifted against the blocks decoders work in: a code that only just reads fails here."""
    wide = np.pad(picture, ((_SHIFT_PX, 2), (_SHIFT_PX, 2)), mode="edge").astype(np.uint16)
    across = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    soft: Grey = ((across[:-2] + across[1:-1] + across[2:]) // 9).astype(np.uint8)
    return soft


def grey(scene: Scene) -> Grey:
    """The scene as brightness, shape (height, width), on white paper."""
    drawn = rasterize(scene)
    weights = np.array((0.299, 0.587, 0.114), np.float32)
    if isinstance(drawn, Indexed):
        table = np.array(drawn.palette, np.float32)
        shade = (table[:, :3] @ weights) * (table[:, 3] / 255) + (255 - table[:, 3])
        return shade.astype(np.uint8)[drawn.pixels]
    return (flat(scene) @ weights).astype(np.uint8)


def read(brightness: Grey, micro: bool = False) -> list[str]:
    """The texts of all QR codes in a grey picture."""
    kind = zxingcpp.BarcodeFormats(
        zxingcpp.BarcodeFormat.MicroQRCode if micro else zxingcpp.BarcodeFormat.QRCode
    )
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(brightness), formats=kind, text_mode=zxingcpp.TextMode.Plain
    )
    return [barcode.text for barcode in found]
