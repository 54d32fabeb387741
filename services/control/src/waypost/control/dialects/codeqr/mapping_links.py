"""What clients say of links, as commands of the core. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.mapping_rules import Targeting, foreign_rules, lift, lower
from waypost.control.dialects.codeqr.mapping_smart_rules import lifted, lower_smart
from waypost.control.dialects.codeqr.mapping_values import (
    EXTRAS,
    UTM,
    time_to_ms,
    utm_in,
    whole_url,
    without_parameters,
)
from waypost.control.dialects.codeqr.reading import listed
from waypost.control.dialects.codeqr.schemas_codes import CodeCreate
from waypost.control.dialects.codeqr.schemas_links import LinkCreate, LinkPatch
from waypost.control.model.faults import Invalid, InvalidUrl
from waypost.control.model.links import CreateLink, Json, LinkView, Preview, UpdateLink
from waypost.rules.model import Rule

MASK = "********"
"""What stands in answers for a password; sent back it changes nothing."""
CLICK_ID = "cq_id"
_KEPT = (
    "flexible",
    "pre_redirection",
    "page_id",
    "page_url",
    "is_form_mandatory",
    "test_started_at",
    "test_completed_at",
)
"""Members without a meaning here, which come back as they were sent."""
_FLAGS = (
    ("track_conversion", "track_conversion"),
    ("archived", "archived"),
    ("rewrite", "cloak"),
    ("do_index", "indexable"),
    ("public_stats", "public_stats"),
)
_TARGETING = ("ios", "android", "geo", "test_variants", "rules")


def to_create(body: LinkCreate | CodeCreate, domain_id: str, **more: Any) -> CreateLink:
    """The command of a new link, with `more` that its body does not say. Raises Invalid."""
    if body.password == MASK:
        raise Invalid("password", "is the mask of another link's password")
    names, tag_ids = tags_of(body)
    values = _settings(body)
    if body.key:
        values["slug"] = body.key
    elif body.key_length is not None:
        values["slug_characters"] = body.key_length
    return CreateLink(
        **{
            "query_policy": "visitor",
            "click_id_param": CLICK_ID,
            **values,
            **more,
        },
        domain_id=domain_id,
        prefix="" if body.key else (body.prefix or "").strip("/"),
        password=_text(body.password),
        tags=names,
        tag_ids=tag_ids,
        utm=_utm(body, {}),
        preview=_preview(body, Preview()),
        rules=lower(_targeting(body, Targeting()), lower_smart(body.rules or ())),
        extras={EXTRAS: kept} if (kept := _kept(body, {})) else {},
    )


def to_update(body: LinkPatch, current: LinkView, domain_id: str | UnsetType = UNSET) -> UpdateLink:
    """The command of a change; what CodeQR cannot say of the link stays as it is. Raises Invalid."""
    link = current.link
    values = _settings(body)
    if body.track_conversion is True and not link.click_id_param:
        values["click_id_param"] = CLICK_ID
    if body.key is not UNSET and body.key is not None:
        values["slug"] = body.key
    if body.password is not UNSET and body.password != MASK:
        values["password"] = body.password or None
    if body.tag_ids is not UNSET or body.tag_names is not UNSET or body.tag_id is not UNSET:
        values["tags"], values["tag_ids"] = tags_of(body)
    if any(getattr(body, f"utm_{name}") is not UNSET for name in UTM) or body.ref is not UNSET:
        values["utm"] = _utm(body, link.utm)
        target = values.get("target_url", link.target_url)
        values["target_url"] = without_parameters(target, _cleared(body))
    if any(getattr(body, name) is not UNSET for name in ("proxy", "title", "description", "image", "video")):
        values["preview"] = _preview(body, link.preview)
    if any(getattr(body, name) is not UNSET for name in _TARGETING):
        values["rules"] = lower(_targeting(body, lift(link.rules)), _beside(body, link.rules))
    before = link.extras.get(EXTRAS) or {}
    if (kept := _kept(body, before)) != before:
        values["extras"] = {**link.extras, EXTRAS: kept}
    return UpdateLink(**values, domain_id=domain_id)


def changes(command: UpdateLink, current: LinkView) -> bool:
    """Whether a command would change anything about a link. A password always does."""
    for name, value in command.given().items():
        match name:
            case "active" | "password":
                return True
            case "tags" | "tag_ids":
                continue
            case _:
                if getattr(current.link, name) != value:
                    return True
    if command.tags is UNSET and command.tag_ids is UNSET:
        return False
    names = () if command.tags is UNSET else command.tags
    wanted_ids = set(() if command.tag_ids is UNSET else command.tag_ids)
    carried = {tag.name.casefold(): tag.id for tag in current.tags}
    wanted_ids |= {carried.get(name.casefold(), "") for name in names}
    return wanted_ids != set(carried.values())


def tags_of(body: LinkPatch) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and native ids of the tags that a body asks for, both lists together.

    An entry among the ids that does not look like one is a name: the vendor's own samples do that.
    """
    old = () if body.tag_id is UNSET else listed(body.tag_id)
    given = (*listed(None if body.tag_ids is UNSET else body.tag_ids), *old)
    named = [
        *(entry for entry in given if not ids.looks_like_one(ids.TAG, entry)),
        *listed(None if body.tag_names is UNSET else body.tag_names),
    ]
    unique = {name.casefold(): name for name in reversed(named)}
    found = dict.fromkeys(ids.native(ids.TAG, entry) for entry in given if ids.looks_like_one(ids.TAG, entry))
    return tuple(reversed(unique.values())), tuple(found)


def _settings(body: LinkPatch) -> dict[str, Any]:
    """The members that mean the same in both, where they are given."""
    values: dict[str, Any] = {}
    if body.url is not UNSET:
        values["target_url"] = _target(body.url)
    for name, longest in (
        ("title", limits.TITLE_CHARACTERS_KEPT),
        ("description", limits.DESCRIPTION_CHARACTERS_KEPT),
        ("comments", None),
    ):
        if (text := getattr(body, name)) is not UNSET:
            values[name] = _text(text)[:longest]
    for name, native in _FLAGS:
        if (flag := getattr(body, name)) is not UNSET:
            values[native] = bool(flag)
    if body.expires_at is not UNSET:
        values["expires_ms"] = time_to_ms("expiresAt", body.expires_at)
    if body.expired_url is not UNSET:
        values["expired_url"] = whole_url(_text(body.expired_url))
    if body.external_id is not UNSET:
        values["external_id"] = _text(body.external_id).removeprefix("ext_") or None
    if body.tenant_id is not UNSET:
        values["tenant_id"] = body.tenant_id or None
    if body.folder_id is not UNSET:
        values["folder_id"] = ids.native(ids.FOLDER, body.folder_id) if body.folder_id else None
    if body.webhook_ids is not UNSET:
        values["webhook_ids"] = tuple(ids.native(ids.WEBHOOK, each) for each in body.webhook_ids or ())
    return values


def _target(url: str) -> str:
    if not url.strip():
        raise InvalidUrl("url", "is empty")
    return whole_url(url)


def _text(text: str | UnsetType | None) -> str:
    return "" if text is UNSET or text is None else text


def _utm(body: LinkPatch, before: dict[str, str]) -> dict[str, str]:
    utm = dict(before)
    for name, value in [*((name, getattr(body, f"utm_{name}")) for name in UTM), ("ref", body.ref)]:
        if value is not UNSET:
            utm.pop(name, None)
            if value:
                utm[name] = value
    return utm


def _cleared(body: LinkPatch) -> frozenset[str]:
    cleared = {f"utm_{name}" for name in UTM if getattr(body, f"utm_{name}") in (None, "")}
    return frozenset(cleared | ({"ref"} if body.ref in (None, "") else set()))


def _preview(body: LinkPatch, before: Preview) -> Preview:
    values: dict[str, Any] = {}
    if body.proxy is not UNSET:
        values["enabled"] = bool(body.proxy)
    for name in ("title", "description"):
        if getattr(body, name) is not UNSET:
            values[name] = ""  # the link's own one is shown
    for name in ("image", "video"):
        if (url := getattr(body, name)) is not UNSET:
            values[name] = whole_url(_text(url))
    return msgspec.structs.replace(before, **values)


def _targeting(body: LinkPatch, before: Targeting) -> Targeting:
    return Targeting(
        ios=before.ios if body.ios is UNSET else body.ios or "",
        android=before.android if body.android is UNSET else body.android or "",
        geo=before.geo if body.geo is UNSET else body.geo or {},
        variants=before.variants if body.test_variants is UNSET else tuple(body.test_variants or ()),
    )


def _beside(body: LinkPatch, before: Sequence[Rule]) -> tuple[Rule, ...]:
    """The smart rules, new ones where some are sent, before those that CodeQR cannot say."""
    foreign = foreign_rules(before)
    if body.rules is UNSET:
        return foreign
    others = tuple(rule for rule in foreign if lifted(rule) is None)
    return (*lower_smart(body.rules or (), {rule.id for rule in others}), *others)


def _kept(body: LinkPatch, before: Json) -> Json:
    given = {name: value for name in _KEPT if (value := getattr(body, name)) is not UNSET}
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def utm_shown(target_url: str, utm: dict[str, str]) -> dict[str, str]:
    """The UTM parameters that a visitor arrives with."""
    return {**utm_in(target_url), **utm}
