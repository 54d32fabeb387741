"""What a look at a link's destinations changes: the state of the link, and who is told."""

from collections.abc import Sequence

import msgspec

from waypost.control.core.announce import announce
from waypost.control.core.link_views import event_data, view
from waypost.control.model.destination_health import LinkHealth, Look, after_look
from waypost.control.store import link_destinations, link_health, links
from waypost.control.store.link_destinations import Destination
from waypost.control.store.tx import Tx


async def due(tx: Tx, *, every_ms: int, failing_again_ms: int, limit: int) -> list[str]:
    """Links whose destination is to be looked at now."""
    return await link_health.due(
        tx, well_before_ms=tx.now_ms - every_ms, failing_before_ms=tx.now_ms - failing_again_ms, limit=limit
    )


async def live_among(tx: Tx, link_ids: Sequence[str]) -> list[Destination]:
    """Those of the links that can be looked at; the others are put off, or forgotten when they are gone."""
    found = await link_destinations.destinations(tx, link_ids)
    await link_health.forget(tx, [link_id for link_id in link_ids if link_id not in found])
    live = [each for each in found.values() if each.is_live and each.urls]
    resting = found.keys() - {each.id for each in live}
    await link_health.postpone(tx, sorted(resting), tx.now_ms)
    return live


async def keep_look(tx: Tx, seen: Destination, look: Look) -> None:
    """Keep what a look found, and announce it when it is news. A link that changed meanwhile is left alone."""
    found = await links.any_workspace(tx, [seen.id])
    if not found or link_destinations.destination_of(found[0]).urls != seen.urls:
        return
    known = (await link_health.of_links(tx, [seen.id])).get(seen.id)
    health, news = after_look(known or LinkHealth(link_id=seen.id, checked_ms=0), look, tx.now_ms)
    await link_health.keep(tx, health)
    if news:
        shown = await view(tx, found[0])
        data = event_data(shown) | {"health": msgspec.to_builtins(health)}
        announce(tx, news, found[0].workspace_id, data, link_id=seen.id)
