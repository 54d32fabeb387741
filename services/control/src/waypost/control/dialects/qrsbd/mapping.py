"""QR codes and short links between QRs.bd's words and the model. Pure."""

from typing import Any

from msgspec import UNSET, UnsetType

from waypost.control.dialects.qrsbd.mapping_rules import lift, lower, replaced
from waypost.control.dialects.qrsbd.schemas import LinkCreate, LinkOut, LinkPatch, QrCreate, QrPatch
from waypost.control.dialects.qrsbd.values import (
    always_time,
    checked_slug,
    ms_to_time,
    strict_url,
    time_to_ms,
)
from waypost.control.model.faults import Invalid
from waypost.control.model.links import CreateLink, Json, LinkView, UpdateLink

_EXTRAS = "qrsbd"
_FIXED = ("target_url", "template_type", "content", "smart_rules")
"""What is printed into a static code, or would have to be."""


def to_create(body: LinkCreate) -> CreateLink:
    """The command of a new QR code or short link. Raises InvalidSlug, InvalidUrl, Invalid."""
    slug = checked_slug(body.slug)
    code = body if isinstance(body, QrCreate) else None
    return CreateLink(
        kind="qr" if code else "link",
        slug=slug,
        target_url=strict_url("target_url", body.target_url),
        title=body.title or "",
        dynamic=body.is_dynamic,
        rules=lower(body.smart_rules or ()),
        expires_ms=time_to_ms("expires_at", body.expires_at),
        password=body.password or "",
        template_type=_template(code.template_type) if code else "",
        content=code.content if code else None,
        extras=_designed({}, code.design) if code else {},
    )


def to_update(body: LinkPatch, current: LinkView) -> UpdateLink:
    """The command of a change. Raises Invalid, for another slug and for what a static code cannot change."""
    if body.slug is not UNSET and body.slug != current.link.slug:
        raise Invalid("slug", "cannot be changed")
    code = body if isinstance(body, QrPatch) else QrPatch()
    _check_static(body, current)
    return UpdateLink(
        target_url=UNSET if body.target_url is UNSET else strict_url("target_url", body.target_url),
        title=UNSET if body.title is UNSET else body.title or "",
        active=body.is_active,
        dynamic=body.is_dynamic,
        rules=UNSET
        if body.smart_rules is UNSET
        else replaced(current.link.rules, lower(body.smart_rules or ())),
        expires_ms=UNSET if body.expires_at is UNSET else time_to_ms("expires_at", body.expires_at),
        password=body.password,
        template_type=UNSET if code.template_type is UNSET else _template(code.template_type),
        content=code.content,
        extras=UNSET if code.design is UNSET else _designed(current.link.extras, code.design),
    )


def to_link(view: LinkView) -> LinkOut:
    """A QR code or short link as QRs.bd shows it."""
    link = view.link
    return LinkOut(
        id=link.id,
        slug=link.slug,
        domain=view.domain,
        short_url=view.short_url,
        target_url=link.target_url,
        title=link.title or None,
        is_active=link.state == "active",
        is_dynamic=link.dynamic,
        type=link.kind,
        template_type=link.template_type or "url",
        content=link.content,
        design=(link.extras.get(_EXTRAS) or {}).get("design"),
        smart_rules=lift(link.rules),
        expires_at=ms_to_time(link.expires_ms),
        has_password=bool(link.password_hash),
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
    )


def _check_static(body: LinkPatch, current: LinkView) -> None:
    dynamic: bool | UnsetType = body.is_dynamic
    if current.link.dynamic or dynamic is True:
        return
    for name in _FIXED:
        if getattr(body, name, UNSET) is not UNSET:
            raise Invalid(name, "a static code cannot change it; send is_dynamic: true along")


def _template(name: str) -> str:
    # The core calls a plain redirect no template at all.
    return "" if name == "url" else name


def _designed(extras: Json, design: dict[str, Any] | None) -> Json:
    kept = {name: value for name, value in extras.items() if name != _EXTRAS}
    return kept if design is None else {**kept, _EXTRAS: {"design": design}}
