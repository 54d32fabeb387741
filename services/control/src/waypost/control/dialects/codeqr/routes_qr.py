"""`GET /qr`: the picture of a code, for `<img src>`; nobody needs a key for it."""

import msgspec
from litestar import Response, get

from waypost.control.core import qr_codes
from waypost.control.core.webhooks import outgoing_policy
from waypost.control.dialects.codeqr.mapping_qr import read_query, to_design
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import PictureWish
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import OutgoingFault
from waypost.control.surface.call import Call, Caller
from waypost.qr.faults import QrFault
from waypost.qr.limits import MAX_LOGO_BYTES, MIN_SIZE_PX

_MEMBERS = {
    "text": "url",
    "dots": "fgColor",
    "dots.color": "fgColor",
    "background": "bgColor",
    "background.color": "bgColor",
    "error_correction": "level",
    "size_px": "size",
}
_KEPT_BY_BROWSERS = "public, max-age=86400"


@get("/qr", scope="", operation_id="getQr", tags=["QR Codes"])
async def image(call: Caller) -> Response[bytes]:
    """A code as PNG: `url` and, as you like, `size` (50 to 4096 pixels), `level`, `fgColor`, `bgColor`,
    `logo`, `hideLogo`, `margin` (modules)."""
    wish = read_query(call.request.scope["query_string"].decode("latin-1"))
    asked = PictureWish(design=to_design(wish), format="png", size_px=max(MIN_SIZE_PX, wish.size))
    try:
        order = await call.read(lambda tx: qr_codes.order_for_text(tx, call.actor, wish.url, asked))
        if wish.logo and not wish.hide_logo:
            logo = await call.control.studio.prepare_logo(await _fetch(call, wish.logo))
            order = msgspec.structs.replace(order, logo_png=logo.png)
        picture = await call.control.studio.draw(order)
    except QrFault as fault:
        raise Invalid(_named(fault.field), fault.message) from fault
    except Invalid as fault:
        raise Invalid(_named(fault.field), fault.why) from fault
    headers = {"Cache-Control": _KEPT_BY_BROWSERS, "ETag": picture.etag}
    return Response(picture.body, media_type=picture.media_type, headers=headers)


def _named(field: str) -> str:
    name = field.removeprefix("design.")
    return _MEMBERS.get(name, name)


async def _fetch(call: Call, url: str) -> bytes:
    """A logo, through the client that reaches no network of ours. Raises Invalid."""
    client = GuardedClient(outgoing_policy(call.control.database.installation))
    try:
        answer = await client.send("GET", url, answer_bytes_max=MAX_LOGO_BYTES)
    except OutgoingFault as fault:
        raise Invalid("logo", fault.detail) from fault
    if answer.status != 200 or answer.truncated or not answer.is_identity:
        raise Invalid("logo", f"gives no plain picture of at most {MAX_LOGO_BYTES} bytes")
    return answer.body


HANDLERS = [image]
