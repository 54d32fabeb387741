"""Links between xQR's words and the model. Pure."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control import limits as core_limits
from waypost.control.dialects.xqr.mapping_rules import Lowered, Note, is_sayable, lift, lower
from waypost.control.dialects.xqr.mapping_values import always_time, ms_to_time, time_to_ms, web_url
from waypost.control.dialects.xqr.schemas_links import LinkCreate, LinkOut, LinkUpdate, RoutingRule
from waypost.control.model.faults import Invalid
from waypost.control.model.links import CreateLink, Json, LinkView, UpdateLink
from waypost.rules.model import Rule

_EXTRAS = "xqr"


def to_create(body: LinkCreate, zone: str) -> CreateLink:
    """The command of a new link. Raises Invalid."""
    url = body.url if body.url is not None else body.destination
    if url is None:
        raise Invalid("url", "is required")
    lowered = lower(body.routing_rules or (), zone)
    return CreateLink(
        target_url=web_url("url", url),
        domain_id="",
        slug=body.custom_slug or "",
        tags=tuple(body.labels or ()),
        rules=lowered.rules,
        extras={_EXTRAS: _noted(lowered)} if lowered.notes else {},
        expires_ms=time_to_ms("expires_at", body.expires_at),
        active=body.enabled,
    )


def to_update(body: LinkUpdate, current: LinkView, zone: str) -> UpdateLink:
    """The command of a change. What xQR cannot say of the link stays as it is. Raises Invalid."""
    url = body.url if body.url is not UNSET else body.destination
    rules: tuple[Rule, ...] | UnsetType = UNSET
    extras: Json | UnsetType = UNSET
    if body.routing_rules is not UNSET:
        lowered = lower(body.routing_rules or (), zone)
        rules = (*lowered.rules, *_foreign(current.link.rules, lowered.rules, zone))
        extras = {**current.link.extras, _EXTRAS: _noted(lowered)}
    return UpdateLink(
        target_url=UNSET if url is UNSET else web_url("url", url),
        slug=body.custom_slug,
        aliases=_aliases(body, current),
        tags=UNSET if body.labels is UNSET else tuple(body.labels or ()),
        rules=rules,
        extras=extras,
        active=body.enabled,
        expires_ms=UNSET if body.expires_at is UNSET else time_to_ms("expires_at", body.expires_at),
    )


def to_link(view: LinkView, zone: str) -> LinkOut:
    """A link as xQR shows it."""
    link = view.link
    return LinkOut(
        id=link.id,
        short_url=view.short_url,
        short_code=link.slug,
        destination=link.target_url,
        enabled=link.state == "active",
        labels=[tag.name for tag in view.tags],
        routing_rules=routing_rules(view, zone),
        scan_count=view.scans.human,
        last_scan_at=ms_to_time(view.scans.last_ms),
        expires_at=ms_to_time(link.expires_ms),
        created_at=always_time(link.created_ms),
        updated_at=always_time(link.updated_ms),
    )


def routing_rules(view: LinkView, zone: str) -> list[RoutingRule]:
    """What xQR can say of a link's rules."""
    kept = view.link.extras.get(_EXTRAS) or {}
    try:
        notes = msgspec.convert(kept.get("rules", []), list[Note])
    except msgspec.ValidationError:
        notes = []  # notes of another version; the rules themselves say enough
    return lift(view.link.rules, notes, zone)


def _foreign(current: Sequence[Rule], own: Sequence[Rule], zone: str) -> list[Rule]:
    """The rules that only others can say, in their order; they follow the dialect's own."""
    taken = {rule.id for rule in own}
    return [rule for rule in current if not is_sayable(rule, zone) and rule.id not in taken]


def _aliases(body: LinkUpdate, current: LinkView) -> tuple[str, ...] | UnsetType:
    # A code that was printed under the old slug goes on working under it.
    if body.custom_slug is UNSET or body.custom_slug.casefold() == current.link.slug.casefold():
        return UNSET
    kept = [slug for slug in current.aliases if slug.casefold() != body.custom_slug.casefold()]
    return tuple([*kept, current.link.slug][-core_limits.ALIASES_PER_LINK_MAX :])


def _noted(lowered: Lowered) -> Json:
    return {"rules": msgspec.to_builtins(lowered.notes)}
