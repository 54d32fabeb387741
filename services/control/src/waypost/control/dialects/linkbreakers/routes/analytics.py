"""Figures: ranked tables, lines over time, the funnel. Each is a question to analytics, in its own shape."""

from typing import Any

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import UnsetType

from waypost.control.core import links
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import shown, takes
from waypost.control.dialects.linkbreakers.mapping.analytics import (
    dimension,
    to_breakdown,
    to_devices,
    to_funnel,
    to_geo,
    to_hours,
    to_line,
    to_time_series,
    to_trends,
)
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.mapping.visitors import to_distribution, to_metric
from waypost.control.dialects.linkbreakers.questions import questions, window_of
from waypost.control.dialects.linkbreakers.schemas.analytics import (
    AttributeIn,
    BreakdownAnswer,
    BreakdownIn,
    DevicesAnswer,
    FunnelOut,
    GeoAnswer,
    GeoIn,
    GroupedAnswer,
    GroupedIn,
    HoursAnswer,
    RankedIn,
    SteppedIn,
    TimeSeriesAnswer,
    TopLink,
    TopLinksAnswer,
    TrendsAnswer,
    WindowIn,
)
from waypost.control.dialects.linkbreakers.schemas.visitors import (
    AttributeDistribution,
    AttributeEntry,
    AttributeMetric,
    AttributeValues,
)
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Link
from waypost.control.store import links as stored
from waypost.control.store import visitors
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.rules import Page
from waypost.wire.filters import Filter

TAG = "Analytics"
_PATH = "/v1/analytics"


@post(f"{_PATH}/breakdown", scope="analytics:read", **takes(BreakdownIn, BreakdownAnswer, TAG))
async def breakdown(call: Caller, data: JSONBody[BreakdownIn]) -> Response[Any]:
    """Scans ranked by browser, platform, device type, country, city or visit type."""
    native = dimension("dimension", data.dimension or "", "COUNTRY")
    ask = await questions(call, data)
    return shown(call, to_breakdown(native, await ask.by(native, _rows(data.limit))))


@post(f"{_PATH}/geo", scope="analytics:read", **takes(GeoIn, GeoAnswer, TAG))
async def geo(call: Caller, data: JSONBody[GeoIn]) -> Response[Any]:
    """Scans by country, region or city."""
    native = dimension("group_by", data.group_by or "", "COUNTRY")
    if native not in ("country", "region", "city"):
        raise Invalid("group_by", "is none of COUNTRY, REGION, CITY")
    ask = await questions(call, data)
    return shown(call, to_geo(await ask.by(native, _rows(data.limit))))


@post(f"{_PATH}/devices", scope="analytics:read", **takes(WindowIn, DevicesAnswer, TAG))
async def devices(call: Caller, data: JSONBody[WindowIn]) -> Response[Any]:
    """Scans by the form of the device."""
    ask = await questions(call, data)
    return shown(call, to_devices(await ask.by("device")))


@post(f"{_PATH}/hours", scope="analytics:read", **takes(WindowIn, HoursAnswer, TAG))
async def hours(call: Caller, data: JSONBody[WindowIn]) -> Response[Any]:
    """Scans by hour of the day in the workspace's zone."""
    ask = await questions(call, data)
    return shown(call, to_hours(await ask.by("hour_of_day")))


@post(f"{_PATH}/timeseries", scope="analytics:read", **takes(GroupedIn, GroupedAnswer, TAG))
async def grouped_series(call: Caller, data: JSONBody[GroupedIn]) -> Response[Any]:
    """Scans over time, one line for each of the commonest values of a dimension."""
    native = dimension("group_by", data.group_by or "", "COUNTRY")
    groups = _counted("limit", data.limit, limits.SERIES_GROUPS_DEFAULT, limits.SERIES_GROUPS_MAX)
    ask = await questions(call, data)
    found = await ask.by(native, groups)
    lines = [
        to_line(row.values[0], await ask.series(_interval(data), Filter(native, row.values)))
        for row in found.rows
        if row.counts.human
    ]
    return shown(call, GroupedAnswer(series=lines, total_events=found.overall.human))


@post(f"{_PATH}/top-links", scope="analytics:read", **takes(RankedIn, TopLinksAnswer, TAG))
async def top_links(call: Caller, data: JSONBody[RankedIn]) -> Response[Any]:
    """The most scanned links; deleted ones are left out."""
    ask = await questions(call, data)
    found = await ask.by("link", _rows(data.limit))
    scans = {row.values[0]: row.counts.human for row in found.rows if row.counts.human}
    living = await _living(call, list(scans))
    rows = [
        TopLink(name=link.title, shortlink=link.slug, event_count=count)
        for link_id, count in scans.items()
        if (link := living.get(link_id)) is not None
    ]
    return shown(call, TopLinksAnswer(data=rows, total_events=found.overall.human))


@post(f"{_PATH}/visitors", scope="analytics:read", **takes(SteppedIn, TrendsAnswer, TAG))
async def visitor_trends(call: Caller, data: JSONBody[SteppedIn]) -> Response[Any]:
    """New and returning visitors over time."""
    ask = await questions(call, data)
    new = await ask.series(_interval(data), Filter("visit", ("first",)))
    returning = await ask.series(_interval(data), Filter("visit", ("returning",)))
    return shown(call, to_trends(new, returning))


@post(f"{_PATH}/funnel", scope="analytics:read", **takes(WindowIn, FunnelOut, TAG))
async def funnel(call: Caller, data: JSONBody[WindowIn]) -> Response[Any]:
    """The steps that visits reached, from arrival to exit."""
    ask = await questions(call, data)
    page = ""
    if data.link_id:
        link_id = data.link_id
        view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
        kinds = [rule.then.template_type for rule in view.link.rules if isinstance(rule.then, Page)]
        page = view.link.template_type if view.link.content is not None else "".join(kinds[:1])
    entries = (await ask.summary()).human
    return shown(call, to_funnel(entries, await ask.by("outcome"), page))


@post("/v1/timeseries/events", scope="analytics:read", **takes(SteppedIn, TimeSeriesAnswer, TAG))
async def events_series(call: Caller, data: JSONBody[SteppedIn]) -> Response[Any]:
    """Scans over time."""
    ask = await questions(call, data)
    return shown(call, TimeSeriesAnswer(time_series=to_time_series(await ask.series(_interval(data)))))


@post(f"{_PATH}/attributes/metric", scope="analytics:read", **takes(AttributeIn, AttributeMetric, TAG))
async def attribute_metric(call: Caller, data: JSONBody[AttributeIn]) -> Response[Any]:
    """How many visitors have an attribute, and its average, lowest and highest number."""
    span, workspace_id, link_id = _span(call, data), call.actor.workspace_id, data.link_id or ""
    found = await call.read(lambda tx: visitors.figures(tx, workspace_id, data.key, span, link_id))
    return shown(call, to_metric(found))


@post(
    f"{_PATH}/attributes/distribution",
    scope="analytics:read",
    **takes(AttributeIn, AttributeDistribution, TAG),
)
async def attribute_distribution(call: Caller, data: JSONBody[AttributeIn]) -> Response[Any]:
    """How visitors are spread over the values of an attribute."""
    span, workspace_id, link_id = _span(call, data), call.actor.workspace_id, data.link_id or ""
    rows = _rows(data.limit)

    async def work(tx: Tx) -> AttributeDistribution:
        total = (await visitors.figures(tx, workspace_id, data.key, span, link_id)).total
        spread = await visitors.distribution(tx, workspace_id, data.key, span, rows, link_id)
        return to_distribution(spread, total)

    return shown(call, await call.read(work))


@post(f"{_PATH}/attributes/values", scope="analytics:read", **takes(AttributeIn, AttributeValues, TAG))
async def attribute_values(call: Caller, data: JSONBody[AttributeIn]) -> Response[Any]:
    """The values of an attribute one by one, newest first."""
    span, workspace_id, link_id = _span(call, data), call.actor.workspace_id, data.link_id or ""
    rows = _rows(data.limit)

    async def work(tx: Tx) -> AttributeValues:
        total = (await visitors.figures(tx, workspace_id, data.key, span, link_id)).total
        found = await visitors.values(tx, workspace_id, data.key, span, rows, link_id)
        entries = [AttributeEntry(value=each.value, recorded_at=at(each.recorded_ms)) for each in found]
        return AttributeValues(data=entries, total=total)

    return shown(call, await call.read(work))


def _span(call: Call, data: WindowIn) -> tuple[int, int]:
    window = window_of(data, call.now_ms)
    return window.from_ms, window.to_ms


def _rows(limit: int | UnsetType | None) -> int:
    return _counted("limit", limit, limits.ANALYTICS_ROWS_DEFAULT, limits.ANALYTICS_ROWS_MAX)


def _interval(data: SteppedIn) -> int:
    default = limits.SERIES_INTERVAL_MINUTES_DEFAULT
    return _counted("interval_in_minutes", data.interval_in_minutes, default, limits.SERIES_MINUTES_MAX)


def _counted(field: str, number: int | UnsetType | None, default: int, most: int) -> int:
    """A number that was asked for: the default for none or 0, clamped above. Raises Invalid below."""
    if not number:
        return default
    if number < 0:
        raise Invalid(field, "must be a whole number from 1")
    return min(number, most)


async def _living(call: Call, link_ids: list[str]) -> dict[str, Link]:
    found = await call.read(lambda tx: stored.get_many(tx, call.actor.workspace_id, link_ids))
    return {link.id: link for link in found}


HANDLERS = [
    breakdown,
    geo,
    devices,
    hours,
    grouped_series,
    top_links,
    visitor_trends,
    funnel,
    events_series,
    attribute_metric,
    attribute_distribution,
    attribute_values,
]
