"""Finding what requests name: domains by host, links in the vendor's three ways."""

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control.core import links
from waypost.control.core.domains import of_new_links
from waypost.control.dialects.codeqr import ids
from waypost.control.dialects.codeqr.errors import DomainForbidden
from waypost.control.dialects.codeqr.reading import listed
from waypost.control.dialects.codeqr.schemas_links import LinkPatch
from waypost.control.limits import TAGS_PER_LINK_MAX
from waypost.control.model.access import Actor
from waypost.control.model.domains import Domain
from waypost.control.model.faults import DomainNotFound, Invalid, LinkNotFound
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import LinkView
from waypost.control.store import domains, tags
from waypost.control.store.tx import Tx

BodyT = TypeVar("BodyT", bound=LinkPatch)
_EXTERNAL = f"{ids.EXTERNAL}_"


async def link_by_id(tx: Tx, actor: Actor, text: str) -> LinkView:
    """A link by its id or by `ext_` and its external id. Raises LinkNotFound."""
    if text.startswith(_EXTERNAL):
        return await links.get_link_by_external_id(tx, actor, text.removeprefix(_EXTERNAL))
    return await links.get_link(tx, actor, ids.native(ids.LINK, text))


async def link_by_external_id(tx: Tx, actor: Actor, text: str) -> LinkView:
    """A link by its external id, with `ext_` or without. Raises LinkNotFound."""
    return await links.get_link_by_external_id(tx, actor, text.removeprefix(_EXTERNAL))


async def link_by_key(tx: Tx, actor: Actor, host: str, key: str) -> LinkView:
    """A link by domain and key. Raises LinkNotFound."""
    try:
        domain_id = await domain_id_of(tx, actor, host)
    except DomainForbidden as fault:
        raise LinkNotFound(key) from fault
    return await links.get_link_by_slug(tx, actor, domain_id, key)


async def domain_id_of(tx: Tx, actor: Actor, host: str) -> str:
    """The id of one of the project's hosts, the installation's own included. Raises DomainForbidden."""
    wanted = host.strip().lower()
    if wanted == tx.installation.public_host:
        return DEFAULT_DOMAIN
    domain = await domains.by_host(tx, wanted)
    if domain is None or domain.workspace_id != actor.workspace_id:
        raise DomainForbidden(host)
    return domain.id


async def domain_for_new(tx: Tx, actor: Actor, host: str | UnsetType | None) -> str:
    """Where a new link goes: the host asked for, else the key's only one, the primary one, the default.

    Raises DomainForbidden.
    """
    if host is not UNSET and host:
        return await domain_id_of(tx, actor, host)
    return await of_new_links(tx, actor)


async def domain_for_change(tx: Tx, actor: Actor, host: str | UnsetType | None) -> str | UnsetType:
    """Where a changed link goes, UNSET when it stays. Raises DomainForbidden."""
    return UNSET if host is UNSET or not host else await domain_id_of(tx, actor, host)


async def with_known_tags(tx: Tx, actor: Actor, body: BodyT) -> BodyT:
    """A body whose tag ids are all known ones; an entry that looks like an id may be the name of a tag. Raises
    Invalid."""
    old = () if body.tag_id is UNSET else listed(body.tag_id)
    entries = (*listed(None if body.tag_ids is UNSET else body.tag_ids), *old)
    meant = {entry: ids.native(ids.TAG, entry) for entry in entries if ids.looks_like_one(ids.TAG, entry)}
    if not meant or len(meant) > TAGS_PER_LINK_MAX:  # too many are refused by the core
        return body
    known = await tags.known_ids(tx, actor.workspace_id, list(meant.values()))
    strange = [entry for entry, native in meant.items() if native not in known]
    by_name = await tags.by_keys(tx, actor.workspace_id, [entry.casefold() for entry in strange])
    if unknown := [entry for entry in strange if entry.casefold() not in by_name]:
        raise Invalid("tagIds", f"Invalid tagIds detected: {', '.join(unknown)}")
    ids_of = {entry: ids.shown(ids.TAG, by_name[entry.casefold()].id) for entry in strange}
    return msgspec.structs.replace(
        body, tag_id=UNSET, tag_ids=[ids_of.get(entry, entry) for entry in entries]
    )


async def own_domain(tx: Tx, actor: Actor, host: str) -> Domain:
    """One of the project's domains by its host or id. Raises DomainNotFound."""
    domain = await domains.by_host(tx, host.strip().lower())
    if domain is None and host.startswith(f"{ids.DOMAIN}_"):
        return await domains.get(tx, actor.workspace_id, ids.native(ids.DOMAIN, host))
    if domain is None or domain.workspace_id != actor.workspace_id:
        raise DomainNotFound(host)
    return domain
