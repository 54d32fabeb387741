"""QR pictures: of links, of any content, checked, counted, and by addresses that need no key."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from waypost.control import limits
from waypost.control.api.mapping import always_time
from waypost.control.api.schemas.qr import (
    QrCodeOut,
    QrGenerate,
    QrRender,
    QrReport,
    SignedUrl,
    SignedUrlCreate,
    decoded,
    to_changes,
    to_code,
    to_report,
)
from waypost.control.core import qr_codes
from waypost.control.core.qr_logo_fetch import fetch_logo
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import Picture, PictureFormat, PictureOrder, PictureWish, QrCodeNotFound
from waypost.control.surface.call import Caller
from waypost.qr import content
from waypost.qr.faults import QrFault
from waypost.qr.repair import Change

TAGS = ["QR codes"]
LinkId = Annotated[str, PathParameter(description="The link's id.", max_length=64)]
DesignId = Annotated[str, PathParameter(description="The design's id.", max_length=64)]
SizePx = Annotated[int, QueryParameter(ge=0, le=4096, description="Width in pixels; 0 takes the design's.")]
HeightPx = Annotated[
    int,
    QueryParameter(
        ge=0, le=4096, description="Height in pixels; 0 is as high as wide, or as the frame needs."
    ),
]
WidthMm = Annotated[float, QueryParameter(ge=0, le=2000, description="Printed width; wins over pixels.")]
Dpi = Annotated[int, QueryParameter(ge=36, le=2400)]
Words = Annotated[str, QueryParameter(max_length=64)]
PUBLIC_CACHE = "public, max-age=300"


@get("/v1/links/{link_id:str}/qr", scope="qr:render", operation_id="drawLinkQr", tags=TAGS)
async def draw_link(
    call: Caller,
    link_id: LinkId,
    format: FromQuery[PictureFormat | None] = None,  # noqa: A002 - the word callers use
    size_px: SizePx = 0,
    height_px: HeightPx = 0,
    width_mm: WidthMm = 0.0,
    dpi: Dpi = 300,
    design_id: Words = "",
    foreground: Words = "",
    background: Words = "",
    dots: Words = "",
    error_correction: Words = "",
    margin: FromQuery[int | None] = None,
) -> Response[bytes]:
    """The picture of a link's code, in its design or another; colours and shapes may be said here."""
    wish = PictureWish(
        design_id=design_id,
        design=overrides(foreground, background, dots, error_correction, margin),
        format=format,
        size_px=size_px,
        height_px=height_px,
        width_mm=width_mm,
        dpi=dpi,
    )
    order = await call.read(lambda tx: qr_codes.order_for_link(tx, call.actor, link_id, wish))
    return await answer(call, order)


@post(
    "/v1/qr/generate",
    scope="qr:render",
    operation_id="generateQr",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.QR_BODY_BYTES_MAX,
)
async def generate(call: Caller, data: JSONBody[QrGenerate]) -> Response[bytes]:
    """Draw a code for any text or typed content; a `design_id` is a template for it. Nothing is kept.

    `Qr-Changes` lists as JSON what the automatic mode changed.
    """
    order, changes = await _order(call, data)
    response = await answer(call, order)
    if changes:
        response.headers["Qr-Changes"] = msgspec.json.encode(to_changes(changes)).decode("ascii")
    return response


@post(
    "/v1/qr/designs/{design_id:str}/render",
    scope="qr:render",
    operation_id="renderQrDesign",
    tags=TAGS,
    status_code=200,
)
async def render_design(call: Caller, design_id: DesignId, data: JSONBody[QrRender]) -> Response[bytes]:
    """Draw any text or typed content in a stored design or template. Nothing is kept."""
    order, _ = await _order(call, QrGenerate(**msgspec.structs.asdict(data), design_id=design_id))
    return await answer(call, order)


@post(
    "/v1/qr/check",
    scope="qr:read",
    operation_id="checkQr",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.QR_BODY_BYTES_MAX,
)
async def check(call: Caller, data: JSONBody[QrGenerate]) -> QrReport:
    """Whether a design will scan for a content, and what to change."""
    order, changes = await _order(call, data)
    return to_report(await call.control.studio.assess(order), changes)


@get("/v1/links/{link_id:str}/qr-code", scope="qr:read", operation_id="getLinkQr", tags=TAGS)
async def get_code(call: Caller, link_id: LinkId) -> QrCodeOut:
    """The counters of a link's code; the first look makes the code."""
    try:
        view = await call.read(lambda tx: qr_codes.get_code(tx, call.actor, link_id))
    except QrCodeNotFound:
        async with call.control.database.write() as tx:
            view = await qr_codes.make_code(tx, call.actor, link_id, "png", 1024, "M")
    text = await call.read(lambda tx: _text(tx, view))
    return to_code(text, view)


@post(
    "/v1/qr/codes/{code_id:str}/downloads",
    scope="",
    operation_id="countQrDownload",
    tags=TAGS,
    status_code=200,
)
async def count_download(call: Caller, code_id: LinkId) -> dict[str, bool]:
    """Count one download. Public, and the same answer for every id, so that nothing can be learned here."""
    async with call.control.database.write() as tx:
        await qr_codes.count_download(tx, code_id)
    return {"ok": True}


@post(
    "/v1/links/{link_id:str}/qr/signed-url",
    scope="qr:render",
    operation_id="signLinkQr",
    tags=TAGS,
    status_code=201,
)
async def sign(call: Caller, link_id: LinkId, data: JSONBody[SignedUrlCreate | None] = None) -> SignedUrl:
    """An address of the picture for an `<img>`, which needs no key until it expires."""
    wanted = data or SignedUrlCreate()
    wish = PictureWish(format=wanted.format, size_px=wanted.size_px)
    await call.read(lambda tx: qr_codes.order_for_link(tx, call.actor, link_id, wish))
    expires_s = call.now_ms // 1000 + wanted.expires_in_s
    parameters = {"format": wanted.format or "", "size_px": str(wanted.size_px) if wanted.size_px else ""}
    given = {name: value for name, value in parameters.items() if value}
    query = qr_codes.image_query(call.control.peppers, link_id, given, expires_s)
    base = call.control.database.installation.api_url
    return SignedUrl(f"{base}/v1/qr/images/{link_id}?{query}", always_time(expires_s * 1000))


@get("/v1/qr/images/{link_id:str}", scope="", operation_id="getSignedQr", tags=TAGS)
async def signed_image(
    call: Caller,
    link_id: LinkId,
    format: FromQuery[PictureFormat | None] = None,  # noqa: A002 - the word callers use
    size_px: SizePx = 0,
) -> Response[bytes]:
    """The picture behind a signed address."""
    query = {str(name): str(value) for name, value in call.request.query_params.items()}
    wish = PictureWish(format=format, size_px=size_px)
    order = await call.read(
        lambda tx: qr_codes.order_for_signed(tx, call.control.peppers, link_id, query, wish)
    )
    return await answer(call, order, cache=PUBLIC_CACHE)


async def answer(call: Caller, order: PictureOrder, *, cache: str = "private, no-cache") -> Response[bytes]:
    """Draw an order; 304 when the caller has these very bytes."""
    picture: Picture = await call.control.studio.draw(order)
    headers = {"ETag": picture.etag, "Cache-Control": cache}
    if picture.etag in call.request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(picture.body, headers=headers, media_type=picture.media_type)


def overrides(
    foreground: str, background: str, dots: str, error_correction: str, margin: int | None
) -> dict[str, Any]:
    """What a query says of a design, as a document to lay over it."""
    document: dict[str, Any] = {}
    if foreground:
        document["dots"] = {"color": foreground}
    if dots:
        document.setdefault("dots", {})["type"] = dots
    if background:
        document["background"] = {"color": background}
    if error_correction:
        document["error_correction"] = error_correction
    if margin is not None:
        document["margin"] = margin
    return document


async def _order(call: Caller, data: QrGenerate) -> tuple[PictureOrder, tuple[Change, ...]]:
    if bool(data.text) is (data.content is not None):
        raise Invalid("text", "give either `text` or `content`")
    text = data.text
    if data.content is not None:
        try:
            text = content.to_text(content.parse(data.content))
        except QrFault as fault:
            raise Invalid(f"content.{fault.field}".rstrip("."), fault.message) from fault
    wish = PictureWish(
        design_id=data.design_id,
        design=data.design,
        format=data.format,
        size_px=data.size_px,
        height_px=data.height_px,
        width_mm=data.width_mm,
        dpi=data.dpi,
    )
    order = await call.read(lambda tx: qr_codes.order_for_text(tx, call.actor, text, wish))
    upload = await logo_upload(call, decoded(data.logo), data.logo_url)
    if upload:
        logo = await call.control.studio.prepare_logo(upload)
        order = msgspec.structs.replace(order, logo_png=logo.png)
    return await call.control.studio.repair(order) if data.repair else (order, ())


async def logo_upload(call: Caller, logo: bytes, url: str) -> bytes:
    """The picture that came with a request or stands behind its address. Raises Invalid."""
    if logo and url:
        raise Invalid("logo_url", "give either `logo` or `logo_url`")
    return await fetch_logo(call.control.database.installation, url) if url else logo


async def _text(tx: Any, view: qr_codes.QrCodeView) -> str:
    return qr_codes.code_text(tx, view.link)


HANDLERS = [draw_link, generate, render_design, check, get_code, count_download, sign, signed_image]
