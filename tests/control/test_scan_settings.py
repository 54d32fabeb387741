"""What a workspace decides about its scans: kept, told to edges and to analytics, announced."""

import httpx
import pytest
from tests.control.test_plans import count_scans, told

from waypost.control import limits
from waypost.control.jobs.scan_settings import ScanSettingsTeller
from waypost.control.store import events
from waypost.control.store.database import Database
from waypost.runtime.broker import BrokerUnavailable
from waypost.wire.codec import decode_query, encode
from waypost.wire.ids import to_bytes
from waypost.wire.link import WorkspaceV1
from waypost.wire.queries import Query, Reply
from waypost.wire.upkeep import SetRetention, SetThresholds

SETTINGS = "/v1/analytics/settings"


class Analytics:
    """Stands where the broker is: keeps what it is told, and is away when it should be."""

    def __init__(self) -> None:
        self.heard: list[Query] = []
        self.away = False

    async def request(self, subject: str, payload: bytes) -> bytes:
        """Hear one command."""
        del subject
        if self.away:
            raise BrokerUnavailable("away")
        self.heard.append(decode_query(payload))
        return encode(Reply())


async def test_signals_are_withheld_at_the_edge_from_the_change_on(
    client: httpx.AsyncClient, database: Database
) -> None:
    """What is not to be kept must not even leave the edge, so the edge has to know."""
    assert (await client.get(SETTINGS)).json() == {
        "retention_days": None,
        "withheld": [],
        "month_thresholds": [],
    }
    answer = await client.patch(
        SETTINGS, json={"withheld": ["referrer", "city", "city"], "retention_days": 30}
    )
    assert answer.json() == {"retention_days": 30, "withheld": ["city", "referrer"], "month_thresholds": []}
    workspace = (await client.get("/v1/workspace")).json()["id"]
    assert await told(database, workspace) == WorkspaceV1(to_bytes(workspace), withheld=("city", "referrer"))
    changes = (await client.get("/v1/changes", params={"kind": "scan_settings"})).json()["data"]
    assert changes[0]["diff"]["withheld"] == [[], ["city", "referrer"]]
    await client.patch(SETTINGS, json={"withheld": []})
    assert await told(database, workspace) is None
    assert (await client.get(SETTINGS)).json()["retention_days"] == 30


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"withheld": ["address"]}, "withheld"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": limits.RETENTION_DAYS_MAX + 1}, "retention_days"),
        ({"month_thresholds": [0]}, "month_thresholds"),
        ({"month_thresholds": list(range(1, 40))}, "month_thresholds"),
        ({"keep": 1}, "keep"),
    ],
)
async def test_bad_decisions_name_the_field(client: httpx.AsyncClient, body: object, field: str) -> None:
    """A typing error in a privacy setting must not pass for a decision."""
    answer = await client.patch(SETTINGS, json=body)
    assert answer.status_code in {400, 422}, answer.text
    assert field in answer.text
    assert (await client.get(SETTINGS)).json() == {
        "retention_days": None,
        "withheld": [],
        "month_thresholds": [],
    }


async def test_months_are_announced_when_they_pass_a_count(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Each threshold once, also when one message passes two of them."""
    workspace = (await client.get("/v1/workspace")).json()["id"]
    assert (await client.patch(SETTINGS, json={"month_thresholds": [50, 5, 20]})).status_code == 200
    for scans in (4, 5, 7, 60, 61):
        await count_scans(database, workspace, scans)
    async with database.read() as tx:
        found = await events.after(tx, 0, 100)
    assert [each.data for each in found if each.type == "workspace.quota_near"] == [
        {"resource": "scans_threshold", "used": used, "limit": limit} for used, limit in ((5, 5), (60, 20), (60, 50))
    ]  # fmt: skip


async def test_thresholds_of_links_are_replaced_and_bounded(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set of counts, not a list that grows; and not for any number of links."""
    made = [
        (await client.post("/v1/links", json={"target_url": "https://example.com"})).json()["id"]
        for _ in range(2)
    ]
    path = f"/v1/links/{made[0]}/thresholds"
    assert (await client.get(path)).json() == {"link_id": made[0], "counts": []}
    assert (await client.put(path, json={"counts": [50, 5, 50]})).json()["counts"] == [5, 50]
    assert (await client.put(path, json={"counts": [7]})).json()["counts"] == [7]
    assert (await client.get(path)).json()["counts"] == [7]
    assert (await client.put(path, json={"counts": [0]})).status_code == 422
    assert (await client.get("/v1/links/nobody/thresholds")).status_code == 404
    monkeypatch.setattr(limits, "LINKS_WITH_THRESHOLDS_MAX", 1)
    answer = await client.put(f"/v1/links/{made[1]}/thresholds", json={"counts": [7]})
    assert answer.json()["code"] == "too_large"
    assert (await client.put(path, json={"counts": []})).json()["counts"] == []


async def test_analytics_is_told_once_and_again_after_it_was_away(
    client: httpx.AsyncClient, database: Database
) -> None:
    """A retention that analytics never heard of keeps scans for ever."""
    workspace = to_bytes((await client.get("/v1/workspace")).json()["id"])
    link = (await client.post("/v1/links", json={"target_url": "https://example.com"})).json()["id"]
    analytics = Analytics()
    teller = ScanSettingsTeller(database, analytics)  # type: ignore[arg-type]  # the one method it uses
    await teller.look()
    assert analytics.heard == []
    await client.patch(SETTINGS, json={"retention_days": 30})
    analytics.away = True
    await teller.look()
    await client.put(f"/v1/links/{link}/thresholds", json={"counts": [5]})
    analytics.away = False
    for _ in range(3):
        await teller.look()
    assert analytics.heard == [SetRetention(workspace, 30), SetThresholds(workspace, (5,), to_bytes(link))]
    await client.patch(SETTINGS, json={"retention_days": None})
    await teller.look()
    assert analytics.heard[2:] == [SetRetention(workspace, 0)]
