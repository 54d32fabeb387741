"""Finding what requests name: domains by host, links in the vendor's three ways."""

from msgspec import UNSET, UnsetType

from waypost.control.core import links
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.errors import DomainForbidden
from waypost.control.model.access import Actor
from waypost.control.model.domains import Domain
from waypost.control.model.faults import DomainNotFound, LinkNotFound
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import LinkView
from waypost.control.store import domains
from waypost.control.store.tx import Tx

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
    if actor.domain_id is not None:
        return actor.domain_id
    own = await domains.of_workspace(tx, actor.workspace_id, limits.DOMAINS_LOOKED_AT_MAX)
    primary = (each.id for each in own if each.is_primary and not each.archived)
    return next(primary, DEFAULT_DOMAIN)


async def domain_for_change(tx: Tx, actor: Actor, host: str | UnsetType | None) -> str | UnsetType:
    """Where a changed link goes, UNSET when it stays. Raises DomainForbidden."""
    return UNSET if host is UNSET or not host else await domain_id_of(tx, actor, host)


async def own_domain(tx: Tx, actor: Actor, host: str) -> Domain:
    """One of the project's domains by its host or id. Raises DomainNotFound."""
    domain = await domains.by_host(tx, host.strip().lower())
    if domain is None and host.startswith(f"{ids.DOMAIN}_"):
        return await domains.get(tx, actor.workspace_id, ids.native(ids.DOMAIN, host))
    if domain is None or domain.workspace_id != actor.workspace_id:
        raise DomainNotFound(host)
    return domain
