"""The past and the planned future of a link, and finding, copying and upserting links."""

from typing import Any

import httpx
import pytest
from tests.control.clock import Clock
from tests.control.test_links import RULES, TARGET, make, record_of

from waypost.control.jobs.bulk import Schedules
from waypost.control.store.database import Database


async def test_history_tells_who_changed_what(client: httpx.AsyncClient) -> None:
    """Every change has its actor and each member's value before and after."""
    link = await make(client, slug="a", tags=["x"])
    url = f"/v1/links/{link['id']}"
    await client.patch(url, json={"title": "T", "tags": ["y"], "password": "secret words"})
    await client.delete(url)
    changes = (await client.get(f"{url}/history")).json()["data"]
    assert [(change["action"], change["version"]) for change in changes] == [
        ("link.delete", 3),
        ("link.update", 2),
        ("link.create", 1),
    ]
    assert changes[1]["diff"] == {"title": ["", "T"], "tags": [["x"], ["y"]], "password_hash": [False, True]}
    assert changes[1]["actor_kind"] == "key"
    assert "secret" not in str(changes)


async def test_rollback_brings_every_member_back(client: httpx.AsyncClient, database: Database) -> None:
    """A mistake is undone with one call, at the edges too, and the undoing can be undone."""
    link = await make(
        client, slug="a", title="T", rules=RULES, tags=["x"], aliases=["b"], metadata={"k": "v"}
    )
    url = f"/v1/links/{link['id']}"
    body: dict[str, Any] = {
        "target_url": "https://example.com/wrong", "slug": "z", "rules": None, "tags": [], "aliases": [],
        "metadata": None, "title": None, "active": False,
    }  # fmt: skip
    broken = (await client.patch(url, json=body)).json()
    await client.patch(url, json={"comments": "more"})
    back = (await client.post(f"{url}/rollback", json={"version": 1})).json()
    volatile = {"version", "updated_at"}
    assert {k: v for k, v in back.items() if k not in volatile} == {
        k: v for k, v in link.items() if k not in volatile
    }
    assert (back["version"], (await record_of(database, "a")).target) == (4, TARGET.encode())
    forward = (await client.post(f"{url}/rollback", json={"version": 2})).json()
    assert (forward["target_url"], forward["slug"]) == (broken["target_url"], "z")
    for version in (0, 5, 99):
        assert (await client.post(f"{url}/rollback", json={"version": version})).status_code == 404


async def test_planned_change_happens_at_its_time(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """A campaign starts while everybody sleeps."""
    link = await make(client, slug="a")
    url = f"/v1/links/{link['id']}"
    body = {"at": "2090-01-01T00:00:00Z", "change": {"target_url": "https://example.com/new"}}
    planned = await client.post(f"{url}/schedule", json=body)
    assert planned.status_code == 201, planned.text
    assert (await client.get(url)).json()["version"] == 1
    later = {"at": "2090-06-01T00:00:00Z", "change": {"title": "x"}}
    dropped = (await client.post(f"{url}/schedule", json=later)).json()
    assert len((await client.get(f"{url}/schedule")).json()["data"]) == 2
    assert (await client.delete(f"{url}/schedule/{dropped['id']}")).status_code == 204
    await Schedules(database).step()
    assert (await client.get(url)).json()["target_url"] == TARGET
    clock.now_ms = 3_800_000_000_000
    await Schedules(database).step()
    assert (await record_of(database, "a")).target == b"https://example.com/new"
    assert (await client.get(f"{url}/schedule")).json()["data"] == []
    history = (await client.get(f"{url}/history")).json()["data"]
    assert (history[0]["actor_kind"], history[0]["actor_name"]) == ("system", "schedule")


async def test_history_and_plans_speak_the_words_of_the_api(client: httpx.AsyncClient) -> None:
    """Whoever reads a change wants to send it again, and knows no `expires_ms`."""
    link = await make(client)
    url = f"/v1/links/{link['id']}"
    at = "2090-01-01T00:00:00Z"
    await client.patch(url, json={"expires_at": at})
    await client.patch(url, json={"expires_at": None})
    cleared, given, _ = (await client.get(f"{url}/history")).json()["data"]
    assert (given["diff"], cleared["diff"]) == ({"expires_at": [None, at]}, {"expires_at": [at, None]})
    planned = await client.post(f"{url}/schedule", json={"at": at, "change": {"starts_at": at, "title": "x"}})
    assert planned.json()["change"] == {"starts_at": at, "title": "x"}


async def test_planned_change_that_cannot_work_is_refused_now(client: httpx.AsyncClient) -> None:
    """Whoever plans it is there now and not then."""
    link = await make(client, slug="a")
    await make(client, slug="taken")
    url = f"/v1/links/{link['id']}/schedule"
    for change, status in (({"slug": "taken"}, 409), ({"target_url": "x"}, 422)):
        answer = await client.post(url, json={"at": "2090-01-01T00:00:00Z", "change": change})
        assert answer.status_code == status
    past = await client.post(url, json={"at": "2000-01-01T00:00:00Z", "change": {"title": "x"}})
    assert (past.status_code, past.json()["field"]) == (422, "at")
    assert (await client.get(f"/v1/links/{link['id']}")).json()["version"] == 1


async def test_link_is_found_by_slug_alias_and_external_id(client: httpx.AsyncClient) -> None:
    """An integrator knows its own id or what is printed, seldom ours."""
    link = await make(client, slug="Ab", aliases=["Cd"], external_id="e")
    for query in ({"slug": "aB"}, {"slug": "CD"}, {"external_id": "e"}):
        assert (await client.get("/v1/links/lookup", params=query)).json()["id"] == link["id"]
    for query in ({"slug": "x"}, {"external_id": "x"}):
        assert (await client.get("/v1/links/lookup", params=query)).status_code == 404
    assert (await client.get("/v1/links/lookup")).status_code == 422


async def test_upsert_makes_once_and_changes_afterwards(client: httpx.AsyncClient) -> None:
    """A nightly sync sends everything every time."""
    body = {"target_url": TARGET, "external_id": "e", "title": "a"}
    first = (await client.put("/v1/links/upsert", json=body)).json()
    second = (await client.put("/v1/links/upsert", json={**body, "title": "b"})).json()
    assert (second["id"], second["title"], second["version"]) == (first["id"], "b", 2)
    by_slug = {"target_url": TARGET, "slug": first["slug"]}
    assert (await client.put("/v1/links/upsert", json=by_slug)).json()["id"] == first["id"]
    assert (await client.put("/v1/links/upsert", json={"target_url": TARGET})).status_code == 422


async def test_copy_has_the_same_settings_under_another_slug(client: httpx.AsyncClient) -> None:
    """A campaign's twin differs in its slug only."""
    link = await make(client, slug="a", title="T", tags=["x"], rules=RULES, external_id="e")
    copy = (await client.post(f"/v1/links/{link['id']}/duplicate", json={"slug": "b"})).json()
    assert (copy["slug"], copy["external_id"]) == ("b", None)
    same = ("title", "tags", "rules", "target_url")
    assert {name: copy[name] for name in same} == {name: link[name] for name in same}


async def test_explain_says_where_a_visitor_goes_and_why(client: httpx.AsyncClient) -> None:
    """Support asks: why did this phone land there?"""
    link = await make(client, rules=[{**RULES[0], "share": 100}])
    url = f"/v1/links/{link['id']}/explain"
    night = {"visit": {"country": "DE", "at": "2026-07-01T21:30:00Z"}}
    answer = (await client.post(url, json=night)).json()
    assert answer["decision"]["url"] == "https://example.com/nacht"
    day = (await client.post(url, json={"visit": {"country": "DE", "at": "2026-07-01T12:00:00Z"}})).json()
    assert day["decision"]["url"] == TARGET
    assert day["verdicts"][0]["matched"] is False
    assert any(not reason["holds"] for reason in day["verdicts"][0]["reasons"])


async def test_explain_takes_what_is_known_of_the_visitor(client: httpx.AsyncClient) -> None:
    """Every condition can be tried, the one on a visitor's attributes too."""
    link = await make(client)
    when = [{"attr": "visitor", "key": "tier", "op": "is", "values": ["gold"]}]
    rules = [{"id": "gold", "when": when, "then": {"kind": "url", "url": "https://example.com/gold"}}]
    url = f"/v1/links/{link['id']}/explain"
    for tier, target in (("Gold", "https://example.com/gold"), ("silver", TARGET)):
        body = {"rules": rules, "visit": {"attributes": {"tier": tier, "orders": 3}}}
        assert (await client.post(url, json=body)).json()["decision"]["url"] == target


async def test_rule_check_finds_what_can_never_match(client: httpx.AsyncClient) -> None:
    """An author is told before the campaign, not after."""
    everyone = {"then": {"kind": "url", "url": TARGET}}
    answer = (await client.post("/v1/rules/check", json={"rules": [everyone, everyone]})).json()
    assert [finding["severity"] for finding in answer["findings"]] == ["warning"]


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://go.example/own", "ftp://example.com/"])
async def test_rule_check_finds_what_no_link_takes(client: httpx.AsyncClient, url: str) -> None:
    """What has no error is accepted on a link, and what a link refuses is found, at the same place."""
    rules = [
        {"when": [{"attr": "os", "values": ["iOS"]}], "then": {"kind": "url", "url": TARGET}},
        {"then": {"kind": "split", "variants": [{"id": "a", "url": TARGET}, {"id": "b", "url": url}]}},
    ]
    found = (await client.post("/v1/rules/check", json={"rules": rules})).json()["findings"]
    errors = [each["path"] for each in found if each["severity"] == "error"]
    refused = await client.post("/v1/links", json={"target_url": TARGET, "rules": rules})
    assert refused.status_code == 422
    assert errors == [refused.json()["field"]] == ["rules[1].then.variants[1].url"]
