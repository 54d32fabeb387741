"""Analytics: asked of the analytics service, which alone owns scans."""

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from waypost.control.api.mapping import always_time, to_ms
from waypost.control.core import links
from waypost.control.model.faults import Invalid
from waypost.control.surface.call import Caller
from waypost.wire.ids import to_bytes
from waypost.wire.queries import SummaryAnswer, SummaryQuery

HOUR_MS = 3_600_000
_PERIOD_DEFAULT_MS = 30 * 24 * HOUR_MS
LINKS_PER_SUMMARY_MAX = 100


class SummaryOut(Struct, frozen=True, kw_only=True):
    """Counts in a period of whole hours. `human` leaves bots out; `unique` adds up days."""

    start: datetime
    end: datetime
    total: int
    human: int
    unique: int
    bot: int
    qr: int
    links: int


@get("/v1/analytics/summary", scope="analytics:read", operation_id="getSummary", tags=["Analytics"])
async def summary(
    call: Caller,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
    link_id: Annotated[list[str] | None, QueryParameter(max_items=LINKS_PER_SUMMARY_MAX)] = None,
) -> SummaryOut:
    """Count the scans of a period (30 days when not given) of all links or of some."""
    end_ms = -(-(to_ms(end) or call.now_ms) // HOUR_MS) * HOUR_MS
    start_ms = to_ms(start) // HOUR_MS * HOUR_MS if start else end_ms - _PERIOD_DEFAULT_MS
    if start_ms >= end_ms:
        raise Invalid("start", "must lie before `end`")
    ids = list(link_id or ())
    if ids:
        await call.read(lambda tx: links.require_all(tx, call.actor, ids))
    query = SummaryQuery(
        workspace_id=to_bytes(call.actor.workspace_id),
        from_ms=start_ms,
        to_ms=end_ms,
        link_ids=tuple(to_bytes(each) for each in ids),
    )
    counts = await call.control.bus.ask(query, SummaryAnswer)
    return SummaryOut(
        start=always_time(start_ms),
        end=always_time(end_ms),
        total=counts.total,
        human=counts.human,
        unique=counts.unique,
        bot=counts.bot,
        qr=counts.qr,
        links=counts.links,
    )


HANDLERS = [summary]
