"""`/api/v1/links/{id}/qr` and `/api/v1/qr/generate`: pictures, or errors in the usual envelope."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from waypost.control.core import links, qr_codes
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.mapping_qr import overlay
from waypost.control.dialects.xqr.qr_image import draw
from waypost.control.dialects.xqr.routes_links import LinkId
from waypost.control.dialects.xqr.schemas_qr import ImageFormat, Level, QrGenerate
from waypost.control.model.qr import Picture, PictureWish
from waypost.control.surface.call import Caller

TAGS = ["QR Codes"]
SizeQuery = Annotated[int, QueryParameter(ge=1, le=limits.QR_SIZE_MAX, description="Pixels per module.")]
Hex = Annotated[
    str | None,
    QueryParameter(pattern=r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", description="Hex colour, # optional."),
]


@get("/api/v1/links/{link_id:str}/qr", scope="qr:render", operation_id="getLinkQr", tags=TAGS)
async def link_qr(
    call: Caller,
    link_id: LinkId,
    size: SizeQuery = limits.QR_SIZE_DEFAULT,
    format: FromQuery[ImageFormat] = "svg",  # noqa: A002 - the vendor's word
    foreground: Hex = None,
    background: Hex = None,
    error_correction: FromQuery[Level | None] = None,
    template_id: FromQuery[str] = "",
) -> Response[bytes]:
    """The code of a link, in its own design, a template's, or the plain one."""
    wish = PictureWish(design_id=template_id, design=overlay(foreground, background, error_correction))
    order = await call.read(lambda tx: qr_codes.order_for_link(tx, call.actor, link_id, wish))
    view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    return as_response(await draw(call.control.studio, order, format, size), format, view.link.slug)


@post("/api/v1/qr/generate", scope="qr:render", operation_id="generateQr", tags=TAGS, status_code=200)
async def generate_qr(call: Caller, data: JSONBody[QrGenerate]) -> Response[bytes]:
    """Any text as a code."""
    wish = PictureWish(design=overlay(data.foreground, data.background, data.error_correction))
    order = await call.read(lambda tx: qr_codes.order_for_text(tx, call.actor, data.content, wish))
    return as_response(await draw(call.control.studio, order, data.format, data.size), data.format, "qr")


def as_response(picture: Picture, kind: ImageFormat, name: str) -> Response[bytes]:
    """A picture as an answer."""
    plain = "".join(character if character.isalnum() and character.isascii() else "-" for character in name)
    headers = {"Content-Disposition": f'inline; filename="{plain}.{kind}"', "ETag": picture.etag}
    return Response(picture.body, media_type=picture.media_type, headers=headers)


HANDLERS = [link_qr, generate_qr]
