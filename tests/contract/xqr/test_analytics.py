"""xQR's analytics over the real analytics service, its broker and scans as an edge ships them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.analytics.scans import BOT, scan
from tests.analytics.service_process import AnalyticsProcess, settled, ship
from tests.broker_process import BrokerProcess
from tests.contract.world import World

from waypost.control.bus import Bus
from waypost.control.dialects.xqr.dialect import XQR
from waypost.control.dialects.xqr.mapping_analytics import (
    DAY_MS,
    Range,
    change_percent,
    country_name,
    range_of,
    series_range,
)
from waypost.runtime.broker import Broker
from waypost.wire.filters import Counts
from waypost.wire.ids import to_bytes
from waypost.wire.queries import SummaryAnswer
from waypost.wire.scan import ScanV1, Source

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.4 Mobile/15E148 Safari/604.1"
)
LAPTOP = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/124.0.0.0 Safari/537.36"
)
_DEADLINE_S = 30.0


@pytest.fixture
async def counted(
    world: World, tmp_path: Path, broker_process: BrokerProcess, broker: Broker
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a workspace with two links: one scanned three times in two countries, one once."""
    service = AnalyticsProcess(tmp_path / "var", broker_process.url)
    await asyncio.to_thread(service.start)
    world.control.bus = Bus(broker_process.url, "contract")
    world.control.bus.start()
    async with world.client(XQR) as client:
        links = [
            (await client.post("/api/v1/links", json={"url": f"https://example.com/{n}"})).json()["data"][
                "id"
            ]
            for n in range(2)
        ]
        await ship(broker, 0, [_scan(world, *each) for each in _scans(links)])
        await settled(broker, 6)
        async with asyncio.timeout(_DEADLINE_S):
            while not world.control.bus.is_connected:
                await asyncio.sleep(0.01)
        client.headers["X-Links"] = ",".join(links)
        yield client
    await world.control.bus.close()
    await asyncio.to_thread(service.stop)


def _scans(links: list[str]) -> list[tuple[str, int, str, str, int]]:
    """Link, visitor, country, user agent, days ago."""
    return [
        (links[0], 1, "DE", PHONE, 0),
        (links[0], 2, "DE", LAPTOP, 1),
        (links[0], 3, "US", PHONE, 2),
        (links[1], 4, "", LAPTOP, 3),
        (links[0], 5, "FR", BOT, 0),
        (links[0], 6, "DE", PHONE, 45),
    ]


def _scan(world: World, link: str, visitor: int, country: str, user_agent: str, days: int) -> ScanV1:
    made = scan(1, visitor, user_agent=user_agent, source=Source.QR)
    return msgspec.structs.replace(
        made,
        link_id=to_bytes(link),
        workspace_id=to_bytes(world.workspace_id),
        country=country,
        at_ms=world.now_ms - days * DAY_MS,
    )


async def _data(client: httpx.AsyncClient, path: str) -> object:
    answer = await client.get(f"/api/v1/analytics/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.system
@pytest.mark.timeout(240)
async def test_figures_are_those_of_people_whichever_way_they_are_asked_for(
    counted: httpx.AsyncClient,
) -> None:
    """C224 to C229: summary, series, geography, devices, top links and one link all tell of the same scans."""
    first, second = counted.headers["X-Links"].split(",")
    summary = await _data(counted, "summary?period=30d")
    assert isinstance(summary, dict)
    assert (summary["total_scans"], summary["unique_visitors"]) == (4, 4)
    assert summary["scans_change_pct"] == 300.0
    assert (summary["total_links"], summary["active_links"], summary["unique_countries"]) == (2, 2, 2)
    germany = {"country": "Germany", "country_code": "DE", "scans": 2, "percentage": 50.0}
    america = {"country": "United States", "country_code": "US", "scans": 1, "percentage": 25.0}
    assert summary["top_countries"] == [germany, america]
    assert len(summary["trend"]) == 30
    assert [point["scans"] for point in summary["trend"][-4:]] == [1, 1, 1, 1]

    week = await _data(counted, f"timeseries?period=7d&link_id={first}")
    assert isinstance(week, list)
    assert [point["scans"] for point in week] == [0, 0, 0, 0, 1, 1, 1]
    assert week[-1]["timestamp"].endswith("T00:00:00Z")
    hours = await _data(counted, "timeseries?period=7d&granularity=hour")
    assert isinstance(hours, list)
    assert (len(hours), sum(point["scans"] for point in hours)) == (168, 4)

    geography = await _data(counted, "geography")
    unknown = {"country": "Unknown", "country_code": "", "scans": 1, "percentage": 25.0}
    assert isinstance(geography, list)
    assert sorted(geography, key=lambda each: (-each["scans"], each["country"])) == [
        germany,
        america,
        unknown,
    ]

    devices = await _data(counted, "devices?period=90d")
    assert isinstance(devices, dict)
    assert devices["devices"] == [
        {"device": "mobile", "scans": 3, "percentage": 60.0},
        {"device": "desktop", "scans": 2, "percentage": 40.0},
    ]
    assert {each["os"] for each in devices["os"]} == {"iOS", "Windows"}
    assert {each["scans"] for each in devices["browsers"]} == {3, 2}

    top = await _data(counted, "top-links?limit=1")
    assert isinstance(top, list)
    assert [(link["id"], link["scans"], link["destination"]) for link in top] == [
        (first, 3, "https://example.com/0")
    ]

    stats = await _data(counted, f"links/{second}?period=7d")
    assert isinstance(stats, dict)
    assert (stats["link_id"], stats["total_scans"], stats["unique_visitors"]) == (second, 1, 1)
    assert set(stats) == {"link_id", "total_scans", "unique_visitors", "timeseries", "geography", "devices"}


async def test_while_analytics_is_away_it_says_so_and_the_rest_works(client: httpx.AsyncClient) -> None:
    """A part that is down must not look like a workspace without scans."""
    away = await client.get("/api/v1/analytics/summary")
    links = await client.get("/api/v1/links")
    assert (away.status_code, away.json()["error"]["code"]) == (503, "INTERNAL_ERROR")
    assert away.headers["retry-after"] == "2"
    assert links.status_code == 200


def test_periods_are_whole_days_that_end_with_today() -> None:
    """Seven days are seven points, today among them."""
    noon_ms = 20_000 * DAY_MS + DAY_MS // 2
    assert range_of("7d", noon_ms, 0) == Range(19_994 * DAY_MS, 20_001 * DAY_MS)
    assert range_of("all", noon_ms, 19_000 * DAY_MS + 5) == Range(19_000 * DAY_MS, 20_001 * DAY_MS)
    assert range_of("all", noon_ms, noon_ms) == Range(20_000 * DAY_MS, 20_001 * DAY_MS)
    assert series_range(Range(0, 20_001 * DAY_MS), "hour") == Range(19_901 * DAY_MS, 20_001 * DAY_MS)


def test_what_came_from_nothing_grew_by_a_hundred_percent() -> None:
    """A division by zero would take the whole summary down on a new workspace's first day."""
    nothing = SummaryAnswer(0, 0, 0, 0, 0, 0, previous=Counts())
    assert change_percent(nothing) == 0.0
    assert change_percent(msgspec.structs.replace(nothing, human=3)) == 100.0
    assert change_percent(msgspec.structs.replace(nothing, human=3, previous=Counts(human=4))) == -25.0


def test_countries_have_names() -> None:
    """The seed shows a name beside the code."""
    assert [country_name(code) for code in ("DE", "BD", "ZZ9", "")] == [
        "Germany",
        "Bangladesh",
        "ZZ9",
        "Unknown",
    ]
