"""Links: create, read, list, change, delete."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control import limits
from waypost.control.core import bio_link, link_views
from waypost.control.core.announce import announce
from waypost.control.core.domains import placed
from waypost.control.core.link_checks import checked
from waypost.control.core.link_publish import publish_link, publish_links, withdraw
from waypost.control.core.link_slugs import claim_aliases, claim_slug, move_slug, place_of
from waypost.control.core.passwords import verifier
from waypost.control.core.quotas import check_link_quota
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.events import EventType
from waypost.control.model.faults import (
    InPast,
    Invalid,
    InvalidUrl,
    LinkNotFound,
    OutOfReach,
    TagNotFound,
    VersionMismatch,
)
from waypost.control.model.link_urls import urls_of
from waypost.control.model.links import (
    CreateLink,
    Link,
    LinkFilter,
    LinkSettings,
    LinkView,
    Scans,
    UpdateLink,
)
from waypost.control.model.page import Page
from waypost.control.store import documents, link_health, link_search, links, qr, slugs, tags
from waypost.control.store.tx import Tx
from waypost.wire.ids import to_bytes, to_text

_SETTINGS = frozenset(LinkSettings.__struct_fields__)
_LEADING = ("target_url", "fallback_url", "expired_url", "rules")
_PAGE = frozenset({"template_type", "content"})


async def create_link(tx: Tx, actor: Actor, command: CreateLink, *, webhooks: bool = True) -> LinkView:
    """Make a link and let the edges know.

    Raises Invalid and its kinds, SlugTaken, ExternalIdTaken, DomainNotFound, FolderNotFound,
    TagNotFound, OutOfReach.
    """
    command = await placed(tx, actor, command)
    if actor.domain_id is not None and command.domain_id != actor.domain_id:
        raise OutOfReach("one domain")
    await check_link_quota(tx, actor, command.kind, dynamic=command.dynamic)
    settings = await checked(tx, actor.workspace_id, {name: getattr(command, name) for name in _SETTINGS})
    if command.expires_ms and not command.expiry_in_past and command.expires_ms <= tx.now_ms:
        raise InPast("expires_at", "lies in the past")
    place = await place_of(tx, actor.workspace_id, command.domain_id)
    link_id = _given_id(command.id) if command.id else tx.new_id()
    claim = await claim_slug(tx, place, link_id, command)
    link = Link(
        **settings,
        id=link_id,
        workspace_id=actor.workspace_id,
        domain_id=command.domain_id,
        slug=claim.slug,
        slug_key=claim.slug_key,
        state="active" if command.active else "paused",
        password_hash=await verifier(command.password) if command.password else "",
        password_version=1 if command.password else 0,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        created_by=actor.id,
    )
    await links.insert(tx, link)
    if command.aliases:
        await claim_aliases(tx, place, link, command.aliases)
    if command.tags or command.tag_ids:
        await tags.replace(tx, link, await _tag_ids(tx, actor, command.tags, command.tag_ids))
    if command.aliases or command.tags or command.tag_ids:
        view = await _published(tx, link)
    else:
        # Nothing stands beside a plain new link, so nothing needs to be read back.
        publish_link(tx, link, [claim], Scans())
        view = link_views.bare_view(tx, link, place.host)
    more: dict[str, tuple[list[str], list[str]]] = {
        "tags": ([], [tag.name for tag in view.tags]),
        "aliases": ([], list(view.aliases)),
    }
    told = {name: pair for name, pair in more.items() if pair[0] != pair[1]}
    await record_change(tx, actor, "link.create", link.id, None, link, told)
    _announce(tx, view, "link.created", webhooks=webhooks)
    await bio_link.follow_change(tx, None, view, webhooks=webhooks)
    return view


async def get_link(tx: Tx, actor: Actor, link_id: str) -> LinkView:
    """One link. Raises LinkNotFound."""
    return await link_views.view(tx, await reachable(tx, actor, link_id))


async def get_link_by_external_id(tx: Tx, actor: Actor, external_id: str) -> LinkView:
    """The link with an external id. Raises LinkNotFound."""
    link = await links.get_by_external_id(tx, actor.workspace_id, external_id)
    return await link_views.view(tx, _within_reach(actor, link))


async def get_link_by_slug(tx: Tx, actor: Actor, domain_id: str, slug: str) -> LinkView:
    """The link behind a slug or alias of a domain. Raises LinkNotFound, DomainNotFound."""
    place = await place_of(tx, actor.workspace_id, domain_id)
    return await get_link(tx, actor, await slugs.link_id_of(tx, domain_id, place.key_of(slug)))


async def list_links(tx: Tx, actor: Actor, wanted: LinkFilter) -> Page[LinkView]:
    """A page of links. Raises InvalidCursor."""
    if actor.domain_id is not None:
        wanted = msgspec.structs.replace(wanted, domain_id=actor.domain_id)
    if actor.own_links_only:
        wanted = msgspec.structs.replace(wanted, created_by=actor.id)
    page = await link_search.find(tx, actor.workspace_id, wanted)
    return Page(tuple(await link_views.views(tx, page.items)), page.next_cursor, page.total)


async def update_link(
    tx: Tx,
    actor: Actor,
    link_id: str,
    command: UpdateLink,
    *,
    expected_version: int | None = None,
    webhooks: bool = True,
) -> LinkView:
    """Change the given members of a link.

    Raises LinkNotFound, VersionMismatch when an expected version is given and is not the current one,
    and what `create_link` raises.
    """
    before = await reachable(tx, actor, link_id)
    if expected_version is not None and expected_version != before.version:
        raise VersionMismatch(str(before.version))
    kind = before.kind if command.kind is UNSET else command.kind
    dynamic = before.dynamic if command.dynamic is UNSET else command.dynamic
    if kind != before.kind or (dynamic and not before.dynamic and kind == "qr"):
        await check_link_quota(tx, actor, kind, dynamic=dynamic)
    given = command.given()
    settings = await checked(tx, actor.workspace_id, _given_settings(before, given))
    if settings.get("expires_ms") and not command.expiry_in_past and settings["expires_ms"] <= tx.now_ms:
        raise InPast("expires_at", "lies in the past")
    changed: dict[str, Any] = {**settings, **await _password_change(before, command)}
    if command.active is not UNSET and before.state != "blocked":
        changed["state"] = "active" if command.active else "paused"
    if command.slug is not UNSET or command.domain_id is not UNSET:
        changed |= await move_slug(tx, actor, before, command)
    after = msgspec.structs.replace(before, **changed)
    if not after.target_url and after.content is None:
        raise InvalidUrl("target_url", "is needed by a link that shows no page")
    beside = command.aliases is not UNSET or command.tags is not UNSET or command.tag_ids is not UNSET
    old = await link_views.view(tx, before) if beside else None
    if command.aliases is not UNSET:
        place = await place_of(tx, actor.workspace_id, after.domain_id)
        await claim_aliases(tx, place, after, command.aliases)
    if command.tags is not UNSET or command.tag_ids is not UNSET:
        names = () if command.tags is UNSET else command.tags
        ids = () if command.tag_ids is UNSET else command.tag_ids
        await tags.replace(tx, before, await _tag_ids(tx, actor, names, ids))
    after = msgspec.structs.replace(after, version=before.version + 1, updated_ms=tx.now_ms)
    await links.save(tx, after)
    if list(urls_of(after)) != list(urls_of(before)):
        await link_health.begin_anew(tx, link_id)
    view = await _published(tx, after)
    await record_change(tx, actor, "link.update", link_id, before, after, _beside(old, view) if old else None)
    _announce(tx, view, "link.updated", webhooks=webhooks)
    await bio_link.follow_change(tx, before, view, webhooks=webhooks)
    return view


async def delete_link(
    tx: Tx, actor: Actor, link_id: str, *, expected_version: int | None = None, webhooks: bool = True
) -> LinkView:
    """Delete a link; its slugs stay with its workspace. Raises LinkNotFound, VersionMismatch."""
    link = await reachable(tx, actor, link_id)
    if expected_version is not None and expected_version != link.version:
        raise VersionMismatch(str(link.version))
    view = await link_views.view(tx, link)
    gone = msgspec.structs.replace(link, deleted_ms=tx.now_ms, updated_ms=tx.now_ms, version=link.version + 1)
    withdraw(tx, await slugs.of_links(tx, [link_id]))
    held_ms = tx.installation.slug_hold_ms
    await slugs.hold_back(tx, link_id, tx.now_ms + held_ms if held_ms else 0)
    await links.save(tx, gone)
    if link.qr_design_id:
        await qr.remove_own_design(tx, link_id)
    await record_change(tx, actor, "link.delete", link_id, link, gone)
    view = msgspec.structs.replace(view, link=gone)
    announce(
        tx, "link.deleted", link.workspace_id, link_views.event_data(view), link_id=link_id, webhooks=webhooks
    )
    await bio_link.follow_change(tx, link, view, webhooks=webhooks)
    await documents.remove_of_link(tx, link_id)
    return view


async def reachable(tx: Tx, actor: Actor, link_id: str) -> Link:
    """A link of the actor's workspace that its key reaches. Raises LinkNotFound, whatever the reason."""
    return _within_reach(actor, await links.get(tx, actor.workspace_id, link_id))


def within_reach(actor: Actor, link: Link) -> bool:
    """Whether the actor's key reaches a link of its workspace; what it does not reach does not exist for it."""
    on_domain = actor.domain_id is None or link.domain_id == actor.domain_id
    return on_domain and (not actor.own_links_only or link.created_by == actor.id)


def _within_reach(actor: Actor, link: Link) -> Link:
    if not within_reach(actor, link):
        raise LinkNotFound(link.id)
    return link


async def _published(tx: Tx, link: Link) -> LinkView:
    await publish_links(tx, [link])
    return await link_views.view(tx, link)


def _announce(tx: Tx, view: LinkView, what: EventType, *, webhooks: bool) -> None:
    link = view.link
    announce(tx, what, link.workspace_id, link_views.event_data(view), link_id=link.id, webhooks=webhooks)


def _beside(old: LinkView, new: LinkView) -> dict[str, tuple[Any, Any]]:
    pairs = {
        "tags": ([tag.name for tag in old.tags], [tag.name for tag in new.tags]),
        "aliases": (list(old.aliases), list(new.aliases)),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


async def _tag_ids(tx: Tx, actor: Actor, names: tuple[str, ...], ids: tuple[str, ...]) -> list[str]:
    if len(names) + len(ids) > limits.TAGS_PER_LINK_MAX:
        raise Invalid("tags", f"more than {limits.TAGS_PER_LINK_MAX}")
    for name in names:
        if not name.strip() or len(name) > limits.NAME_CHARACTERS_MAX:
            raise Invalid("tags", f"names have 1 to {limits.NAME_CHARACTERS_MAX} characters")
    known = await tags.known_ids(tx, actor.workspace_id, ids)
    for tag_id in ids:
        if tag_id not in known:
            raise TagNotFound(tag_id)
    made = await tags.ensure(tx, actor.workspace_id, names) if names else {}
    return [*ids, *(tag.id for tag in made.values())]


async def _password_change(before: Link, command: UpdateLink) -> dict[str, Any]:
    if command.password is UNSET:
        return {}
    if not command.password:
        return {"password_hash": ""}
    return {
        "password_hash": await verifier(command.password),
        "password_version": before.password_version + 1,
    }


def _given_settings(before: Link, given: dict[str, Any]) -> dict[str, Any]:
    settings = {name: value for name, value in given.items() if name in _SETTINGS}
    if not _PAGE.isdisjoint(settings):
        # A page is judged as a whole, also when only one half of it changes.
        settings = {name: getattr(before, name) for name in _PAGE} | settings
    if given.get("domain_id", before.domain_id) != before.domain_id:
        # On another host, a destination that was fine may lead in a circle.
        whole = {name: value for name in _LEADING if (value := getattr(before, name))}
        settings = whole | {name: getattr(before, name) for name in _PAGE} | settings
    return settings


def _given_id(text: str) -> str:
    try:
        return to_text(to_bytes(text))
    except ValueError as error:
        raise Invalid("id", "is not a UUID") from error


async def require_scanned(tx: Tx, actor: Actor, link_ids: Sequence[str]) -> list[Link]:
    """Links whose scans are asked about, deleted ones too; all must be within the actor's reach. Raises
    LinkNotFound naming the first that is not."""
    found = {link.id: link for link in await links.ever_among(tx, actor.workspace_id, link_ids)}
    for link_id in link_ids:
        if link_id not in found:
            raise LinkNotFound(link_id)
    return [_within_reach(actor, found[link_id]) for link_id in link_ids]
