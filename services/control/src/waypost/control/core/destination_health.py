"""What a look at a link's destinations changes: the state of the link, and who is told."""

from collections.abc import Sequence

import msgspec

from waypost.control.core.announce import announce
from waypost.control.core.link_views import event_data, view
from waypost.control.model.destination_health import LinkHealth, Look, after_look
from waypost.control.model.links import Link
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


async def keep_looks(tx: Tx, found: Sequence[tuple[Destination, Look]]) -> None:
    """Keep what looks found, and announce what is news. A link that changed meanwhile is left alone."""
    ids = [seen.id for seen, _ in found]
    now = {link.id: link for link in await links.any_workspace(tx, ids)}
    known = await link_health.of_links(tx, ids)
    kept: list[tuple[Link, LinkHealth]] = []
    for seen, look in found:
        link = now.get(seen.id)
        if link is None or link_destinations.destination_of(link).urls != seen.urls:
            continue
        before = known.get(seen.id) or LinkHealth(link_id=seen.id, checked_ms=0)
        health, news = after_look(before, look, tx.now_ms)
        kept.append((link, health))
        if news:
            data = event_data(await view(tx, link)) | {"health": msgspec.to_builtins(health)}
            announce(tx, news, link.workspace_id, data, link_id=link.id)
    await link_health.keep(tx, kept)
