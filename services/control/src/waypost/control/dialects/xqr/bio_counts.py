"""How often pages were seen and clicked, for lists: one question for all of them."""

from collections.abc import Sequence

from waypost.control.dialects.xqr.mapping_analytics import range_of
from waypost.control.dialects.xqr.mapping_bio import Counts
from waypost.control.model.bio import BioPage
from waypost.control.model.faults import Unavailable
from waypost.control.surface.call import Call
from waypost.wire.filters import Filter
from waypost.wire.ids import to_bytes
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery

_VIEW, _CLICK = "page", "page_click"


async def counts_of(call: Call, pages: Sequence[BioPage]) -> dict[str, Counts]:
    """The counts of pages by their ids, of all times. Empty while analytics is away: pages are read without."""
    if not pages:
        return {}
    wanted = range_of("all", call.now_ms, min(page.view.link.created_ms for page in pages))
    query = BreakdownQuery(
        workspace_id=to_bytes(call.actor.workspace_id),
        from_ms=wanted.from_ms,
        to_ms=wanted.to_ms,
        link_ids=tuple(to_bytes(page.id) for page in pages),
        dimensions=("link", "outcome"),
        filters=(Filter("outcome", (_VIEW, _CLICK)),),
        limit=2 * len(pages),
    )
    try:
        answer = await call.control.bus.ask(query, BreakdownAnswer)
    except Unavailable:
        return {}
    found = {(row.values[0], row.values[1]): row.counts.human for row in answer.rows}
    return {
        page.id: Counts(found.get((page.id, _VIEW), 0), found.get((page.id, _CLICK), 0)) for page in pages
    }
