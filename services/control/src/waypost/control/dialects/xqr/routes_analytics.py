"""`/api/v1/analytics`: what was scanned, when, where and with what; of all links or of one."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, PathParameter, QueryParameter

from waypost.control.core import links, workspaces
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, wrap
from waypost.control.dialects.xqr.mapping_analytics import (
    Range,
    change_percent,
    countries,
    device_shares,
    devices,
    points,
    range_of,
    range_of_dates,
)
from waypost.control.dialects.xqr.mapping_links import to_link
from waypost.control.dialects.xqr.questions import Questions
from waypost.control.dialects.xqr.schemas_analytics import (
    CountryShare,
    DevicesOut,
    Granularity,
    LinkStats,
    Period,
    Point,
    SummaryOut,
    TopLink,
)
from waypost.control.dialects.xqr.zone import zone_of
from waypost.control.model.bio import KIND
from waypost.control.model.faults import LinkNotFound
from waypost.control.model.links import LinkFilter, LinkView
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAGS = ["Analytics"]
LinkId = Annotated[str, PathParameter(description="The link's UUID.", max_length=64)]
LinkQuery = Annotated[str, QueryParameter(description="Only this link.", max_length=64)]
TopLimit = Annotated[int, QueryParameter(ge=1, le=limits.TOP_LINKS_MAX)]


@get("/api/v1/analytics/summary", scope="analytics:read", operation_id="analyticsSummary", tags=TAGS)
async def summary(call: Caller, period: FromQuery[Period] = "30d") -> Envelope[SummaryOut]:
    """The figures of a period, and how they changed against the one before."""
    ask = Questions(call, await _range(call, period))
    figures = await ask.summary(compare=period != "all")
    by_country = await ask.by("country")
    known = [each for each in countries(by_country) if each.country_code]
    return wrap(
        call,
        SummaryOut(
            total_scans=figures.human,
            unique_visitors=figures.unique,
            scans_change_pct=change_percent(figures) if period != "all" else 0.0,
            total_links=await _links(call, active=None),
            active_links=await _links(call, active=True),
            unique_countries=len(known),
            top_countries=known[: limits.SUMMARY_ROWS],
            top_devices=device_shares(await ask.by("device"))[: limits.SUMMARY_ROWS],
            trend=points(await ask.series("day")),
        ),
    )


@get("/api/v1/analytics/timeseries", scope="analytics:read", operation_id="analyticsTimeseries", tags=TAGS)
async def timeseries(
    call: Caller,
    period: FromQuery[Period] = "30d",
    granularity: FromQuery[Granularity | None] = None,
    interval: FromQuery[Granularity | None] = None,
    link_id: LinkQuery = "",
    from_date: FromQuery[str] = "",
    to_date: FromQuery[str] = "",
) -> Envelope[list[Point]]:
    """Scans by hour or day, in UTC, without gaps."""
    wanted = range_of_dates(from_date, to_date, await _range(call, period))
    ask = await _questions(call, wanted, link_id)
    return wrap(call, points(await ask.series(granularity or interval or "day")))


@get("/api/v1/analytics/geography", scope="analytics:read", operation_id="analyticsGeography", tags=TAGS)
async def geography(
    call: Caller, period: FromQuery[Period] = "30d", link_id: LinkQuery = ""
) -> Envelope[list[CountryShare]]:
    """Scans by country, most first."""
    ask = await _questions(call, await _range(call, period), link_id)
    return wrap(call, countries(await ask.by("country")))


@get("/api/v1/analytics/devices", scope="analytics:read", operation_id="analyticsDevices", tags=TAGS)
async def by_device(
    call: Caller, period: FromQuery[Period] = "30d", link_id: LinkQuery = ""
) -> Envelope[DevicesOut]:
    """Scans by device, browser and operating system, most first."""
    ask = await _questions(call, await _range(call, period), link_id)
    return wrap(call, devices(await ask.by("device"), await ask.by("browser"), await ask.by("os")))


@get("/api/v1/analytics/top-links", scope="analytics:read", operation_id="analyticsTopLinks", tags=TAGS)
async def top_links(
    call: Caller, period: FromQuery[Period] = "30d", limit: TopLimit = limits.TOP_LINKS_DEFAULT
) -> Envelope[list[TopLink]]:
    """The links with the most scans. Deleted ones and link-in-bio pages are left out."""
    answer = await Questions(call, await _range(call, period)).by("link")
    scans = {row.values[0]: row.counts.human for row in answer.rows if row.counts.human}
    zone = await call.read(lambda tx: zone_of(tx, call.actor))
    views = await call.read(lambda tx: _living(tx, call, list(scans), limit))
    return wrap(
        call,
        [TopLink(**msgspec.structs.asdict(to_link(view, zone)), scans=scans[view.link.id]) for view in views],
    )


@get("/api/v1/analytics/links/{link_id:str}", scope="analytics:read", operation_id="analyticsLink", tags=TAGS)
async def link_stats(call: Caller, link_id: LinkId, period: FromQuery[Period] = "30d") -> Envelope[LinkStats]:
    """Everything about one link in a period."""
    ask = await _questions(call, await _range(call, period), link_id)
    figures = await ask.summary(compare=False)
    return wrap(
        call,
        LinkStats(
            link_id=link_id,
            total_scans=figures.human,
            unique_visitors=figures.unique,
            timeseries=points(await ask.series("day")),
            geography=countries(await ask.by("country")),
            devices=devices(await ask.by("device"), await ask.by("browser"), await ask.by("os")),
        ),
    )


async def _range(call: Call, period: Period) -> Range:
    workspace = await call.read(lambda tx: workspaces.get_workspace(tx, call.actor))
    return range_of(period, call.now_ms, workspace.created_ms)


async def _questions(call: Call, wanted: Range, link_id: str) -> Questions:
    """Questions about one link of the workspace, or about all. Raises LinkNotFound."""
    if link_id:
        await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    return Questions(call, wanted, link_id)


async def _links(call: Call, *, active: bool | None) -> int:
    wanted = LinkFilter(active=active, without_template_type=KIND, page=PageRequest(limit=1), count=True)
    return (await call.read(lambda tx: links.list_links(tx, call.actor, wanted))).total or 0


async def _living(tx: Tx, call: Call, link_ids: list[str], most: int) -> list[LinkView]:
    found: list[LinkView] = []
    for link_id in link_ids:
        try:
            view = await links.get_link(tx, call.actor, link_id)
        except LinkNotFound:
            continue
        if view.link.template_type != KIND:
            found.append(view)
        if len(found) == most:
            break
    return found


HANDLERS = [summary, timeseries, geography, by_device, top_links, link_stats]
