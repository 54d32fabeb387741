"""Further ways to make and find links: upsert, duplicate, a slug that is free."""

from waypost.control.core.domains import placed
from waypost.control.core.link_slugs import place_of
from waypost.control.core.links import create_link, get_link, reachable, update_link
from waypost.control.core.slugs import check_slug, random_slug
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid, LinkNotFound
from waypost.control.model.links import CreateLink, LinkSettings, LinkView, UpdateLink
from waypost.control.store import links, slugs
from waypost.control.store.tx import Tx

_NOT_COPIED = frozenset({"external_id"})


async def upsert_link(tx: Tx, actor: Actor, create: CreateLink, update: UpdateLink) -> tuple[LinkView, bool]:
    """Change the link with the command's external id, else with its slug, or make it; True when it was made.

    Raises Invalid when the command has neither, and what creating and changing raise.
    """
    if create.external_id is None and not create.slug:
        raise Invalid("external_id", "an upsert needs an external id or a slug")
    create = await placed(tx, actor, create)
    try:
        if create.external_id is not None:
            found = (await links.get_by_external_id(tx, actor.workspace_id, create.external_id)).id
        else:
            place = await place_of(tx, actor.workspace_id, create.domain_id)
            found = await slugs.link_id_of(tx, create.domain_id, place.key_of(create.slug))
            await reachable(tx, actor, found)
    except LinkNotFound:
        return await create_link(tx, actor, create), True
    return await update_link(tx, actor, found, update), False


async def duplicate_link(tx: Tx, actor: Actor, link_id: str, slug: str = "") -> LinkView:
    """Make a link with the same settings and tags under another slug. Raises LinkNotFound, SlugTaken."""
    view = await get_link(tx, actor, link_id)
    settings = {
        name: getattr(view.link, name) for name in LinkSettings.__struct_fields__ if name not in _NOT_COPIED
    }
    command = CreateLink(
        **settings,
        slug=slug,
        domain_id=view.link.domain_id,
        active=view.link.state == "active",
        tag_ids=tuple(tag.id for tag in view.tags),
    )
    return await create_link(tx, actor, command)


async def is_free(tx: Tx, actor: Actor, domain_id: str, slug: str) -> bool:
    """Whether a link of this workspace could have the slug now. Raises InvalidSlug, DomainNotFound."""
    place = await place_of(tx, actor.workspace_id, domain_id)
    claim = await slugs.get(tx, domain_id, place.key_of(check_slug("slug", slug)))
    if claim is None:
        return True
    held_long_enough = 0 < claim.held_until_ms <= tx.now_ms
    return claim.link_id is None and (claim.workspace_id == actor.workspace_id or held_long_enough)


async def suggest_slug(tx: Tx, actor: Actor, domain_id: str) -> str:
    """A random slug that is free right now. Raises DomainNotFound."""
    await place_of(tx, actor.workspace_id, domain_id)
    while True:
        slug = random_slug(tx, tx.installation.slug_characters)
        if await slugs.get(tx, domain_id, slug) is None:
            return slug
