"""QR codes and short links between QRs.bd's words and the model. Pure."""

from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control.dialects.qrsbd.mapping_content import (
    EXTRAS,
    lift_content,
    lower_content,
    lower_template,
    noted,
    target_of,
)
from waypost.control.dialects.qrsbd.mapping_rules import lift, lower, replaced
from waypost.control.dialects.qrsbd.schemas import Create, LinkOut, LinkPatch, QrCreate, QrPatch
from waypost.control.dialects.qrsbd.values import always_time, checked_slug, ms_to_time, time_to_ms
from waypost.control.model.faults import Invalid
from waypost.control.model.links import CreateLink, Link, LinkView, UpdateLink

_FIXED = ("target_url", "template_type", "content", "smart_rules")
"""What is printed into a static code, or would have to be."""


def to_create(body: Create) -> CreateLink:
    """The command of a new QR code or short link. Raises InvalidSlug, InvalidUrl, Invalid."""
    slug = checked_slug(body.slug)
    code = body if isinstance(body, QrCreate) else QrCreate()
    template = lower_template(code.template_type)
    content = lower_content(template, code.content)
    return CreateLink(
        kind="qr" if body is code else "link",
        domain_id="",
        slug=slug,
        target_url=target_of(body.target_url, template, content),
        title=body.title or "",
        dynamic=body.is_dynamic,
        rules=lower(body.smart_rules or ()),
        expires_ms=time_to_ms("expires_at", body.expires_at),
        password=body.password or "",
        template_type=template,
        content=content,
        extras=noted({}, content=None if code.content == content else code.content, design=code.design),
    )


def to_update(body: LinkPatch, current: LinkView) -> UpdateLink:
    """The command of a change. Raises Invalid, for another slug and for what a static code cannot change."""
    if body.slug is not UNSET and body.slug != current.link.slug:
        raise Invalid("slug", "cannot be changed")
    command = _with_page(body, current.link)
    if body.target_url is not UNSET:
        template = current.link.template_type if command.template_type is UNSET else command.template_type
        content = current.link.content if command.content is UNSET else command.content
        target = target_of(body.target_url, template, content)
        command = msgspec.structs.replace(command, target_url=target)
    command = msgspec.structs.replace(
        command,
        title=UNSET if body.title is UNSET else body.title or "",
        active=body.is_active,
        dynamic=body.is_dynamic,
        rules=UNSET
        if body.smart_rules is UNSET
        else replaced(current.link.rules, lower(body.smart_rules or ())),
        expires_ms=UNSET if body.expires_at is UNSET else time_to_ms("expires_at", body.expires_at),
        password=body.password,
    )
    _check_static(command, current.link)
    return command


def to_link(view: LinkView) -> LinkOut:
    """A QR code or short link as QRs.bd shows it."""
    link = view.link
    return LinkOut(
        id=link.id,
        domain=view.domain,
        short_url=view.short_url,
        slug=link.slug,
        title=link.title or None,
        is_active=link.state == "active",
        is_dynamic=link.dynamic,
        type=link.kind,
        design=(link.extras.get(EXTRAS) or {}).get("design"),
        expires_at=ms_to_time(link.expires_ms),
        has_password=bool(link.password_hash),
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
        **_printed(link),
    )


def _printed(link: Link) -> dict[str, Any]:
    """The members that a static code keeps, as they are shown."""
    return {
        "target_url": link.target_url,
        "template_type": link.template_type or "url",
        "content": lift_content(link.template_type, link.content, link.extras),
        "smart_rules": lift(link.rules),
    }


def _check_static(command: UpdateLink, link: Link) -> None:
    if link.dynamic or command.dynamic is True:
        return
    given = command.given()
    names = ("target_url", "template_type", "content", "rules", "extras")
    after = msgspec.structs.replace(link, **{name: given[name] for name in names if name in given})
    before, wanted = _printed(link), _printed(after)
    for name in _FIXED:
        if before[name] != wanted[name]:
            raise Invalid(name, "a static code cannot change it; send is_dynamic: true along")


def _with_page(body: LinkPatch, link: Link) -> UpdateLink:
    """The change of template, content and design; what one of the first two does not say, the link does."""
    code = body if isinstance(body, QrPatch) else QrPatch()
    extras = link.extras if code.design is UNSET else noted(link.extras, design=code.design)
    command = UpdateLink(extras=UNSET if code.design is UNSET else extras)
    if code.template_type is UNSET and code.content is UNSET:
        return command
    template = link.template_type if code.template_type is UNSET else lower_template(code.template_type)
    written = (
        lift_content(link.template_type, link.content, link.extras) if code.content is UNSET else code.content
    )
    content = lower_content(template, written)
    return msgspec.structs.replace(
        command,
        template_type=template,
        content=content,
        extras=noted(extras, content=None if written == content else written),
    )
