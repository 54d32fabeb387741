"""Making, changing and upserting links: one path for single calls and bulks."""

from msgspec import UNSET

from waypost.control.core import links
from waypost.control.dialects.codeqr.finding import (
    domain_for_change,
    domain_for_new,
    link_by_external_id,
    with_known_tags,
)
from waypost.control.dialects.codeqr.mapping_links import changes, to_create, to_update
from waypost.control.dialects.codeqr.mapping_values import whole_url
from waypost.control.dialects.codeqr.schemas_links import LinkCreate, LinkPatch
from waypost.control.model.access import Actor
from waypost.control.model.faults import LinkNotFound
from waypost.control.model.links import LinkFilter, LinkView
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx


async def create(tx: Tx, actor: Actor, body: LinkCreate, *, webhooks: bool = True) -> LinkView:
    """Make a link. Raises DomainForbidden, Invalid and what the core raises."""
    body = await with_known_tags(tx, actor, body)
    command = to_create(body, await domain_for_new(tx, actor, body.domain))
    return await links.create_link(tx, actor, command, webhooks=webhooks)


async def change(
    tx: Tx, actor: Actor, current: LinkView, body: LinkPatch, *, webhooks: bool = True
) -> LinkView:
    """Change a link; one that would stay as it is keeps its `updatedAt`. Raises as `create` does."""
    body = await with_known_tags(tx, actor, body)
    domain_id = await domain_for_change(tx, actor, body.domain)
    command = to_update(body, current, domain_id)
    if not changes(command, current):
        return current
    return await links.update_link(tx, actor, current.link.id, command, webhooks=webhooks)


async def upsert(tx: Tx, actor: Actor, body: LinkCreate) -> LinkView:
    """Change the link that the body means, or make it. Raises as `create` does."""
    found = await _meant(tx, actor, body)
    return await create(tx, actor, body) if found is None else await change(tx, actor, found, body)


async def _meant(tx: Tx, actor: Actor, body: LinkCreate) -> LinkView | None:
    """By external id, else by key; by destination only when the body has neither.

    A key that nobody has means a new link, even where another one leads to the same place: what is
    printed keeps its key.
    """
    try:
        if body.external_id is not UNSET and body.external_id:
            return await link_by_external_id(tx, actor, body.external_id)
    except LinkNotFound:
        if not body.key:
            return None
    if body.key:
        domain_id = await domain_for_new(tx, actor, body.domain)
        try:
            return await links.get_link_by_slug(tx, actor, domain_id, body.key)
        except LinkNotFound:
            return None
    return await _by_url(tx, actor, body)


async def _by_url(tx: Tx, actor: Actor, body: LinkCreate) -> LinkView | None:
    domain_id = (
        None if body.domain is UNSET or not body.domain else await domain_for_new(tx, actor, body.domain)
    )
    wanted = LinkFilter(target_url=whole_url(body.url), domain_id=domain_id, page=PageRequest(limit=1))
    found = (await links.list_links(tx, actor, wanted)).items
    return found[0] if found else None
