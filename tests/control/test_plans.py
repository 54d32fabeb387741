"""Plans: what one withholds or has used up reaches the edges, and is told before it hurts."""

import httpx
import pytest
from tests.control.clock import Clock
from tests.control.conftest import ApiClient

from waypost.control.core.workspace_record import apply_totals
from waypost.control.jobs.workspace_records import WorkspaceRecords
from waypost.control.model.access import Actor
from waypost.control.model.installation import Installation
from waypost.control.model.plans import UNLIMITED, Plan
from waypost.control.store import events, replication
from waypost.control.store.database import Database
from waypost.control.surface.control import Control
from waypost.wire.codec import decode_workspace
from waypost.wire.ids import to_bytes
from waypost.wire.link import WorkspaceV1
from waypost.wire.slug import workspace_key
from waypost.wire.totals import TotalsV1

MONTH_S = 31 * 24 * 3600
SMALL = Plan(name="small", scans_month=10, webhooks=1, rules=False, interstitial_s=3, api_calls_month=20)


@pytest.fixture
def installation() -> Installation:
    """An operator with a small plan besides the unlimited one."""
    return Installation(public_url="https://go.example", plans=(UNLIMITED, SMALL))


async def told(database: Database, workspace_id: str) -> WorkspaceV1 | None:
    """What edges know of a workspace."""
    key = workspace_key(to_bytes(workspace_id))
    async with database.read() as tx:
        async for part in replication.live_records(tx):
            for each, _ver, value in part:
                if each == key:
                    return decode_workspace(value)
    return None


async def near(database: Database) -> list[tuple[str, int, int]]:
    """The quotas that were announced: resource, used, limit."""
    async with database.read() as tx:
        found = await events.after(tx, 0, 100)
    data = [event.data for event in found if event.type == "workspace.quota_near"]
    return [(each["resource"], each["used"], each["limit"]) for each in data]


async def count_scans(database: Database, workspace_id: str, scans: int) -> None:
    """Analytics says how many people came this month."""
    month = 2027 * 12  # the month of the tests' clock: January 2027
    message = TotalsV1(cursor=1, totals=(), workspace_months=((to_bytes(workspace_id), month, scans),))
    async with database.write() as tx:
        await apply_totals(tx, message)


async def test_edges_learn_what_a_plan_withholds(client: httpx.AsyncClient, database: Database) -> None:
    """A plan that only the API knows would be no plan at all; the unlimited one costs no record."""
    workspace = (await client.get("/v1/workspace")).json()["id"]
    assert await told(database, workspace) is None
    await client.patch(f"/v1/workspaces/{workspace}", json={"plan": "small"})
    record = await told(database, workspace)
    assert record == WorkspaceV1(to_bytes(workspace), rules=False, interstitial_s=3)
    body = {"slug": "tenant", "name": "Tenant", "plan": "small"}
    tenant = (await client.post("/v1/workspaces", json=body)).json()["workspace"]["id"]
    made = await told(database, tenant)
    assert made is not None
    assert made.interstitial_s == 3
    await client.patch(f"/v1/workspaces/{workspace}", json={"plan": "unlimited"})
    assert await told(database, workspace) is None


async def test_scan_quota_closes_and_the_next_month_opens(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """The month must close on its own when it is used up, and open on its own when it is over."""
    upkeep = WorkspaceRecords(database)
    await upkeep.look()
    workspace = (await client.get("/v1/workspace")).json()["id"]
    await client.patch(f"/v1/workspaces/{workspace}", json={"plan": "small"})
    states = []
    for scans in (7, 9, 9, 10, 12):
        await count_scans(database, workspace, scans)
        record = await told(database, workspace)
        assert record is not None
        states.append(record.over_scan_quota)
    assert states == [False, False, False, True, True]
    assert [each for each in await near(database) if each[0] == "scans_month"] == [
        ("scans_month", 9, 10),
        ("scans_month", 10, 10),
    ]
    await upkeep.look()
    still = await told(database, workspace)
    assert still is not None
    assert still.over_scan_quota
    clock.advance(seconds=MONTH_S)
    await upkeep.look()
    opened = await told(database, workspace)
    assert opened is not None
    assert not opened.over_scan_quota


async def test_changed_plans_file_reaches_edges_at_the_next_start(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Nobody touches each workspace by hand after editing a file."""
    workspace = (await client.get("/v1/workspace")).json()["id"]
    await client.patch(f"/v1/workspaces/{workspace}", json={"plan": "small"})
    database.installation = Installation(plans=(UNLIMITED, Plan(name="small", interstitial_s=9)))
    await WorkspaceRecords(database).look()
    assert await told(database, workspace) == WorkspaceV1(to_bytes(workspace), interstitial_s=9)


async def test_month_of_calls_is_announced_before_it_ends(
    api_client: ApiClient, client: httpx.AsyncClient, control: Control, actor: Actor
) -> None:
    """Whoever runs out of calls at night wants to have known in the afternoon."""
    await client.patch(f"/v1/workspaces/{actor.workspace_id}", json={"plan": "small"})
    await control.usage.flush()
    for calls in (14, 2, 4):
        for _ in range(calls):
            await client.get("/v1/workspace")
        await control.usage.flush()
    announced = [each for each in await near(control.database) if each[0] == "api_calls_month"]
    assert announced == [("api_calls_month", 17, 20), ("api_calls_month", 20, 20)]


async def test_webhooks_and_kinds_count_against_the_plan(client: httpx.AsyncClient, actor: Actor) -> None:
    """A limit that one can walk around by a PATCH is none."""
    links = await client.post("/v1/links", json={"target_url": "https://example.com/"})
    await client.patch(f"/v1/workspaces/{actor.workspace_id}", json={"plan": "small"})
    hook = {"url": "https://example.com/hook", "events": ["*"]}
    answers = [await client.post("/v1/webhooks", json=hook) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 403]
    assert answers[1].json()["code"] == "quota_reached"
    explained = await client.post(
        f"/v1/links/{links.json()['id']}/explain",
        json={"visit": {}, "rules": [{"then": {"kind": "url", "url": "https://example.com/r"}}]},
    )
    assert explained.json()["decision"]["url"] == "https://example.com/r"


async def test_a_plan_without_domains_takes_none(
    client: httpx.AsyncClient, control: Control, actor: Actor
) -> None:
    """The free plan must not allow more than the one above it; 0 would be without limit."""
    control.database.installation = Installation(public_url="https://go.example")
    await client.patch(f"/v1/workspaces/{actor.workspace_id}", json={"plan": "free"})
    refused = await client.post("/v1/domains", json={"host": "go.brand.example"})
    assert (refused.status_code, refused.json()["code"]) == (403, "quota_reached")
    assert "0 domains" in refused.json()["detail"]
    usage = (await client.get("/v1/workspace/usage")).json()
    assert usage["usage"]["domains"] == {"used": 0, "limit": -1}
