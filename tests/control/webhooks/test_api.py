"""Webhooks through the front door of the native API."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from tests.control.clock import Clock
from tests.control.conftest import ApiClient
from tests.control.webhooks.conftest import SHAPES

from waypost.control.core import webhook_delivery, webhook_fanout
from waypost.control.model.access import Actor
from waypost.control.model.installation import Installation
from waypost.control.model.webhooks.delivery import Job, Result
from waypost.control.store.database import Database

URL = "https://hooks.example/waypost"


@pytest.fixture
def installation() -> Installation:
    """An installation that allows nothing private, as most do."""
    return Installation(public_url="https://go.example")


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Create a webhook and return it with its secret."""
    answer = await client.post("/v1/webhooks", json={"url": URL, "events": ["*"], **members})
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


async def deliver(database: Database, status: int | None) -> list[Job]:
    """Fan out, claim everything and let every call end alike."""
    async with database.write() as tx:
        await webhook_fanout.fan_out_events(tx, SHAPES)
    async with database.write() as tx:
        jobs = await webhook_delivery.claim(tx, 0)
    results = [
        Result(
            delivery_id=job.delivery_id, claim=job.claim, endpoint_id=job.endpoint_id, at_ms=1,
            duration_ms=5, status=status, error="" if status else "timed_out", response_head="ok",
        )
        for job in jobs
    ]  # fmt: skip
    async with database.write() as tx:
        await webhook_delivery.record(tx, results)
    return jobs


async def test_the_secret_is_shown_once_and_stored_sealed(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Whoever reads the API or the database later must not be able to sign."""
    webhook = await make(client)
    secret = webhook.pop("secret")
    assert secret.startswith("whsec_")
    assert (await client.get(f"/v1/webhooks/{webhook['id']}")).json() == webhook
    (listed,) = (await client.get("/v1/webhooks")).json()["data"]
    assert listed == webhook
    async with database.read() as tx:
        (row,) = await tx.rows(text("select * from webhook_endpoints"))
    assert secret not in repr(dict(row))
    rotated = (await client.post(f"/v1/webhooks/{webhook['id']}/rotate-secret")).json()
    assert rotated["secret"] not in ("", secret)
    assert rotated["old_secret_until"] is not None


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, "url"),
        ({"url": "https://user:password@hooks.example/"}, "url"),
        ({"url": "https://hooks.example:22/"}, "url"),
        ({"url": "not a url"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["link.exploded"]}, "events"),
        ({"events": ["link.clicked"]}, "events"),
        ({"description": "x" * 501}, "description"),
        ({"link_ids": ["no id"]}, "link_ids"),
        ({"link_ids": ["00000000-0000-0000-0000-000000000000"] * 201}, "link_ids"),
        ({"secret": "whsec_dG9vc2hvcnQ="}, "secret"),
    ],
)
async def test_bad_values_are_refused_by_name(
    client: httpx.AsyncClient, members: dict[str, Any], field: str
) -> None:
    """An endpoint that can never work, or leads inside, is refused when it is written."""
    answer = await client.post("/v1/webhooks", json={"url": URL, "events": ["*"], **members})
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


async def test_members_change_and_unknown_ones_are_refused(client: httpx.AsyncClient) -> None:
    """PATCH touches what it names and nothing else."""
    webhook = await make(client, events=["link.created"], description="first")
    path = f"/v1/webhooks/{webhook['id']}"
    changed = (await client.patch(path, json={"events": ["link.scanned"], "batch_scans": True})).json()
    assert (changed["events"], changed["batch_scans"], changed["description"]) == (
        ["link.scanned"], True, "first",
    )  # fmt: skip
    assert (await client.patch(path, json={"description": None})).json()["description"] is None
    assert (await client.patch(path, json={"active": False})).json()["status"] == "paused"
    assert (await client.patch(path, json={"sealed": "x"})).status_code == 422
    stale = await client.patch(path, json={"active": True}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_other_workspaces_and_weaker_keys_stay_out(
    client: httpx.AsyncClient, api_client: ApiClient, stranger: Actor
) -> None:
    """A webhook tells everything of a workspace; only its own keys may touch it."""
    webhook = await make(client)
    path = f"/v1/webhooks/{webhook['id']}"
    outside = await api_client("*", actor=stranger)
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        assert (await outside.request(method, path + suffix)).status_code == 404
    reader = await api_client("webhooks:read")
    assert (await reader.get(path)).status_code == 200
    for suffix in ("/rotate-secret", "/test", "/replay"):
        assert (await reader.post(path + suffix, json={})).status_code == 403


async def test_a_workspace_has_a_limit(client: httpx.AsyncClient) -> None:
    """Every event is matched against every webhook."""
    for _ in range(100):
        await make(client)
    answer = await client.post("/v1/webhooks", json={"url": URL, "events": ["*"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "quota_reached")
    first = (await client.get("/v1/webhooks", params={"limit": 60})).json()
    rest = (await client.get("/v1/webhooks", params={"limit": 60, "cursor": first["next_cursor"]})).json()
    assert len({each["id"] for each in first["data"] + rest["data"]}) == 100
    assert (first["total"], rest["next_cursor"]) == (100, None)


async def test_the_log_tells_what_was_sent_and_what_came_back(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """Support begins with: what did you send, when, and what did we answer?"""
    webhook = await make(client, events=["link.created", "link.deleted"])
    link = (await client.post("/v1/links", json={"target_url": "https://example.com/"})).json()
    await deliver(database, 500)
    path = f"/v1/webhooks/{webhook['id']}/deliveries"
    (told,) = (await client.get(path)).json()["data"]
    assert (told["event_type"], told["state"], told["status_code"]) == ("link.created", "pending", 500)
    assert told["payload"]["data"]["link"]["id"] == link["id"]
    assert told["next_attempt_at"] > told["created_at"]
    clock.advance(seconds=70)
    await deliver(database, 200)
    detail = (await client.get(f"{path}/{told['id']}")).json()
    assert [each["status_code"] for each in detail["attempts"]] == [500, 200]
    assert (detail["state"], detail["response_head"], detail["attempt_count"]) == ("delivered", "ok", 2)
    assert (await client.get(path, params={"state": "dead"})).json()["data"] == []
    assert len((await client.get(path, params={"event_type": "link.created"})).json()["data"]) == 1


async def test_a_disabled_webhook_comes_back_and_its_dead_letters_are_replayed(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """After the receiver is mended, nothing of the outage may be lost."""
    webhook = await make(client, events=["link.created"])
    path = f"/v1/webhooks/{webhook['id']}"
    for _ in range(3):
        await client.post("/v1/links", json={"target_url": "https://example.com/"})
    before = (await client.get(path)).json()["created_at"]
    jobs = await deliver(database, 410)
    shown = (await client.get(path)).json()
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "gone")
    dead = (await client.get(f"{path}/deliveries", params={"state": "dead"})).json()["data"]
    assert len(dead) == 3
    refused = await client.post(f"{path}/replay", json={"since": before})
    assert (refused.status_code, refused.json()["field"]) == (422, "status")
    assert (await client.patch(path, json={"active": True})).json()["failures"] == 0
    assert (await client.post(f"{path}/replay", json={"since": before})).json() == {"count": 3}
    again = await deliver(database, 200)
    assert sorted((job.message_id, job.body) for job in again) == sorted(
        (job.message_id, job.body) for job in jobs
    )
    one = f"{path}/deliveries/{dead[0]['id']}"
    assert (await client.post(f"{one}/replay")).status_code == 202
    assert (await client.post(f"{one}/replay")).json()["code"] == "in_progress"
    assert [job.delivery_id for job in await deliver(database, 200)] == [dead[0]["id"]]
    assert (await client.post(f"{path}/replay", json={"since": before})).json() == {"count": 0}
    everything = {"since": before, "include_delivered": True}
    assert (await client.post(f"{path}/replay", json=everything)).json() == {"count": 3}


async def test_a_test_event_is_queued_and_needs_an_active_webhook(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The button answers at once; the log says what came of it."""
    webhook = await make(client, events=["link.deleted"])
    path = f"/v1/webhooks/{webhook['id']}"
    queued = await client.post(f"{path}/test")
    assert queued.status_code == 202
    (job,) = await deliver(database, 200)
    assert (job.delivery_id, job.event_name) == (queued.json()["delivery_id"], "test.ping")
    await client.patch(path, json={"active": False})
    assert (await client.post(f"{path}/test")).json()["field"] == "status"
