"""The QR code of a link: what is drawn, its counters, and addresses of its picture that need no key."""

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec

from waypost.control import limits
from waypost.control.core import link_views
from waypost.control.core.keys import Peppers
from waypost.control.core.links import get_link, reachable
from waypost.control.model.access import Actor, system_actor
from waypost.control.model.faults import Invalid, LinkNotFound
from waypost.control.model.links import LinkView
from waypost.control.model.qr import (
    PictureFormat,
    PictureOrder,
    PictureWish,
    QrCode,
    QrDesign,
    QrDesignNotFound,
)
from waypost.control.store import links, qr
from waypost.control.store.tx import Tx
from waypost.wire.ids import to_bytes

_PURPOSE = b"waypost qr image\n"
_SIGNATURE_CHARACTERS = 64


class QrCodeView(msgspec.Struct, frozen=True):
    """A code with the link it stands for."""

    code: QrCode
    link: LinkView


def code_text(tx: Tx, view: LinkView) -> str:
    """What the code of a link says: its short URL with the marker that tells scans from clicks.

    A static code says where it leads, so that it needs nobody once it is printed.
    """
    if not view.link.dynamic and view.link.target_url and view.link.content is None:
        return view.link.target_url
    marker = tx.installation.qr_marker
    return f"{view.short_url}?{marker}" if marker else view.short_url


async def order_for_link(
    tx: Tx, actor: Actor, link_id: str, wish: PictureWish, *, plain: bool = False
) -> PictureOrder:
    """What to draw for a link; `plain` leaves its own design out. Raises LinkNotFound, QrDesignNotFound, Invalid."""
    view = await get_link(tx, actor, link_id)
    if plain:
        return await _order(tx, code_text(tx, view), None, wish)
    design = await design_of(
        tx, actor, wish.design_id or view.link.qr_design_id or "", strict=bool(wish.design_id)
    )
    return await _order(tx, code_text(tx, view), design, wish)


async def order_for_text(tx: Tx, actor: Actor, text: str, wish: PictureWish) -> PictureOrder:
    """What to draw for any text. Raises QrDesignNotFound, Invalid."""
    if not text:
        raise Invalid("text", "is required")
    return await _order(tx, text, await design_of(tx, actor, wish.design_id, strict=True), wish)


async def design_of(tx: Tx, actor: Actor, design_id: str, *, strict: bool) -> QrDesign | None:
    """A design; None stands for the plain one, also for a link whose design is gone unless `strict`."""
    if not design_id:
        return None
    try:
        return await qr.get_design(tx, actor.workspace_id, design_id)
    except QrDesignNotFound:
        if strict:
            raise
        return None


async def make_code(
    tx: Tx, actor: Actor, link_id: str, kind: PictureFormat, size_px: int, level: str
) -> QrCodeView:
    """Give a link its code, or make it anew with its counters kept. Raises LinkNotFound."""
    link = await reachable(tx, actor, link_id)
    fresh = QrCode(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        link_id=link.id,
        format=kind,
        size_px=size_px,
        error_correction=level,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await qr.put_code(tx, fresh)
    code = await qr.code_of_link(tx, actor.workspace_id, link.id)
    return QrCodeView(code, await link_views.view(tx, link))


async def get_code(tx: Tx, actor: Actor, link_id: str) -> QrCodeView:
    """The code of a link. Raises LinkNotFound, QrCodeNotFound."""
    link = await reachable(tx, actor, link_id)
    code = await qr.code_of_link(tx, actor.workspace_id, link.id)
    return QrCodeView(code, await link_views.view(tx, link))


async def get_code_by_id(tx: Tx, actor: Actor, code_id: str) -> QrCodeView:
    """A code by its own id. Raises QrCodeNotFound, LinkNotFound."""
    code = await qr.code_by_id(tx, actor.workspace_id, code_id)
    link = await reachable(tx, actor, code.link_id)
    return QrCodeView(code, await link_views.view(tx, link))


async def count_download(tx: Tx, code_id: str) -> bool:
    """Add one download to a code, whoever asks; False for an unknown one. Never raises for odd ids."""
    try:
        to_bytes(code_id)
    except ValueError:
        return False
    return await qr.count_download(tx, code_id)


def image_query(peppers: Peppers, link_id: str, parameters: dict[str, str], expires_s: int) -> str:
    """The query of a picture's address that needs no key until it expires (Unix seconds)."""
    signed = {**parameters, "expires": str(expires_s)}
    return urlencode({**signed, "signature": _signature(peppers.secrets[0], link_id, signed)})


async def order_for_signed(
    tx: Tx, peppers: Peppers, link_id: str, query: dict[str, str], wish: PictureWish
) -> PictureOrder:
    """What a signed address asks for, for a link of any workspace.

    Raises LinkNotFound for a signature that is not ours, has expired, or whose link is gone: whoever
    holds no valid address learns nothing.
    """
    signed = dict(query)
    signature = signed.pop("signature", "")
    expires = signed.get("expires", "")
    good = len(signature) == _SIGNATURE_CHARACTERS and any(
        hmac.compare_digest(signature, _signature(secret, link_id, signed)) for secret in peppers.secrets
    )
    if not good or not expires.isdecimal() or int(expires) * 1000 <= tx.now_ms:
        raise LinkNotFound(link_id)
    workspace_id = await links.workspace_of(tx, link_id)
    return await order_for_link(tx, system_actor(workspace_id, "qr-image"), link_id, wish)


def _signature(secret: bytes, link_id: str, parameters: dict[str, str]) -> str:
    canonical = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return hmac.new(secret, _PURPOSE + f"{link_id}?{canonical}".encode(), sha256).hexdigest()


async def _order(tx: Tx, text: str, design: QrDesign | None, wish: PictureWish) -> PictureOrder:
    document: dict[str, Any] = dict(design.design) if design else {}
    if wish.design:
        document = _laid_over(document, wish.design)
    return PictureOrder(
        text=text,
        design=document,
        format=wish.format or (design.format if design else "png"),
        size_px=wish.size_px or (design.size_px if design else limits.QR_SIZE_PX_DEFAULT),
        height_px=wish.height_px or (design.height_px if design and not wish.size_px else 0),
        width_mm=wish.width_mm,
        dpi=wish.dpi,
        logo_png=await qr.logo_png(tx, design.logo if design else ""),
    )


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Two documents as one: objects are joined, anything else of the upper one wins."""
    joined = dict(below)
    for name, value in above.items():
        old = joined.get(name)
        joined[name] = _laid_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return joined
