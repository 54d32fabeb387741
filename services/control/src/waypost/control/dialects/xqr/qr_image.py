"""Drawing xQR's codes: sizes are pixels per module, faults name xQR's members, nothing unscannable leaves."""

import asyncio
from typing import Literal, TypeAlias

from waypost.control.dialects.xqr.schemas_qr import ImageFormat, Level
from waypost.control.model.faults import Invalid
from waypost.qr import guard
from waypost.qr.color import Color
from waypost.qr.design import Background, Design, Dots
from waypost.qr.faults import QrFault
from waypost.qr.limits import MAX_SIZE_PX, MIN_SIZE_PX
from waypost.qr.logo import Logo
from waypost.qr.matrix import encode
from waypost.qr.render import render_matrix
from waypost.qr.verify import verify

MediaType: TypeAlias = Literal["image/svg+xml", "image/png"]
MEDIA_TYPES: dict[ImageFormat, MediaType] = {"svg": "image/svg+xml", "png": "image/png"}
_MODULE_PX_MIN = 2
"""Below this no camera tells modules apart; the guard forbids it."""
_MEMBERS = {
    "text": "content",
    "dots": "foreground",
    "dots.color": "foreground",
    "background.color": "background",
    "margin": "quiet_zone",
}


def plain_design(foreground: str, background: str, level: Level) -> Design:
    """The design of a code without a template."""
    return Design(
        dots=Dots(color=Color.parse(foreground)),
        background=Background(color=Color.parse(background)),
        error_correction=level,
    )


async def draw(
    text: str, design: Design, kind: ImageFormat, module_px: int, logo: Logo | None = None
) -> bytes:
    """A picture that reads back as its text. Raises Invalid naming the member to change.

    The edge is (modules + quiet zone on both sides) × `module_px`, except that a module has at least two
    pixels and the picture 64 to 4096.
    """
    return await asyncio.to_thread(_draw, text, design, kind, module_px, logo)


def _draw(text: str, design: Design, kind: ImageFormat, module_px: int, logo: Logo | None) -> bytes:
    try:
        matrix = encode(text, design, logo is not None)
        modules = matrix.size + 2 * design.margin
        smallest = max(_MODULE_PX_MIN, -(-MIN_SIZE_PX // modules))
        edge = modules * max(smallest, min(module_px, MAX_SIZE_PX // modules))
        for finding in guard.errors(guard.check(text, design, edge, logo)):
            raise Invalid(_member(finding.field), finding.message)
        verify(matrix, design, logo)
        return render_matrix(matrix, design, kind, edge, logo)
    except QrFault as fault:
        raise Invalid(_member(fault.field), fault.message) from fault


def _member(field: str) -> str:
    return _MEMBERS.get(field, field)
