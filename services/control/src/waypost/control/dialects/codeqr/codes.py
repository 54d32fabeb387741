"""Making, changing and showing QR codes: links of the kind `qr` with a content and a look of their own.

Type, content and look are kept beside the link as they were sent; where the link leads is the core's. A code
whose link was led elsewhere by another API is shown as what it is now.
"""

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.core import links
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.finding import (
    domain_for_change,
    domain_for_new,
    link_by_id,
    with_known_tags,
)
from waypost.control.dialects.codeqr.mapping_codes import (
    PAYLOADS,
    Lead,
    Payload,
    lead,
    payload_of,
    printed,
    their_name,
    type_of,
)
from waypost.control.dialects.codeqr.mapping_links import changes, to_create, to_update
from waypost.control.dialects.codeqr.mapping_values import EXTRAS, UTM, whole_url
from waypost.control.dialects.codeqr.schemas_codes import CodeCreate, CodeOut, CodePatch, CodeType
from waypost.control.dialects.codeqr.showing import to_link
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid, LinkNotFound
from waypost.control.model.installation import Installation
from waypost.control.model.link_urls import with_utm
from waypost.control.model.links import Json, LinkView
from waypost.control.store.tx import Tx

_CODE = "code"
"""Where type, content and look stand among the members that only this dialect knows."""
_PRINTED = (*(f"utm_{name}" for name in UTM), "ref")
"""Members of a link, beside its address, that a static code holds."""
_LOOK = ("bg_color", "fg_color", "size", "level", "show_logo", "logo", "excavate")


class _Look(Struct, frozen=True):
    bg_color: str = "#FFFFFF"
    fg_color: str = "#000000"
    size: int = limits.QR_SIZE_PX_DEFAULT
    level: str = "L"
    show_logo: bool = True
    logo: str | None = None
    excavate: bool = True


async def code_by_id(tx: Tx, actor: Actor, text: str) -> LinkView:
    """A code by its id or by `ext_` and its external id; the id of a plain link is unknown. Raises LinkNotFound."""
    return of_kind(await link_by_id(tx, actor, _link_id(text)), text)


def of_kind(view: LinkView, text: str) -> LinkView:
    """The same link when it is a QR code. Raises LinkNotFound."""
    if view.link.kind != "qr":
        raise LinkNotFound(text)
    return view


async def create(tx: Tx, actor: Actor, body: CodeCreate, *, webhooks: bool = True) -> LinkView:
    """Make a code. Raises Invalid, DomainForbidden and what the core raises."""
    kind = type_of(body, "url")
    found = _lead(body, kind)
    if found is None:
        raise Invalid(kind, "is required")
    body = await with_known_tags(tx, actor, body)
    domain_id = await domain_for_new(tx, actor, body.domain)
    command = to_create(
        body, domain_id, **msgspec.structs.asdict(found), kind="qr", dynamic=body.static is not True
    )
    kept = {**command.extras.get(EXTRAS, {}), _CODE: _kept(body, kind, {})}
    command = msgspec.structs.replace(command, extras={EXTRAS: kept})
    try:
        return await links.create_link(tx, actor, command, webhooks=webhooks)
    except Invalid as fault:
        raise _in_their_words(fault, kind) from fault


async def change(tx: Tx, actor: Actor, current: LinkView, body: CodePatch) -> LinkView:
    """Change a code; one that would stay as it is keeps its `updatedAt`. Raises as `create` does, and Invalid
    for what is printed in a static code."""
    before = shown_type(current)
    kind = type_of(body, before)
    found = _lead(body, kind)
    if found is None and kind != before:
        raise Invalid(kind, "is required with `type`")
    if not current.link.dynamic and body.static is not False:
        _check_printed(body, kind, found)
    body = await with_known_tags(tx, actor, body)
    domain_id = await domain_for_change(tx, actor, body.domain)
    command = to_update(msgspec.structs.replace(body, url=UNSET), current, domain_id)
    more: dict[str, Any] = {} if found is None else msgspec.structs.asdict(found)
    if body.static is not UNSET:
        more["dynamic"] = not body.static
    extras = current.link.extras if command.extras is UNSET else command.extras
    mine = extras.get(EXTRAS) or {}
    kept = _kept(body, kind, mine.get(_CODE) or {})
    if kept != mine.get(_CODE):
        more["extras"] = {**extras, EXTRAS: {**mine, _CODE: kept}}
    if found is None and command.target_url == current.link.target_url:
        more["target_url"] = UNSET  # a page has none, which the core takes together with the page only
    command = msgspec.structs.replace(command, **more)
    if not changes(command, current):
        return current
    try:
        return await links.update_link(tx, actor, current.link.id, command)
    except Invalid as fault:
        raise _in_their_words(fault, kind) from fault


def to_code(view: LinkView, installation: Installation) -> CodeOut:
    """A code with every member."""
    link, kind = view.link, shown_type(view)
    kept = _stored(view)
    payload = _payload(kept, kind)
    look = msgspec.convert({name: kept[name] for name in _LOOK if name in kept}, _Look)
    plain = msgspec.structs.asdict(to_link(view, installation))
    if link.dynamic:
        marker = f"?{installation.qr_marker}" if installation.qr_marker else ""
        said = f"{view.short_url}{marker}"
    else:
        said = with_utm(link.target_url, link.utm) if payload is None else printed(kind, payload)
    return CodeOut(
        **plain
        | msgspec.structs.asdict(look)
        | ({} if payload is None else {kind: payload})
        | {
            "id": ids.shown(ids.CODE, link.id),
            "qr_code": f"{installation.api_url}/codeqr/qr?url={quote(said, safe='')}&{_parameters(look)}",
        },
        type=kind,
        static=not link.dynamic,
        scans=view.scans.qr,
    )


def shown_type(view: LinkView) -> CodeType:
    """The type that a code was given, as long as its link leads where that type led it."""
    kept = _stored(view)
    kind: CodeType = kept.get("type", "url")
    payload = _payload(kept, kind)
    return kind if payload is not None and lead(kind, payload).is_of(view.link) else "url"


def _check_printed(body: CodePatch, kind: CodeType, found: Lead | None) -> None:
    """Raises Invalid when a body changes what a static code says."""
    named: str = kind if found is not None or body.type is not UNSET else ""
    named = named or next((name for name in _PRINTED if getattr(body, name) is not UNSET), "")
    if named:
        raise Invalid(named, "is printed in a static code; send `static: false` along to lead it elsewhere")


def _in_their_words(fault: Invalid, kind: CodeType) -> Invalid:
    """A finding about a page names the member that the content came from."""
    if not fault.field.startswith("content."):
        return fault
    return Invalid(their_name(kind, fault.field.removeprefix("content.")), fault.why)


def _lead(body: CodePatch, kind: CodeType) -> Lead | None:
    """Where a body leads a code of a type; None when it has no content of that type."""
    if kind == "url":
        url: str | UnsetType = body.url
        return None if url is UNSET else Lead(whole_url(url))
    payload = payload_of(body, kind)
    return None if payload is None else lead(kind, payload)


def _kept(body: CodePatch, kind: CodeType, before: Json) -> Json:
    given = {name: value for name in _LOOK if (value := getattr(body, name)) is not UNSET}
    kept = {**before, **given, "type": kind}
    payload = payload_of(body, kind)
    if payload is not None or kind == "url":
        kept["payload"] = msgspec.to_builtins(payload)
    return {name: value for name, value in kept.items() if value is not None}


def _stored(view: LinkView) -> Json:
    found: Json = (view.link.extras.get(EXTRAS) or {}).get(_CODE) or {}
    return found


def _payload(kept: Json, kind: CodeType) -> Payload | None:
    if kind == "url" or kept.get("payload") is None:
        return None
    payload: Payload = msgspec.convert(kept["payload"], PAYLOADS[kind])
    return payload


def _parameters(look: _Look) -> str:
    """The look as parameters of `/qr`."""
    said = {"size": look.size, "level": look.level, "fgColor": look.fg_color, "bgColor": look.bg_color}
    if look.logo and look.show_logo:
        said["logo"] = look.logo
    return urlencode(said)


def _link_id(text: str) -> str:
    return ids.native(ids.CODE, text) if text.startswith(f"{ids.CODE}_") else text
