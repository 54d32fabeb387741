"""`/api/v1/links/{id}/qr` and `/api/v1/qr/generate`: pictures, or errors in the usual envelope."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from waypost.control.core import links
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.qr_image import MEDIA_TYPES, draw, plain_design
from waypost.control.dialects.xqr.routes_links import LinkId
from waypost.control.dialects.xqr.schemas_qr import ImageFormat, Level, QrGenerate
from waypost.control.surface.call import Caller

TAGS = ["QR Codes"]
QR_MARKER = "?qr=1"
"""Tells scans from clicks; the edge takes it away."""
SizeQuery = Annotated[int, QueryParameter(ge=1, le=limits.QR_SIZE_MAX, description="Pixels per module.")]
Hex = Annotated[
    str,
    QueryParameter(pattern=r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", description="Hex colour, # optional."),
]


@get("/api/v1/links/{link_id:str}/qr", scope="qr:render", operation_id="getLinkQr", tags=TAGS)
async def link_qr(
    call: Caller,
    link_id: LinkId,
    size: SizeQuery = limits.QR_SIZE_DEFAULT,
    format: FromQuery[ImageFormat] = "svg",  # noqa: A002 - the vendor's word
    foreground: Hex = "#000000",
    background: Hex = "#FFFFFF",
    error_correction: FromQuery[Level] = "M",
) -> Response[bytes]:
    """The code of a link."""
    view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    design = plain_design(foreground, background, error_correction)
    return picture(await draw(view.short_url + QR_MARKER, design, format, size), format, view.link.slug)


@post("/api/v1/qr/generate", scope="qr:render", operation_id="generateQr", tags=TAGS, status_code=200)
async def generate_qr(call: Caller, data: JSONBody[QrGenerate]) -> Response[bytes]:
    """Any text as a code."""
    design = plain_design(data.foreground, data.background, data.error_correction)
    return picture(await draw(data.content, design, data.format, data.size), data.format, "qr")


def picture(body: bytes, kind: ImageFormat, name: str) -> Response[bytes]:
    """A picture as an answer."""
    plain = "".join(character if character.isalnum() and character.isascii() else "-" for character in name)
    headers = {"Content-Disposition": f'inline; filename="{plain}.{kind}"'}
    return Response(body, media_type=MEDIA_TYPES[kind], headers=headers)


HANDLERS = [link_qr, generate_qr]
