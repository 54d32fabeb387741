"""Whose key it is, who works there, what is used; and the counts that lists show."""

import httpx
from tests.contract.world import World

from waypost.control.core import organisation
from waypost.control.model.organisation import WriteMember
from waypost.control.model.plans import Plan
from waypost.control.store import totals
from waypost.wire.ids import to_bytes
from waypost.wire.totals import LinkTotalsV1, TotalsV1


async def test_members_are_listed_with_their_roles_and_the_oldest_owner_is_named(
    client: httpx.AsyncClient, world: World
) -> None:
    """C272, C273."""
    for name, role in (("ada", "owner"), ("bob", "viewer"), ("eve", "owner")):
        command = WriteMember(email=f"{name}@example.com", name=name.title(), role=role)  # type: ignore[arg-type]  # roles, spelled in a loop
        async with world.control.database.write() as tx:
            await organisation.add_member(tx, world.actor, command)
    workspace = (await client.get("/api/v1/workspace")).json()["data"]
    answer = (await client.get("/api/v1/workspace/members?limit=2")).json()
    assert {**workspace["owner"], "id": ""} == {"id": "", "email": "ada@example.com", "name": "Ada"}
    assert [(member["name"], member["role"]) for member in answer["data"]] == [
        ("Eve", "owner"),
        ("Bob", "viewer"),
    ]
    assert (answer["meta"]["total"], set(answer["data"][0])) == (3, {"id", "email", "name", "role"})


async def test_usage_stands_beside_the_limits_of_the_plan(client: httpx.AsyncClient, world: World) -> None:
    """C58: what is left must be seen before it is reached; no limit is null."""
    world.use_plan(Plan(name="unlimited", links=5, members=3, api_calls_month=1_000))
    await client.post("/api/v1/links", json={"url": "https://example.com/"})
    await client.post("/api/v1/qr/templates", json={"name": "House"})
    usage = (await client.get("/api/v1/workspace/usage")).json()["data"]
    assert (usage["usage"]["links"], usage["limits"]["links"]) == (1, 5)
    assert (usage["usage"]["qr_templates"], usage["limits"]["qr_templates"]) == (1, None)
    assert (usage["usage"]["api_calls"], usage["limits"]["api_calls"]) == (3, 1_000)
    assert (usage["usage"]["members"], usage["limits"]["members"]) == (0, 3)


async def test_a_plan_that_is_full_says_so(client: httpx.AsyncClient, world: World) -> None:
    """C57: one link more than the plan allows."""
    world.use_plan(Plan(name="unlimited", links=1))
    await client.post("/api/v1/links", json={"url": "https://example.com/"})
    full = await client.post("/api/v1/links", json={"url": "https://example.com/"})
    assert (full.status_code, full.json()["error"]["code"]) == (403, "PLAN_LIMIT_EXCEEDED")


async def test_rules_that_the_plan_does_not_follow_are_not_taken(
    client: httpx.AsyncClient, world: World
) -> None:
    """C57: a rule that is accepted and ignored sends visitors astray; what a link had before may be sent back."""
    rules = [{"destination": "https://example.com/de", "priority": 1, "conditions": {"countries": ["DE"]}}]
    body = {"url": "https://example.com/", "routing_rules": rules}
    had = (await client.post("/api/v1/links", json=body)).json()["data"]
    world.use_plan(Plan(name="unlimited", rules=False))
    path = f"/api/v1/links/{had['id']}"
    for refused in (
        await client.post("/api/v1/links", json=body),
        await client.patch(path, json={"routing_rules": [{**rules[0], "priority": 2}]}),
    ):
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FEATURE_NOT_AVAILABLE")
    (error,) = (await client.post("/api/v1/links/bulk", json={"links": [body]})).json()["data"]["errors"]
    assert (error["index"], error["url"], error["code"]) == (0, body["url"], "FEATURE_NOT_AVAILABLE")
    assert (await client.patch(path, json={"routing_rules": had["routing_rules"]})).status_code == 200
    assert (await client.patch(path, json={"routing_rules": []})).status_code == 200


async def test_links_show_the_scans_of_people(client: httpx.AsyncClient, world: World) -> None:
    """C230: scan_count and last_scan_at, as analytics last told them; robots are not in them."""
    link = (await client.post("/api/v1/links", json={"url": "https://example.com/"})).json()["data"]["id"]
    counted = LinkTotalsV1(to_bytes(link), to_bytes(world.workspace_id), 9, 7, 5, 2, 3, 1_770_000_000_000)
    async with world.control.database.write() as tx:
        await totals.apply(tx, TotalsV1(cursor=1, totals=(counted,)))
    shown = (await client.get(f"/api/v1/links/{link}")).json()["data"]
    assert (shown["scan_count"], shown["last_scan_at"]) == (7, "2026-02-02T02:40:00Z")
