"""Figures: every question of the vendor's client, answered from a real store of scans."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import linkbreakers
import pytest
from tests.analytics.counting import Bench
from tests.contract.linkbreakers.scan_store import scan
from tests.contract.linkbreakers.test_sdk import run
from tests.contract.world import World

from waypost.wire.scan import Outcome


async def test_the_client_reads_every_figure(served: str, link: dict[str, Any], world: World) -> None:
    """Each call parses, counts people only, and keeps to the window that it is given."""
    now = datetime.fromtimestamp(world.now_ms / 1000, UTC)
    window: dict[str, Any] = {
        "startDate": now - timedelta(days=2),
        "endDate": now + timedelta(hours=1),
        "linkId": link["id"],
    }

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.AnalyticsDataApi(client)
        table = api.analytics_data_service_get_breakdown(
            linkbreakers.GetBreakdownRequest(dimension="platform", limit=5, **window)
        )
        assert table.total == 2
        assert [(row.label, row.event_count, row.percentage) for row in table.data or []] == [
            ("Windows", 2, 100.0)
        ]
        geo = api.analytics_data_service_get_geo_breakdown(
            linkbreakers.GetGeoBreakdownRequest(groupBy="city", **window)
        )
        assert [(row.location, row.event_count) for row in geo.data or []] == [("Lyon", 2)]
        devices = api.analytics_data_service_get_device_distribution(
            linkbreakers.GetDeviceDistributionRequest(**window)
        )
        assert [(row.device_type, row.event_count) for row in devices.data or []] == [
            ("DEVICE_TYPE_DESKTOP", 2)
        ]
        hours = api.analytics_data_service_get_hour_of_day_distribution(
            linkbreakers.GetHourOfDayDistributionRequest(**window)
        )
        assert [row.hour for row in hours.data or []] == list(range(24))
        assert sum(row.event_count or 0 for row in hours.data or []) == hours.total_events == 2
        lines = api.analytics_data_service_get_grouped_time_series(
            linkbreakers.GetGroupedTimeSeriesRequest(
                groupBy=linkbreakers.GroupByDimension.GROUP_BY_DIMENSION_DEVICE_TYPE,
                intervalInMinutes=60,
                **window,
            )
        )
        assert [line.label for line in lines.series or []] == ["desktop"]
        assert sum(point.value or 0 for line in lines.series or [] for point in line.points or []) == 2
        top = api.analytics_data_service_get_top_links(linkbreakers.GetTopLinksRequest(**window))
        assert [(row.name, row.event_count) for row in top.data or []] == [("=Launch", 2)]
        trends = api.analytics_data_service_get_visitor_trends(
            linkbreakers.GetVisitorTrendsRequest(intervalInMinutes=1440, **window)
        )
        assert (trends.total_new, trends.total_returning) == (1, 1)
        funnel = api.analytics_data_service_get_step_funnel(linkbreakers.GetStepFunnelRequest(**window))
        assert [(step.step_action, step.visits) for step in funnel.steps or []] == [
            ("EVENT_ACTION_LINK_VISIT", 2),
            ("EVENT_ACTION_CLIENT_REDIRECT", 2),
        ]
        assert (funnel.entry_visits, funnel.completion_rate) == (2, 100.0)

    await run(served, work)


async def test_the_client_reads_series_and_metrics(
    served: str, link: dict[str, Any], world: World, client: httpx.AsyncClient
) -> None:
    """The older series, and the headline figures."""
    await client.post("/v1/directories", json={"name": "Spring"})

    def work(client: linkbreakers.ApiClient) -> None:
        series = (
            linkbreakers.TimeSeriesApi(client)
            .time_series_service_get_events_time_series(
                linkbreakers.GetEventsTimeSeriesRequest(intervalInMinutes=120, linkId=link["id"])
            )
            .time_series
        )
        assert series is not None
        points = series.data or []
        assert series.total_data == sum(point.event_count or 0 for point in points) == 2
        first, second = points[0].timestamp, points[1].timestamp
        assert first is not None
        assert second is not None
        assert second - first == timedelta(hours=2)
        metrics = linkbreakers.WorkspaceMetricsApi(client)
        workspace = metrics.metrics_service_get_workspace_metric()
        assert (workspace.total_links, workspace.total_directories, workspace.total_events) == (1, 1, 2)
        events = metrics.metrics_service_get_events_metric(link_id=link["id"])
        assert (events.total_events, events.total_countries, events.top_country, events.top_city) == (
            2,
            1,
            "FR",
            "Lyon",
        )
        assert events.top_device_type == "DEVICE_TYPE_DESKTOP"
        assert events.first_at is not None
        assert events.last_at is not None
        assert events.last_at - events.first_at == timedelta(minutes=1)
        insight = metrics.metrics_service_get_workspace_insight()
        assert insight.preferred_link_type == linkbreakers.PreferredLinkType.PREFERRED_LINK_TYPE_URL

    await run(served, work)


async def test_an_event_tells_its_steps(
    served: str, link: dict[str, Any], world: World, bench: Bench
) -> None:
    """Arrival and redirect, or the fallback; an event of nobody is not there."""
    bench.count_scans([scan(world, link["id"], outcome=Outcome.FALLBACK)])
    world.now_ms += 1

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.EventsApi(client)
        found = api.events_service_list_events(page_size=10).var_json
        assert found is not None
        newest = (found.events or [])[0]
        traces = api.events_service_list_event_traces(newest.id or "").traces or []
        assert [trace.step_kind for trace in traces] == ["KIND_ENTRY", "KIND_EXIT"]
        assert traces[0].step_data is not None
        assert traces[0].step_data.entry_access is not None
        assert traces[0].step_data.entry_access.http_method == "HTTP_METHOD_GET"
        assert traces[1].step_data is not None
        assert traces[1].step_data.redirect is not None
        assert traces[1].step_data.redirect.fallback is True
        for unknown in ("nothing", "01920000-0000-7000-8000-000000000000"):
            with pytest.raises(linkbreakers.exceptions.NotFoundException):
                api.events_service_list_event_traces(unknown)

    await run(served, work)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("breakdown", {"dimension": "shoe size"}, "dimension"),
        ("geo", {"group_by": "browser"}, "group_by"),
        ("devices", {"start_date": "2026-01-02T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, "end_date"),
        ("top-links", {"limit": -1}, "limit"),
        ("timeseries", {"interval_in_minutes": "x"}, "interval_in_minutes"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, link: dict[str, Any], path: str, body: dict[str, Any], field: str
) -> None:
    """400 with the member at fault."""
    answer = await client.post(f"/v1/analytics/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


async def test_figures_of_a_link_of_nobody_are_not_there(
    client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """404, as for the link itself."""
    answer = await client.post("/v1/analytics/hours", json={"linkId": "01920000-0000-7000-8000-000000000000"})
    assert (answer.status_code, answer.json()["codeType"]) == (404, "NOT_FOUND")
