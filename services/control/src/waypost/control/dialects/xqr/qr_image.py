"""Drawing xQR's codes: sizes are pixels per module, and faults name xQR's members."""

import msgspec

from waypost.control.core.qr_studio import Studio, read_design
from waypost.control.dialects.xqr.schemas_qr import ImageFormat
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import Picture, PictureOrder
from waypost.qr.faults import QrFault
from waypost.qr.limits import MAX_SIZE_PX, MIN_SIZE_PX
from waypost.qr.matrix import encode

_MODULE_PX_MIN = 2
"""Below this no camera tells modules apart; the guard forbids it."""
_MEMBERS = {
    "text": "content",
    "design.dots": "foreground",
    "design.dots.color": "foreground",
    "design.background": "background",
    "design.background.color": "background",
    "design.margin": "quiet_zone",
}


async def draw(studio: Studio, order: PictureOrder, kind: ImageFormat, module_px: int) -> Picture:
    """A picture that reads back as its text. Raises Invalid naming the member to change.

    The edge is (modules + quiet zone on both sides) × `module_px`, except that a module has at least two
    pixels and the picture 64 to 4096.
    """
    try:
        design = read_design(order.design)
        matrix = encode(order.text, design, bool(order.logo_png))
        modules = matrix.size + 2 * design.margin
        smallest = max(_MODULE_PX_MIN, -(-MIN_SIZE_PX // modules))
        edge = modules * max(smallest, min(module_px, MAX_SIZE_PX // modules))
        return await studio.draw(msgspec.structs.replace(order, format=kind, size_px=edge))
    except QrFault as fault:
        raise Invalid(_MEMBERS.get(fault.field, fault.field), fault.message) from fault
    except Invalid as fault:
        raise Invalid(_MEMBERS.get(fault.field, fault.field), fault.why) from fault
