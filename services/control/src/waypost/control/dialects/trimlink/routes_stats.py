"""`GET /api/v1/stats/{code}`: everything about one link."""

import asyncio
from typing import Annotated

from litestar import get
from litestar.params import PathParameter

from waypost.control.core import links
from waypost.control.dialects.trimlink.mapping_more import to_stats
from waypost.control.dialects.trimlink.schemas import Success
from waypost.control.dialects.trimlink.schemas_more import Stats
from waypost.control.model.access import Actor
from waypost.control.model.faults import LinkNotFound, ScopeMissing
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import LinkView
from waypost.control.store import domains
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.wire.ids import to_bytes
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
)

TOP_ROWS = 10
DOMAINS_LOOKED_AT_MAX = 1000
_DAY_MS = 24 * 3_600_000
_DAYS_MAX = 2_000
_ALSO_NEEDED = "links:read"


@get("/api/v1/stats/{code:str}", scope="analytics:read", operation_id="getStats", tags=["Analytics"])
async def stats(
    call: Caller, code: Annotated[str, PathParameter(description="The short code.", max_length=190)]
) -> Success[Stats]:
    """Clicks of a link since it was made. A key needs `links:read` too."""
    if not call.actor.may(_ALSO_NEEDED):
        raise ScopeMissing(_ALSO_NEEDED)
    link = (await call.read(lambda tx: _by_code(tx, call.actor, code))).link
    to_ms = (call.now_ms // _DAY_MS + 1) * _DAY_MS
    from_ms = max(link.created_ms // _DAY_MS * _DAY_MS, to_ms - _DAYS_MAX * _DAY_MS)
    asked = _Questions(call, link.id, from_ms, to_ms)
    summary, days, by_country, by_referrer, by_device, by_browser = await asyncio.gather(
        asked.summary(),
        asked.days(),
        asked.by("country"),
        asked.by("referrer"),
        asked.by("device"),
        asked.by("browser"),
    )
    return Success(
        data=to_stats(
            summary,
            days,
            by_country=by_country,
            by_referrer=by_referrer,
            by_device=by_device,
            by_browser=by_browser,
        )
    )


async def _by_code(tx: Tx, actor: Actor, code: str) -> LinkView:
    """On the default domain, else on one of the workspace's own. Raises LinkNotFound."""
    own = await domains.of_workspace(tx, actor.workspace_id, DOMAINS_LOOKED_AT_MAX)
    for domain_id in (DEFAULT_DOMAIN, *(domain.id for domain in own)):
        try:
            return await links.get_link_by_slug(tx, actor, domain_id, code)
        except LinkNotFound:
            continue
    raise LinkNotFound(code)


class _Questions:
    def __init__(self, call: Call, link_id: str, from_ms: int, to_ms: int) -> None:
        self._bus = call.control.bus
        self._workspace_id = to_bytes(call.actor.workspace_id)
        self._links = (to_bytes(link_id),)
        self._from_ms = from_ms
        self._to_ms = to_ms

    async def summary(self) -> SummaryAnswer:
        query = SummaryQuery(
            workspace_id=self._workspace_id, from_ms=self._from_ms, to_ms=self._to_ms, link_ids=self._links
        )
        return await self._bus.ask(query, SummaryAnswer)

    async def days(self) -> list[SeriesPoint]:
        query = SeriesQuery(
            workspace_id=self._workspace_id, from_ms=self._from_ms, to_ms=self._to_ms, link_ids=self._links
        )
        return await self._bus.ask(query, list[SeriesPoint])

    async def by(self, dimension: str) -> BreakdownAnswer:
        query = BreakdownQuery(
            workspace_id=self._workspace_id,
            from_ms=self._from_ms,
            to_ms=self._to_ms,
            link_ids=self._links,
            dimensions=(dimension,),
            limit=TOP_ROWS,
        )
        return await self._bus.ask(query, BreakdownAnswer)


HANDLERS = [stats]
