"""xQR's webhooks, delivered for real: what the vendor's own sample verifies, and what the log says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from tests.contract.world import World
from tests.contract.xqr.test_assets import put
from tests.control.test_assets import PDF
from tests.control.webhooks.receiver import Received, Receiver, answering

from waypost.control.jobs.webhooks import run_webhooks

SAMPLE = Path(__file__).parent / "samples" / "verify.txt"
_DEADLINE_S = 20.0


@pytest.fixture
async def receiver(world: World) -> AsyncIterator[Receiver]:
    """A real HTTP server that remembers what it was sent, while webhooks are being delivered."""
    database = world.control.database
    database.installation = msgspec.structs.replace(database.installation, allow_private_targets=True)
    delivering = asyncio.create_task(run_webhooks(database, world.control.peppers))
    async with Receiver() as server:
        yield server
    assert not delivering.done(), "the worker must outlive every test"
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)


async def _hook(client: httpx.AsyncClient, url: str, *events: str) -> tuple[str, str]:
    """Register an endpoint: its id and its secret."""
    body = {"url": url, "events": list(events) or ["*"]}
    hook = (await client.post("/api/v1/webhooks", json=body)).json()["data"]
    return hook["id"], hook["signing_secret"]


def _verify_as_in_the_seed(signing_secret: str, raw_body: bytes, signature_header: str) -> None:
    """Run the vendor's own lines, which read these three."""
    exec(compile(SAMPLE.read_text(), SAMPLE.name, "exec"), dict(locals()))


async def _tried(client: httpx.AsyncClient, hook: str) -> list[dict[str, object]]:
    """The delivery log once everything in it was tried."""
    async with asyncio.timeout(_DEADLINE_S):
        while True:
            found = (await client.get(f"/api/v1/webhooks/{hook}/deliveries")).json()["data"]
            if found and all(each["attempts"] for each in found):
                return list(found)
            await asyncio.sleep(0.02)


async def test_the_vendors_sample_verifies_what_arrives(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    """C240, C249, C250, C286: a receiver written for xQR must not notice the move."""
    _, secret = await _hook(client, f"{receiver.url}/in")
    made = (await client.post("/api/v1/links", json={"url": "https://example.com/"})).json()["data"]
    (received,) = await receiver.wait_for(1)
    _verify_as_in_the_seed(secret, received.body, received.headers["x-xqr-signature"])
    with pytest.raises(AssertionError):
        _verify_as_in_the_seed(secret, received.body + b" ", received.headers["x-xqr-signature"])
    assert received.headers["content-type"] == "application/json"
    assert received.headers["x-xqr-event"] == "link.created"
    assert str(UUID(received.headers["x-xqr-delivery"])) == received.headers["x-xqr-delivery"]
    assert set(received.json) == {"event", "timestamp", "data"}
    assert (received.json["event"], received.json["timestamp"][-1]) == ("link.created", "Z")
    assert received.json["data"] == {
        "link_id": made["id"],
        "short_code": made["short_code"],
        "destination": "https://example.com/",
    }


async def test_changes_of_links_are_told_to_who_asked_for_them(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    """C243: created, updated and deleted, whichever were subscribed."""
    await _hook(client, f"{receiver.url}/all")
    await _hook(client, f"{receiver.url}/some", "link.deleted")
    link = (await client.post("/api/v1/links", json={"url": "https://example.com/"})).json()["data"]["id"]
    await client.patch(f"/api/v1/links/{link}", json={"enabled": False})
    await client.delete(f"/api/v1/links/{link}")
    told = await receiver.wait_for(3, path="/all")
    some = await receiver.wait_for(1, path="/some")
    assert {_event(each) for each in told} == {"link.created", "link.updated", "link.deleted"}
    assert [_event(each) for each in some] == ["link.deleted"]


async def test_a_bulk_tells_of_every_link(client: httpx.AsyncClient, receiver: Receiver) -> None:
    """R10: another vendor is silent on bulks; this one documents no exception."""
    await _hook(client, f"{receiver.url}/bulk")
    links = [{"url": f"https://example.com/{number}"} for number in range(3)]
    await client.post("/api/v1/links/bulk", json={"links": links})
    told = await receiver.wait_for(3, path="/bulk")
    assert [_event(each) for each in told] == ["link.created"] * 3


async def test_the_log_says_what_was_sent_and_what_came_back(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    """C242: status codes, response times and payloads, of what arrived and of what did not."""
    receiver.paths = {"/bad": answering(503, {}, b"busy")}
    good, _ = await _hook(client, f"{receiver.url}/good")
    bad, _ = await _hook(client, f"{receiver.url}/bad")
    await client.post("/api/v1/links", json={"url": "https://example.com/"})
    (arrived,), (waiting,) = await _tried(client, good), await _tried(client, bad)
    (received,) = await receiver.wait_for(1, path="/good")
    assert (arrived["status"], arrived["status_code"], arrived["attempts"]) == ("delivered", 204, 1)
    assert arrived["payload"] == received.json
    assert arrived["id"] == received.headers["x-xqr-delivery"]
    assert isinstance(arrived["response_time_ms"], int)
    assert arrived["delivered_at"] is not None
    assert (waiting["status"], waiting["status_code"], waiting["response_body"]) == ("pending", 503, "busy")
    assert waiting["next_attempt_at"] is not None
    assert waiting["delivered_at"] is None
    assert set(arrived) == set(waiting)


async def test_a_plan_that_changes_is_a_subscription_that_was_updated(
    client: httpx.AsyncClient, receiver: Receiver, world: World
) -> None:
    """C247: the vendor's word for the native event."""
    from waypost.control.core.announce import announce

    await _hook(client, f"{receiver.url}/plan", "subscription.updated")
    async with world.control.database.write() as tx:
        announce(tx, "workspace.plan_changed", world.workspace_id, {"before": "pro", "after": "business"})
    (received,) = await receiver.wait_for(1, path="/plan")
    assert received.json["event"] == "subscription.updated"
    assert received.json["data"] == {"before": "pro", "after": "business"}


def _event(received: Received) -> str:
    return str(received.json["event"])


async def test_pages_and_files_are_told_of(
    client: httpx.AsyncClient, world: World, receiver: Receiver
) -> None:
    """C245, C246: a page that goes on and off, and an upload when it is confirmed; each once."""
    _, secret = await _hook(
        client, f"{receiver.url}/in", "bio.published", "bio.unpublished", "asset.uploaded"
    )
    page = (await client.post("/api/v1/bio/pages", json={"title": "Ada", "slug": "ada"})).json()["data"]
    for verb in ("publish", "publish", "unpublish", "unpublish"):
        await client.post(f"/api/v1/bio/pages/{page['id']}/{verb}")
    order = {"filename": "menu.pdf", "content_type": "application/pdf"}
    presigned = (await client.post("/api/v1/assets/presign", json=order)).json()["data"]
    await put(world, presigned, PDF)
    for _ in range(2):
        await client.post(f"/api/v1/assets/{presigned['asset_id']}/confirm")
    received = await receiver.wait_for(3)
    for each in received:
        _verify_as_in_the_seed(secret, each.body, each.headers["x-xqr-signature"])
    told = {each.json["event"]: each.json["data"] for each in received}
    shown = {"page_id": page["id"], "title": "Ada", "slug": "ada", "public_url": page["public_url"]}
    assert told == {
        "bio.published": shown,
        "bio.unpublished": shown,
        "asset.uploaded": {
            "asset_id": presigned["asset_id"],
            "filename": "menu.pdf",
            "mime_type": "application/pdf",
            "file_size": len(PDF),
        },
    }
