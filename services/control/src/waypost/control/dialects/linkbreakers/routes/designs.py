"""QR designs, and the images drawn with them."""

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from waypost.control.core import qr_codes, qr_designs
from waypost.control.dialects.linkbreakers import images
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.designing import accepted
from waypost.control.dialects.linkbreakers.errors import InUse
from waypost.control.dialects.linkbreakers.logos import LOGOS, image_of, shown_design
from waypost.control.dialects.linkbreakers.mapping.designs import central_image, lower, stored_look
from waypost.control.dialects.linkbreakers.schemas.designs import DesignAnswer, DesignIn, DesignsAnswer
from waypost.control.dialects.linkbreakers.signed import workspace_of
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.access import system_actor
from waypost.control.model.qr import PictureOrder, PictureWish, QrDesign, QrDesignNotFound
from waypost.control.store import links as stored_links
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "QR code designs"
PATH = "/v1/qrcode-designs"
ONE = PATH + "/{design_id:str}"
IMAGE_CACHE_S = 60
"""How long a browser may keep an image: a changed design must show soon."""


@post(PATH, scope="qr:write", **takes(DesignIn, DesignAnswer, TAG))
async def create_design(call: Caller, data: JSONBody[DesignIn]) -> Response[Any]:
    """Make a design that links may share. One that no reader could scan is mended, or refused."""
    image, media_id = await image_of(call, data)
    made = await accepted(call.control.studio, lower(data), image, media_id=media_id)
    return await call.write(
        lambda tx: qr_designs.create_design(tx, call.actor, made.creation(), made.logo), _one(call)
    )


@post("/v1/public/qrcode-designs", scope="", limited=True, **takes(DesignIn, DesignAnswer, TAG))
async def create_public_design(call: Caller, data: JSONBody[DesignIn]) -> Response[Any]:
    """Make a design without a token. Links of every workspace may use it; when none does, it goes after a day."""
    made = await accepted(call.control.studio, lower(data), central_image(data))

    async def work(tx: Tx) -> QrDesign:
        return await qr_designs.create_public_design(tx, made.creation(), made.logo)

    return await call.write(work, _one(call))


@get(PATH, scope="qr:read", **gives(DesignsAnswer, TAG))
async def list_designs(call: Caller) -> Response[Any]:
    """The designs of the workspace, newest first."""
    pager = pager_of(call, "designs")
    wanted = query_of(call).page(pager)
    page = await call.read(lambda tx: qr_designs.list_designs(tx, call.actor, wanted, count=True))
    return shown(
        call,
        DesignsAnswer(
            qrcode_designs=[shown_design(call, design) for design in page.items],
            next_page_token=pager.seal(page.next_cursor),
            total_count=page.total or 0,
        ),
    )


@get(ONE, scope="qr:read", **gives(DesignAnswer, TAG))
async def get_design(call: Caller, design_id: FromPath[str]) -> Response[Any]:
    """One design."""
    return shown(call, DesignAnswer(qrcode_design=shown_design(call, await _found(call, design_id))))


@patch(ONE, scope="qr:write", **takes(DesignIn, DesignAnswer, TAG))
async def update_design(call: Caller, design_id: FromPath[str], data: JSONBody[DesignIn]) -> Response[Any]:
    """Change a design; every code that uses it looks different from then on."""
    image, media_id = await image_of(call, data)
    current = await _found(call, design_id)
    made = await accepted(call.control.studio, lower(data, stored_look(current)), image, current, media_id)
    return await call.write(
        lambda tx: qr_designs.update_design(tx, call.actor, design_id, made.change(), made.logo), _one(call)
    )


@delete(ONE, scope="qr:write", status_code=200, tags=[TAG])
async def delete_design(call: Caller, design_id: FromPath[str]) -> Response[Any]:
    """Delete a design that no link uses; 412 otherwise."""

    async def work(tx: Tx) -> None:
        await qr_designs.get_design(tx, call.actor, design_id)
        if await stored_links.count_with_design(tx, call.actor.workspace_id, design_id):
            raise InUse("design")
        await qr_designs.delete_design(tx, call.actor, design_id)

    return await call.write(work, nothing)


@get("/media/qr/{name:str}", scope="", tags=[TAG])
async def signed_image(call: Caller, name: FromPath[str]) -> Response[bytes]:
    """The image behind a signed address, for everybody who has the address, until it expires."""
    query = dict(call.request.query_params.items())
    image = images.read(call.control.peppers.secrets, query, call.now_ms // 1000)
    picture = await call.control.studio.draw_readable(await call.read(lambda tx: _order(tx, image)))
    headers = {
        "Content-Disposition": f'inline; filename="{_plain(name)}.{picture.media_type.split("/")[1][:4]}"',
        "Cache-Control": f"public, max-age={IMAGE_CACHE_S}",
        "ETag": picture.etag,
    }
    return Response(picture.body, media_type=picture.media_type, headers=headers)


@get("/media/logos/{design_id:str}", scope="", limited=True, tags=[TAG])
async def signed_logo(call: Caller, design_id: FromPath[str]) -> Response[bytes]:
    """The central image behind a signed address, for everybody who has the address, until it expires."""
    actor = system_actor(workspace_of(call, LOGOS, design_id), "qr-logo")

    async def work(tx: Tx) -> bytes:
        design = await qr_designs.get_design(tx, actor, design_id)
        return await qr_designs.logo_png(tx, design.logo)

    body = await call.read(work)
    if not body:
        raise QrDesignNotFound(design_id)
    headers = {"Cache-Control": f"private, max-age={IMAGE_CACHE_S}", "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type="image/png", headers=headers)


async def _order(tx: Tx, image: images.Image) -> PictureOrder:
    actor = system_actor(image.workspace_id, "qr-image")
    try:
        return await qr_codes.order_for_text(tx, actor, image.text, PictureWish(design_id=image.design_id))
    except QrDesignNotFound:
        return await qr_codes.order_for_text(tx, actor, image.text, PictureWish())


async def _found(call: Call, design_id: str) -> QrDesign:
    return await call.read(lambda tx: qr_designs.get_design(tx, call.actor, design_id))


def _one(call: Call) -> Any:
    case = case_of(call)
    return lambda design: spell(DesignAnswer(qrcode_design=shown_design(call, design)), case)


def _plain(name: str) -> str:
    return "".join(character for character in name if character.isascii() and character.isalnum()) or "qr"


HANDLERS = [
    create_design,
    create_public_design,
    list_designs,
    get_design,
    update_design,
    delete_design,
    signed_image,
    signed_logo,
]
