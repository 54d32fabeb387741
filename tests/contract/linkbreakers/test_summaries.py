"""Summaries of widgets: figures in sentences, kept with their board, and known to be stale when the figures move."""

from typing import Any

import httpx
import linkbreakers
import pytest
from linkbreakers.exceptions import BadRequestException, NotFoundException
from tests.analytics.counting import Bench
from tests.contract.linkbreakers.scan_store import count_visits
from tests.contract.linkbreakers.test_sdk import refusal, run
from tests.contract.world import World

from waypost.control.dialects.linkbreakers.mapping.summaries import of_ranks, of_steps


async def test_a_widget_is_summarised(
    served: str, link: dict[str, Any], client: httpx.AsyncClient, world: World, bench: Bench
) -> None:
    """Nothing before it is asked for; the same while it holds; the config of the board knows nothing of it."""

    def draw(client: linkbreakers.ApiClient) -> str:
        request = linkbreakers.CreateDashboardRequest(linkId=link["id"], useDefaultWidgets=True)
        board = linkbreakers.AnalyticsDashboardApi(client).analytics_dashboard_service_create_dashboard(
            request
        )
        assert board.dashboard is not None
        return board.dashboard.id or ""

    board_id = await run(served, draw)

    def summarise(client: linkbreakers.ApiClient, widget: str = "geography", *, force: bool = False) -> Any:
        body = linkbreakers.AnalyticsDashboardServiceGenerateWidgetSummaryBody(force=force)
        api = linkbreakers.AnalyticsDashboardApi(client)
        return api.analytics_dashboard_service_generate_widget_summary(board_id, widget, body).result

    def look(client: linkbreakers.ApiClient, widget: str = "geography") -> Any:
        api = linkbreakers.AnalyticsDashboardApi(client)
        return api.analytics_dashboard_service_get_widget_summary(board_id, widget).result

    assert await run(served, look) is None
    made = await run(served, summarise)
    assert made.text == "2 scans. By country: FR (100.0 %)."
    assert (made.source_count, made.current_count, made.stale) == (2, 2, False)
    assert (await run(served, summarise)).generated_at == made.generated_at
    forced = await run(served, lambda opened: summarise(opened, force=True))
    assert forced.generated_at > made.generated_at

    def summarise_others(client: linkbreakers.ApiClient) -> list[str]:
        return [summarise(client, name).text for name in ("scans", "technology", "hours", "visitors")]

    assert all(text.startswith("2 scans") for text in await run(served, summarise_others))
    boards = (await client.get("/v1/analytics/dashboards")).json()["dashboards"]
    assert set(boards[0]["config"]) == {"gridColumns", "widgets"}
    count_visits(world, bench, link["id"])
    stale = await run(served, look)
    assert (stale.text, stale.stale, stale.current_count) == (made.text, True, 4)
    with pytest.raises(NotFoundException):
        await run(served, lambda opened: look(opened, "nobody"))
    odd = {"config": {"widgets": [{"id": "odd", "dataSource": {"endpoint": "/v1/links"}}]}}
    await client.put(f"/v1/analytics/dashboards/{board_id}", json=odd)
    with pytest.raises(BadRequestException) as refused:
        await run(served, lambda opened: summarise(opened, "odd"))
    assert refusal(refused.value).details[0]["field"] == "data_source.endpoint"


def test_figures_become_sentences() -> None:
    """Three values by name, the rest by number; the highest step, and the two halves."""
    ranks = [("DE", 6), ("FR", 2), ("", 1), ("IT", 1)]
    assert of_ranks("country", ranks, 10).text == (
        "10 scans. By country: DE (60.0 %), FR (20.0 %), unknown (10.0 %). 1 more share the rest."
    )
    assert of_ranks("hour_of_day", [("9", 1)], 1).text == "1 scan. By hour of the day: 09:00 (100.0 %)."
    assert of_ranks("country", [], 0).text == "No scans yet."
    day_ms = 86_400_000
    steps = [(0, 4, 4), (day_ms, 6, 5), (2 * day_ms, 3, 3), (3 * day_ms, 2, 2)]
    assert of_steps(steps, 15, "UTC").text == (
        "15 scans; most of them, 6, from 1970-01-02. The second half has 50 % fewer than the first."
    )
    assert of_steps([(0, 0, 0)], 3, "UTC").text == "3 scans, none of them in the time shown."
