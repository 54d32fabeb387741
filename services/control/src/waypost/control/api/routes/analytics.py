"""Analytics: asked of the analytics service, which alone owns scans."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, PathParameter, QueryParameter

from waypost.control.api.mapping import to_ms
from waypost.control.api.schemas.analytics import (
    Breakdown,
    Experiment,
    Funnel,
    Series,
    Summary,
    TopLinks,
    UsageMonths,
    to_breakdown,
    to_experiment,
    to_funnel,
    to_series,
    to_summary,
    to_top_links,
    to_usage,
)
from waypost.control.core import link_views, links, report_links, reports
from waypost.control.core.reports import Period, Scoped
from waypost.control.surface.call import Caller
from waypost.wire.ids import to_bytes
from waypost.wire.limits import BREAKDOWN_DIMENSIONS_MAX, BREAKDOWN_ROWS_MAX, QUERY_FILTERS_MAX
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    ExperimentAnswer,
    ExperimentQuery,
    FunnelAnswer,
    FunnelQuery,
    Granularity,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
    UsageMonth,
    UsageQuery,
)

TAGS = ["Analytics"]
LINKS_NAMED_MAX = 100
TOP_LINKS_MAX = 100
LinkIds = Annotated[
    list[str] | None, QueryParameter(max_items=LINKS_NAMED_MAX, description="Only these links.")
]
TagNames = Annotated[
    list[str] | None, QueryParameter(max_items=20, description="Only links with any of these tags.")
]
Filters = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=QUERY_FILTERS_MAX,
        description=(
            "`country:DE,FR` keeps, `-country:DE` leaves out. Repeat for more. `tag` takes names, `folder` ids;"
            " an empty value stands for what is unknown or filed nowhere. Besides what `dimension` of a breakdown"
            " names there are `visitor` and `click`, by their ids. Hours of the day are 0 to 23, weekdays 1 (Monday)"
            " to 7, in `zone`."
        ),
    ),
]
Zone = Annotated[str, QueryParameter(max_length=64, description="IANA time zone in which days begin.")]
Dimensions = Annotated[
    list[str],
    QueryParameter(
        min_items=1,
        max_items=BREAKDOWN_DIMENSIONS_MAX,
        description=f"One to three of {', '.join(reports.DIMENSIONS)}.",
    ),
]
Span = Callable[[Period | None, int, int, int, str], tuple[int, int]]
Rows = Annotated[int, QueryParameter(ge=1, le=BREAKDOWN_ROWS_MAX)]


def _provider(span: Span) -> Callable[..., Awaitable[Scoped]]:
    """Makes the scope that the query parameters describe, within the caller's reach."""

    async def provide_scope(
        call: Caller,
        period: FromQuery[Period | None] = None,
        start: FromQuery[datetime | None] = None,
        end: FromQuery[datetime | None] = None,
        zone: Zone = "UTC",
        link_id: LinkIds = None,
        tag: TagNames = None,
        filter: Filters = None,  # noqa: A002 - the name of the query parameter
    ) -> Scoped:
        range_ms = span(period, to_ms(start), to_ms(end), call.now_ms, zone)
        return await call.read(
            lambda tx: reports.scoped(
                tx,
                call.actor,
                link_ids=link_id or (),
                tags=tag or (),
                span=range_ms,
                filters=filter or (),
                zone=zone,
            )
        )

    return provide_scope


SCOPED = {"scoped": Provide(_provider(reports.span))}
SCOPED_EXACTLY = {"scoped": Provide(_provider(reports.exact_span))}
"""For scans and conversions one by one: to the millisecond."""

InScope = NamedDependency[Scoped]


@get(
    "/v1/analytics/summary", scope="analytics:read", operation_id="getSummary", tags=TAGS, dependencies=SCOPED
)
async def summary(call: Caller, scoped: InScope, compare: FromQuery[bool] = False) -> Summary:
    """Count the scans of a period (30 days when not given) of all links or of some; `compare` adds the
    period before."""
    answer = await call.control.bus.ask(SummaryQuery(**scoped.wire(), compare=compare), SummaryAnswer)
    return to_summary(scoped, answer)


@get(
    "/v1/analytics/timeseries",
    scope="analytics:read",
    operation_id="getTimeseries",
    tags=TAGS,
    dependencies=SCOPED,
)
async def timeseries(call: Caller, scoped: InScope, granularity: FromQuery[Granularity] = "day") -> Series:
    """Counts per hour, day, week or month, without gaps."""
    query = SeriesQuery(**scoped.wire(), granularity=granularity)
    return to_series(scoped, granularity, await call.control.bus.ask(query, list[SeriesPoint]))


@get(
    "/v1/analytics/breakdown",
    scope="analytics:read",
    operation_id="getBreakdown",
    tags=TAGS,
    dependencies=SCOPED,
)
async def breakdown(
    call: Caller,
    scoped: InScope,
    dimension: Dimensions,
    limit: Rows = 100,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    conversions: FromQuery[bool] = False,
) -> Breakdown:
    """Counts per value of any dimensions, most people first. By `tag` a link's scans stand in the row of each
    of its tags, and count once in `overall`; links without one are in the row "", as for `folder`."""
    groups = await call.read(lambda tx: report_links.groups(tx, call.actor, dimension, scoped.link_ids))
    query = BreakdownQuery(
        **scoped.wire(), dimensions=tuple(dimension), groups=groups, limit=limit, offset=offset,
        conversions=conversions,
    )  # fmt: skip
    return to_breakdown(scoped, tuple(dimension), await call.control.bus.ask(query, BreakdownAnswer))


@get(
    "/v1/analytics/links", scope="analytics:read", operation_id="getTopLinks", tags=TAGS, dependencies=SCOPED
)
async def top_links(
    call: Caller, scoped: InScope, limit: Annotated[int, QueryParameter(ge=1, le=TOP_LINKS_MAX)] = 10
) -> TopLinks:
    """The links with the most people, with what they are called."""
    query = BreakdownQuery(**scoped.wire(), dimensions=("link",), limit=limit)
    answer = await call.control.bus.ask(query, BreakdownAnswer)
    ids = [row.values[0] for row in answer.rows]
    views = await call.read(lambda tx: link_views.known(tx, call.actor, ids))
    return to_top_links(scoped, answer, views)


@get("/v1/analytics/funnel", scope="analytics:read", operation_id="getFunnel", tags=TAGS, dependencies=SCOPED)
async def funnel(call: Caller, scoped: InScope) -> Funnel:
    """From every request to people, visitors, leads, buyers and sales."""
    return to_funnel(scoped, await call.control.bus.ask(FunnelQuery(**scoped.wire()), FunnelAnswer))


@get(
    "/v1/analytics/links/{link_id:str}/experiment",
    scope="analytics:read",
    operation_id="getExperiment",
    tags=TAGS,
)
async def experiment(
    call: Caller,
    link_id: Annotated[str, PathParameter(max_length=64)],
    by: Annotated[str, QueryParameter(pattern="^(rule|variant)$")] = "variant",
    goal: Annotated[str, QueryParameter(pattern="^(lead|sale)$")] = "lead",
    alpha: Annotated[float, QueryParameter(gt=0, lt=0.5)] = 0.05,
    period: FromQuery[Period | None] = None,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
) -> Experiment:
    """How the variants of a link do in a period (90 days when not given). It may be asked at any time: a winner
    is named only when it is one."""
    await call.read(lambda tx: links.require_scanned(tx, call.actor, [link_id]))
    if period is None and start is None and end is None:
        period = "90d"
    from_ms, until_ms = reports.span(period, to_ms(start), to_ms(end), call.now_ms, "UTC")
    query = ExperimentQuery(
        workspace_id=to_bytes(call.actor.workspace_id),
        from_ms=from_ms,
        to_ms=until_ms,
        link_ids=(to_bytes(link_id),),
        by="rule" if by == "rule" else "variant",
        goal="sale" if goal == "sale" else "lead",
        alpha=alpha,
    )
    return to_experiment((from_ms, until_ms), await call.control.bus.ask(query, ExperimentAnswer))


@get("/v1/analytics/usage", scope="analytics:read", operation_id="getUsage", tags=TAGS)
async def usage(call: Caller) -> UsageMonths:
    """Human scans of the workspace per month (UTC), newest first."""
    query = UsageQuery(to_bytes(call.actor.workspace_id))
    return to_usage(await call.control.bus.ask(query, list[UsageMonth]))


HANDLERS = [summary, timeseries, breakdown, top_links, funnel, experiment, usage]
