"""Statistics of one link, over a real scan store; only the broker is left out."""

from typing import Any

import httpx
from tests.analytics.counting import Bench
from tests.analytics.scans import BOT, BROWSER
from tests.contract.trimlink.test_qr import shorten
from tests.contract.world import World

from waypost.control.dialects.trimlink.dialect import TRIMLINK
from waypost.wire.ids import to_bytes
from waypost.wire.scan import ScanV1

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


async def test_statistics_are_of_people_since_the_link_was_made(
    client: httpx.AsyncClient, world: World, bench: Bench
) -> None:
    """C231: the seven figures of the vendor's page."""
    link = await shorten(client, customCode="Counted")
    empty = (await client.get("/api/v1/stats/counted")).json()["data"]
    assert (empty["totalClicks"], empty["clicksByDay"], empty["browsers"]) == (0, [], {})

    def visit(visitor: int, **more: Any) -> ScanV1:
        values: dict[str, Any] = {"user_agent": BROWSER, **more}
        return ScanV1(
            world.now_ms,
            to_bytes(link["id"]),
            to_bytes(world.workspace_id),
            visitor.to_bytes(8, "big"),
            **values,
        )

    bench.count_scans(
        [
            visit(1, country="DE", referrer="news.example"),
            visit(1, country="DE"),
            visit(2, country="FR", user_agent=PHONE),
            visit(3, user_agent=BOT),
        ]
    )
    answer = await client.get("/api/v1/stats/Counted")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "success": True,
        "data": {
            "totalClicks": 3,
            "uniqueClicks": 2,
            "clicksByDay": [{"date": "2026-02-02", "clicks": 3}],
            "topCountries": [{"country": "DE", "clicks": 2}, {"country": "FR", "clicks": 1}],
            "topReferrers": [{"referrer": "", "clicks": 2}, {"referrer": "news.example", "clicks": 1}],
            "devices": {"mobile": 1, "desktop": 2, "tablet": 0},
            "browsers": {"Chrome": 2, "Safari": 1},
        },
    }
    assert (await client.get("/api/v1/stats/nothing")).json()["error"]["code"] == "NOT_FOUND"


async def test_statistics_need_both_scopes(world: World, client: httpx.AsyncClient) -> None:
    """The vendor's page names two; neither alone is enough."""
    await shorten(client, customCode="both")
    for number, scope in enumerate(("analytics:read", "links:read")):
        key = f"tk_live_{number}" + "c" * 31
        await world.add_key(key, scope)
        async with world.client(TRIMLINK, key) as half:
            answer = await half.get("/api/v1/stats/both")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
