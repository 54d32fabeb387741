"""Links as they are shown: with their short URL, tags, aliases and totals."""

from collections.abc import Sequence

import msgspec

from waypost.control.model.access import Actor
from waypost.control.model.customers import Earned
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import Link, LinkView, Scans
from waypost.control.store import conversions, domains, link_health, links, slugs, tags, totals
from waypost.control.store.tx import Tx


async def views(tx: Tx, wanted: Sequence[Link]) -> list[LinkView]:
    """The views of links, in the same order, with six queries however many there are."""
    if not wanted:
        return []
    ids = [link.id for link in wanted]
    carried = await tags.of_links(tx, ids)
    counted = await totals.of_links(tx, ids)
    earned = await conversions.of_links(tx, ids)
    health = await link_health.of_links(tx, ids)
    hosts = await domains.by_ids(tx, sorted({link.domain_id for link in wanted} - {DEFAULT_DOMAIN}))
    aliases: dict[str, tuple[str, ...]] = {}
    for claim in await slugs.aliases_of(tx, ids):
        if claim.link_id is not None:
            aliases[claim.link_id] = (*aliases.get(claim.link_id, ()), claim.slug)
    result = []
    for link in wanted:
        domain = hosts.get(link.domain_id)
        host = domain.host if domain else ""
        result.append(
            LinkView(
                link=link,
                short_url=tx.installation.short_url(host, link.slug),
                domain=host or tx.installation.public_host,
                tags=carried.get(link.id, ()),
                aliases=aliases.get(link.id, ()),
                scans=counted.get(link.id, Scans()),
                earned=earned.get(link.id, Earned()),
                health=health.get(link.id),
            )
        )
    return result


def bare_view(tx: Tx, link: Link, host: str) -> LinkView:
    """The view of a new link that has no tags, aliases or scans."""
    return LinkView(
        link=link,
        short_url=tx.installation.short_url(host, link.slug),
        domain=host or tx.installation.public_host,
    )


async def known(tx: Tx, actor: Actor, link_ids: Sequence[str]) -> dict[str, LinkView]:
    """The views of those of these links that exist in the actor's workspace, by id."""
    found = await links.get_many(tx, actor.workspace_id, link_ids)
    return {each.link.id: each for each in await views(tx, found)}


async def view(tx: Tx, link: Link) -> LinkView:
    """The view of one link."""
    return (await views(tx, [link]))[0]


def event_data(view: LinkView) -> dict[str, object]:
    """A view as an event tells it: plain JSON that converts back to a LinkView, without the verifier."""
    link = msgspec.structs.replace(view.link, password_hash="*" if view.link.password_hash else "")
    plain: dict[str, object] = msgspec.to_builtins(msgspec.structs.replace(view, link=link))
    return {"link": plain}
