"""Links: requests to commands, views to answers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.query import time_ms
from waypost.control.dialects.linkbreakers.schemas.designs import DesignOut
from waypost.control.dialects.linkbreakers.schemas.domains import DomainOut
from waypost.control.dialects.linkbreakers.schemas.links import (
    LinkBasis,
    LinkCreate,
    LinkOut,
    LinkPatch,
    TagOut,
)
from waypost.control.dialects.linkbreakers.schemas.themes import ThemeOut
from waypost.control.model.faults import Invalid, InvalidSlug, InvalidUrl
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import CreateLink, LinkSort, LinkView, TagName, UpdateLink

DIALECT = "linkbreakers"
CLICK_ID = "lbid"
"""The parameter that carries the visitor's id to the destination (the vendor's `conversionTracking`)."""

SORTS: dict[str, LinkSort] = {
    "LINK_SORT_FIELD_CREATED_AT": "created",
    "LINK_SORT_FIELD_UPDATED_AT": "updated",
    "LINK_SORT_FIELD_NAME": "title",
    "LINK_SORT_FIELD_SHORTLINK": "slug",
    "LINK_SORT_FIELD_EVENT_COUNT": "scans",
}
_SHORTLINK = re.compile(r"[a-zA-Z0-9_-]+\Z")
_WEB = re.compile(r"https?://[^/]", re.IGNORECASE)

_TEXTS = {
    "title": "name",
    "fallback_url": "fallback_destination",
    "expired_url": "expired_destination",
    "lead_goal": "lead_goal_definition",
    "lead_target": "lead_target_definition",
    "comments": "purpose",
}
_REFERENCES = {"folder_id": "directory_id", "qr_design_id": "qrcode_design_id"}
_DELETES = ("tags", "expires_at", "expired_destination", "directory_id", "qrcode_template_id")

SignedImage = Callable[[LinkView], str]


def to_create(body: LinkCreate) -> CreateLink:
    """The command of a new link. Raises Invalid and its kinds."""
    return CreateLink(**basis(body), target_url=_destination(body.destination))


def basis(body: LinkBasis) -> dict[str, Any]:
    """The members of the command of a new link, but for what it leads to. Raises Invalid and its kinds."""
    values = _settings(body)
    enabled = body.qrcode_enabled is not False
    if not enabled and (body.qrcode_design_id or body.wait_for_qrcode):
        raise Invalid("qrcode_enabled", "a link without a QR code has no design and no image to wait for")
    if body.shortlink:
        values["slug"] = shortlink(body.shortlink)
    if body.id:
        values["id"] = body.id
    if body.custom_domain_id:
        values["domain_id"] = body.custom_domain_id
    if body.qrcode_template_id:
        values["extras"] = {DIALECT: {"qrcode_template_id": body.qrcode_template_id}}
    values = {name: value for name, value in values.items() if value is not None}
    return {**values, "qr_enabled": enabled, "expiry_in_past": False}


def to_update(body: LinkPatch, current: LinkView) -> UpdateLink:
    """The command of a change; what this dialect cannot say is not in it. Raises Invalid and its kinds."""
    for name in _DELETES:
        if getattr(body, f"{name}_delete") is True and getattr(body, name):
            raise Invalid(name, "cannot be set and deleted at once")
    values = _settings(body)
    if body.destination is not UNSET:
        values["target_url"] = _destination(body.destination)
    if body.shortlink is not UNSET:
        values["slug"] = shortlink(body.shortlink)
    if body.custom_domain_id is not UNSET:
        values["domain_id"] = body.custom_domain_id or DEFAULT_DOMAIN
    if body.qrcode_enabled is not UNSET:
        values["qr_enabled"] = body.qrcode_enabled
        if not body.qrcode_enabled:
            values["qr_design_id"] = None
    template = None if body.qrcode_template_id_delete else body.qrcode_template_id
    theme = "" if body.page_theme_id == current.link.id else body.page_theme_id
    own = {"qrcode_template_id": template, "page_theme_id": theme}
    if any(value is not UNSET for value in own.values()):
        values["extras"] = _merged_extras(current, own)
    return UpdateLink(**values, expiry_in_past=False)


def _settings(body: LinkBasis | LinkPatch) -> dict[str, Any]:
    """The members that a new link and a change write alike; the cleared value stands for null and ""."""
    values: dict[str, Any] = {}
    for native, name in _TEXTS.items():
        if (text := getattr(body, name)) is not UNSET:
            values[native] = text or ""
    for native, name in _REFERENCES.items():
        if (reference := getattr(body, name)) is not UNSET:
            values[native] = reference or None
    if body.metadata is not UNSET:
        values["metadata"] = body.metadata or {}
    if body.tags is not UNSET:
        values["tags"] = tuple(body.tags or ())
    if body.expires_at is not UNSET:
        values["expires_ms"] = time_ms("expires_at", body.expires_at) if body.expires_at else 0
    if body.conversion_tracking is not UNSET:
        values["track_conversion"] = bool(body.conversion_tracking)
        values["click_id_param"] = CLICK_ID if body.conversion_tracking else ""
    if isinstance(body, LinkPatch):
        cleared = {"tags": ("tags", ()), "expires_at": ("expires_ms", 0), "directory_id": ("folder_id", None)}
        cleared["expired_destination"] = ("expired_url", "")
        values |= {
            native: value for name, (native, value) in cleared.items() if getattr(body, f"{name}_delete")
        }
    return values


def _merged_extras(current: LinkView, own: dict[str, Any]) -> dict[str, Any]:
    kept = dict(current.link.extras.get(DIALECT, {}))
    for name, value in own.items():
        if value:
            kept[name] = value
        elif value is not UNSET:
            kept.pop(name, None)
    return {**current.link.extras, DIALECT: kept}


def _destination(url: str) -> str:
    if not _WEB.match(url.strip()):
        raise InvalidUrl("target_url", "must be an absolute http or https URL")
    return url


def shortlink(text: str) -> str:
    """A shortlink that the vendor would take. Raises InvalidSlug."""
    if not _SHORTLINK.match(text):
        raise InvalidSlug("slug", "may hold letters, digits, `_` and `-` only")
    if len(text) > limits.SHORTLINK_CHARACTERS_MAX:
        raise InvalidSlug("slug", f"longer than {limits.SHORTLINK_CHARACTERS_MAX} characters")
    return text


def to_link(
    view: LinkView,
    signed_image: SignedImage,
    *,
    custom_domain: DomainOut | None = None,
    design: DesignOut | None = None,
    theme: ThemeOut | None = None,
) -> LinkOut:
    """A link as the vendor answers it. Tags and the image address always come; relations when they are given."""
    link = view.link
    own = link.extras.get(DIALECT, {})
    out = LinkOut(
        id=link.id,
        workspace_id=link.workspace_id,
        name=link.title,
        destination=link.target_url,
        fallback_destination=link.fallback_url,
        shortlink=link.slug,
        entrypoint=view.short_url,
        custom_domain_id="" if link.domain_id == DEFAULT_DOMAIN else link.domain_id,
        qrcode_enabled=link.qr_enabled,
        qrcode_design_id=link.qr_design_id or "",
        qrcode_template_id=own.get("qrcode_template_id", ""),
        qrcode_signed_url=signed_image(view) if link.qr_enabled else "",
        page_theme_id=own.get("page_theme_id") or link.id,
        page_theme_template_id=own.get("page_theme_template_id", ""),
        directory_id=link.folder_id or "",
        tags=[to_tag(tag) for tag in view.tags],
        metadata=dict(link.metadata),
        purpose=link.comments,
        lead_goal_definition=link.lead_goal,
        lead_target_definition=link.lead_target,
        conversion_tracking=link.track_conversion,
        expires_at=at(link.expires_ms) if link.expires_ms else None,
        expired_destination=link.expired_url,
        event_count=view.scans.human,
        created_at=at(link.created_ms),
        updated_at=at(link.updated_ms),
    )
    related = {"custom_domain": custom_domain, "qrcode_design": design, "page_theme": theme}
    return msgspec.structs.replace(
        out, **{name: value for name, value in related.items() if value is not None}
    )


def to_tag(tag: TagName) -> TagOut:
    """A tag as an object."""
    return TagOut(id=tag.id, name=tag.name)


def at(ms: int) -> datetime:
    """Unix milliseconds as a time."""
    return datetime.fromtimestamp(ms / 1000, UTC)
