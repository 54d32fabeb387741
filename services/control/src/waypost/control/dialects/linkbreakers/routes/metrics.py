"""Headline figures: of the workspace, of a time, and what most of its links are."""

from typing import Any

from litestar import Response, get

from waypost.control.core import quotas
from waypost.control.dialects.linkbreakers.asked import gives, query_of, shown
from waypost.control.dialects.linkbreakers.mapping.analytics import device_type
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.questions import questions
from waypost.control.dialects.linkbreakers.schemas.analytics import (
    EventsMetric,
    WindowIn,
    WorkspaceInsight,
    WorkspaceMetric,
)
from waypost.control.model.page import PageRequest
from waypost.control.store import folders, links, members, qr, totals
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller
from waypost.wire.queries import BreakdownAnswer

TAG = "Metrics"
_LINK_TYPES = {
    "": "PREFERRED_LINK_TYPE_URL",
    "url": "PREFERRED_LINK_TYPE_URL",
    "vcard": "PREFERRED_LINK_TYPE_CONTACT_CARD",
    "social": "PREFERRED_LINK_TYPE_SOCIAL_LINKS_PAGE",
    "bio": "PREFERRED_LINK_TYPE_SOCIAL_LINKS_PAGE",
    "media": "PREFERRED_LINK_TYPE_OPEN_MEDIA",
    "file": "PREFERRED_LINK_TYPE_OPEN_MEDIA",
}


@get("/v1/metrics/workspace", scope="analytics:read", **gives(WorkspaceMetric, TAG))
async def workspace_metric(call: Caller) -> Response[Any]:
    """How many links, directories, members, templates and scans there are."""
    scans = (await (await questions(call, WindowIn())).summary()).human

    async def work(tx: Tx) -> WorkspaceMetric:
        workspace_id = call.actor.workspace_id
        templates = await qr.find_designs(tx, workspace_id, PageRequest(limit=1), templates=True, count=True)
        return WorkspaceMetric(
            total_links=await links.count(tx, workspace_id),
            total_directories=await folders.rows.count(tx, workspace_id),
            total_events=scans,
            total_monthly_events=await totals.month_scans(tx, workspace_id, quotas.month_of(tx.now_ms)),
            total_members=await members.rows.count(tx, workspace_id),
            total_qrcode_templates=templates.total or 0,
        )

    return shown(call, await call.read(work))


@get("/v1/metrics/events", scope="analytics:read", **gives(EventsMetric, TAG))
async def events_metric(call: Caller) -> Response[Any]:
    """The scans of a time, when the first and the last was, and where most came from."""
    query = query_of(call)
    asked = WindowIn(
        start_date=query.text("start_date"), end_date=query.text("end_date"), link_id=query.text("link_id")
    )
    ask = await questions(call, asked)
    countries, cities, devices = [await ask.by(name) for name in ("country", "city", "device")]
    first_ms, last_ms = await ask.first_and_last_ms()
    metric = EventsMetric(
        total_events=countries.overall.human,
        first_at=at(first_ms) if first_ms else None,
        last_at=at(last_ms) if last_ms else None,
        total_countries=len(_known(countries)),
        total_cities=len(_known(cities)),
        total_device_types=len(_known(devices)),
        top_country=next(iter(_known(countries)), ""),
        top_city=next(iter(_known(cities)), ""),
        top_device_type=device_type(next(iter(_known(devices)), "")),
    )
    return shown(call, metric)


@get("/v1/metrics/workspace/insight", scope="analytics:read", **gives(WorkspaceInsight, TAG))
async def workspace_insight(call: Caller) -> Response[Any]:
    """What more than half of the links are; a mix when no kind is."""
    pages = await call.read(lambda tx: links.count_by_page(tx, call.actor.workspace_id))
    kinds: dict[str, int] = {}
    for page, count in pages.items():
        kind = _LINK_TYPES.get(page, "PREFERRED_LINK_TYPE_MIX")
        kinds[kind] = kinds.get(kind, 0) + count
    total = sum(kinds.values())
    kind = max(kinds, key=lambda name: kinds[name], default="PREFERRED_LINK_TYPE_URL")
    if kinds and kinds[kind] * 2 <= total:
        kind = "PREFERRED_LINK_TYPE_MIX"
    return shown(call, WorkspaceInsight(preferred_link_type=kind))


def _known(found: BreakdownAnswer) -> list[str]:
    return [row.values[0] for row in found.rows if row.values[0] and row.counts.human]


HANDLERS = [workspace_metric, events_metric, workspace_insight]
