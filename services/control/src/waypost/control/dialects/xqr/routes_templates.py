"""`/api/v1/qr/templates`: named designs, and codes drawn with them."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import UNSET

from waypost.control.core import qr_codes, qr_designs
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, Limit, Offset, wrap, wrap_page, wrapping
from waypost.control.dialects.xqr.logo_fetch import fetch_logo
from waypost.control.dialects.xqr.mapping_qr import to_create, to_template, to_update
from waypost.control.dialects.xqr.qr_image import draw
from waypost.control.dialects.xqr.routes_qr import as_response
from waypost.control.dialects.xqr.schemas_qr import (
    ImageFormat,
    TemplateCreate,
    TemplateOut,
    TemplateRender,
    TemplateUpdate,
)
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.model.qr import PictureWish
from waypost.control.surface.call import Call, Caller

TAGS = ["QR Templates"]
TemplateId = Annotated[str, PathParameter(description="The template's UUID.", max_length=64)]
SizeQuery = FromQuery[int | None]


@post("/api/v1/qr/templates", scope="qr:write", operation_id="createQrTemplate", tags=TAGS, status_code=201)
async def create_template(call: Caller, data: JSONBody[TemplateCreate]) -> Response[Envelope[TemplateOut]]:
    """Create a template. A design that would not scan is refused."""
    url = data.design.logo_url if data.design else None
    command = to_create(data, await fetch_logo(call, url) if url else b"")
    logo = await qr_designs.prepared(call.control.studio, command)
    return await call.write(
        lambda tx: qr_designs.create_design(tx, call.actor, command, logo),
        wrapping(call, to_template),
        status=201,
    )


@get("/api/v1/qr/templates", scope="qr:read", operation_id="listQrTemplates", tags=TAGS)
async def list_templates(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, offset: Offset = 0
) -> Envelope[list[TemplateOut]]:
    """List templates, newest first."""
    wanted = PageRequest(limit=limit, offset=offset)
    page = await call.read(
        lambda tx: qr_designs.list_designs(tx, call.actor, wanted, templates=True, count=True)
    )
    return wrap_page(call, page, to_template, limit, offset)


@get("/api/v1/qr/templates/{template_id:str}", scope="qr:read", operation_id="getQrTemplate", tags=TAGS)
async def get_template(call: Caller, template_id: TemplateId) -> Envelope[TemplateOut]:
    """Read a template."""
    return wrap(
        call, to_template(await call.read(lambda tx: qr_designs.get_design(tx, call.actor, template_id)))
    )


@patch("/api/v1/qr/templates/{template_id:str}", scope="qr:write", operation_id="updateQrTemplate", tags=TAGS)
async def update_template(
    call: Caller, template_id: TemplateId, data: JSONBody[TemplateUpdate]
) -> Response[Envelope[TemplateOut]]:
    """Change the members that are sent; every code that uses the template looks different from then on."""
    current = await call.read(lambda tx: qr_designs.get_design(tx, call.actor, template_id))
    command = to_update(data, current, await _new_logo(call, data))
    logo = await qr_designs.prepared(call.control.studio, command, current)
    return await call.write(
        lambda tx: qr_designs.update_design(tx, call.actor, template_id, command, logo),
        wrapping(call, to_template),
    )


@delete(
    "/api/v1/qr/templates/{template_id:str}", scope="qr:write", operation_id="deleteQrTemplate", tags=TAGS
)
async def delete_template(call: Caller, template_id: TemplateId) -> Response[None]:
    """Delete a template."""
    return await call.write(
        lambda tx: qr_designs.delete_design(tx, call.actor, template_id), lambda _gone: None, status=204
    )


@post(
    "/api/v1/qr/templates/{template_id:str}/render",
    scope="qr:render",
    operation_id="renderQrTemplate",
    tags=TAGS,
    status_code=200,
)
async def render_template(
    call: Caller,
    template_id: TemplateId,
    data: JSONBody[TemplateRender | None] = None,
    content: FromQuery[str | None] = None,
    data_in_query: Annotated[str | None, QueryParameter(name="data")] = None,
    format: FromQuery[ImageFormat | None] = None,  # noqa: A002 - the vendor's word
    size: SizeQuery = None,
) -> Response[bytes]:
    """A text in the design of a template."""
    body = data or TemplateRender()
    text = body.content or content or data_in_query
    if not text:
        raise Invalid("content", "is required")
    kind: ImageFormat = body.format or format or "svg"
    module_px = body.size or size or limits.QR_SIZE_DEFAULT
    if not 1 <= module_px <= limits.QR_SIZE_MAX:
        raise Invalid("size", f"must lie between 1 and {limits.QR_SIZE_MAX}")
    wish = PictureWish(design_id=template_id)
    order = await call.read(lambda tx: qr_codes.order_for_text(tx, call.actor, text, wish))
    return as_response(await draw(call.control.studio, order, kind, module_px), kind, "qr")


async def _new_logo(call: Call, data: TemplateUpdate) -> bytes | None:
    """The logo a change brings, empty when it takes it away, None when it stays."""
    if data.design is UNSET or data.design is None or data.design.logo_url is UNSET:
        return None
    return await fetch_logo(call, data.design.logo_url) if data.design.logo_url else b""


HANDLERS = [
    create_template,
    list_templates,
    get_template,
    update_template,
    delete_template,
    render_template,
]
