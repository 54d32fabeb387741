"""Webhooks: both vocabularies in, deliveries as the vendor sends them out."""

import hashlib
import hmac
from typing import Any

import httpx
import linkbreakers
import msgspec
import pytest
from tests.contract.linkbreakers.test_sdk import run
from tests.contract.world import World

from waypost.control.core import form_submissions
from waypost.control.core import webhooks as core
from waypost.control.dialects.linkbreakers.mapping.webhooks import webhook_link
from waypost.control.model.events import Event
from waypost.control.model.webhooks import payload, signing
from waypost.control.store import events
from waypost.control.store.tx import Tx
from waypost.wire.form_answer import FormAnswerV1, FormValueV1
from waypost.wire.ids import to_bytes

PATH = "/v1/webhooks"
URL = "https://hooks.example.com/linkbreakers-webhook"


async def created(tx: Tx) -> Event:
    """What was told of the link that was made."""
    return next(event for event in await events.after(tx, 0, 9) if event.type == "link.created")


async def test_the_articles_webhook_is_made_with_a_secret_shown_once(client: httpx.AsyncClient) -> None:
    """url, events, active; both vocabularies in the answer."""
    body = {"url": URL, "events": ["link.scanned", "form.submitted"], "active": True}
    made = (await client.post(PATH, json=body)).json()["webhook"]
    assert {name: made[name] for name in body} == body
    assert made["endpointUrl"] == made["endpoint_url"] == URL
    assert (made["status"], made["name"]) == ("WEBHOOK_STATUS_ACTIVE", "hooks.example.com")
    assert made["signing_secret"].startswith("whsec_")
    read = (await client.get(f"{PATH}/{made['id']}")).json()["webhook"]
    assert "signing_secret" not in read
    assert "signingSecret" not in read


async def test_several_webhooks_listen_to_different_events(client: httpx.AsyncClient) -> None:
    """One for scans, one for forms, one for everything."""
    for listened in (["link.scanned"], ["form.submitted"], []):
        await client.post(PATH, json={"url": URL, "events": listened})
    listed = (await client.get(PATH)).json()
    assert [hook["events"] for hook in listed["webhooks"]] == [["link.scanned"], ["form.submitted"], []]
    assert listed["total_count"] == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "nowhere"}, "url"),
        ({"url": "https://127.0.0.1/hook"}, "url"),
        ({"url": URL, "events": ["shoe.bought"]}, "events"),
        ({"url": URL, "triggers": ["KIND_OF_BLUE"]}, "triggers"),
        ({"url": URL, "status": "WEBHOOK_STATUS_TIRED"}, "status"),
        ({"url": URL, "source": "WEBHOOK_SOURCE_ELSEWHERE"}, "source"),
    ],
)
async def test_what_makes_no_webhook_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    """Nobody waits for events that cannot come."""
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


async def test_a_webhook_is_paused_and_resumed_in_either_vocabulary(client: httpx.AsyncClient) -> None:
    """`active: false` and WEBHOOK_STATUS_PAUSED are one thing."""
    made = (await client.post(PATH, json={"url": URL, "active": False})).json()["webhook"]
    assert (made["active"], made["status"]) == (False, "WEBHOOK_STATUS_PAUSED")
    one = f"{PATH}/{made['id']}"
    changed = (await client.patch(one, json={"status": "WEBHOOK_STATUS_ACTIVE"})).json()["webhook"]
    assert (changed["active"], changed["status"]) == (True, "WEBHOOK_STATUS_ACTIVE")
    changed = (await client.patch(one, json={"active": False, "events": ["link.scanned"]})).json()["webhook"]
    assert (changed["active"], changed["events"], changed["url"]) == (False, ["link.scanned"], URL)
    assert (await client.delete(one)).json() == {}
    assert (await client.get(one)).status_code == 404


async def test_a_delivery_is_what_the_articles_handler_reads(client: httpx.AsyncClient, world: World) -> None:
    """`event_type` and `data` with the link as the API shows it; `data.visitor` is always an object."""
    await client.post(PATH, json={"url": URL})
    made = (await client.post("/v1/links", json={"destination": "https://example.com"})).json()["link"]
    async with world.control.database.read() as tx:
        event = await created(tx)
    body = msgspec.json.decode(payload.render("linkbreakers", event, {"linkbreakers": webhook_link}))
    assert body["event_type"] == "link.created"
    assert body["id"].startswith("evt_")
    assert body["data"]["visitor"]["email"] == ""
    shown = {**body["data"]["link"], "qrcode_signed_url": made["qrcode_signed_url"]}
    assert shown["entrypoint"] == made["entrypoint"]
    assert set(body["data"]["link"]) <= set(made)


async def test_a_form_tells_its_answers(client: httpx.AsyncClient, world: World) -> None:
    """`data.form_responses` for the article's CRM lead."""
    await client.post("/v1/links", json={"destination": "https://example.com"})
    async with world.control.database.read() as tx:
        made = await created(tx)
    answer = FormAnswerV1(
        id=b"a" * 16,
        at_ms=1_800_000_000_000,
        link_id=to_bytes(made.link_id or ""),
        workspace_id=to_bytes(made.workspace_id),
        values=(FormValueV1("email", "E-mail", "email", "ada@example.com"),),
        visitor=b"visitor!",
    )
    async with world.control.database.write() as tx:
        assert await form_submissions.take(tx, answer)
    async with world.control.database.read() as tx:
        form = [event for event in await events.after(tx, 0, 50) if event.type == "form.submitted"][-1]
    body = msgspec.json.decode(payload.render("linkbreakers", form, {"linkbreakers": webhook_link}))
    assert body["event_type"] == "form.submitted"
    assert body["data"]["form_responses"] == [
        {"key": "email", "label": "E-mail", "type": "email", "value": "ada@example.com"}
    ]
    assert body["data"]["visitor"] == {"id": b"visitor!".hex(), "email": "ada@example.com"}
    assert body["data"]["link"]["id"] == made.link_id


async def test_a_delivery_is_signed_with_the_secret_that_was_shown(
    client: httpx.AsyncClient, world: World
) -> None:
    """`X-Linkbreakers-Signature`: sha256= and the HMAC of the raw body; the endpoint keeps its dialect."""
    made = (await client.post(PATH, json={"url": URL})).json()["webhook"]
    async with world.control.database.read() as tx:
        endpoint = await core.get_endpoint(tx, world.actor, made["id"])
    assert endpoint.format == "linkbreakers"
    signed = signing.Signed(message_id="m", delivery_id="d", event_name="link.scanned", body=b'{"a":1}')
    headers = signing.headers(endpoint.format, signed, (made["signing_secret"],), at_s=1)
    wanted = hmac.new(made["signing_secret"].encode(), b'{"a":1}', hashlib.sha256).hexdigest()
    assert headers["x-linkbreakers-signature"] == f"sha256={wanted}"


async def test_the_vendors_client_keeps_webhooks(served: str) -> None:
    """endpointUrl, name, triggers, status: every answer parses."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.WebhooksApi(client)
        request = linkbreakers.CreateWebhookRequest(endpointUrl=URL, name="CRM", triggers=["KIND_ENTRY"])
        made = api.webhooks_service_create(request).webhook
        assert made is not None
        assert (made.name, made.triggers, made.status) == (
            "CRM",
            ["KIND_ENTRY"],
            linkbreakers.WebhookStatus.WEBHOOK_STATUS_ACTIVE,
        )
        webhook_id = made.id or ""
        change = linkbreakers.WebhooksServiceUpdateBody(
            name="Later", status=linkbreakers.WebhookStatus.WEBHOOK_STATUS_PAUSED
        )
        changed = api.webhooks_service_update(webhook_id, change).webhook
        assert changed is not None
        assert (changed.name, changed.endpoint_url) == ("Later", URL)
        assert api.webhooks_service_get(webhook_id).webhook == changed
        paused = linkbreakers.WebhookStatus.WEBHOOK_STATUS_PAUSED
        assert len(api.webhooks_service_list(page_size=5, status=paused).webhooks or []) == 1
        api.webhooks_service_delete(webhook_id)

    await run(served, work)


async def test_a_scan_tells_who_came_and_with_what(client: httpx.AsyncClient, world: World) -> None:
    """`link.scanned` with the link, the visitor as an object, the device and the event."""
    await client.post("/v1/links", json={"destination": "https://example.com"})
    async with world.control.database.read() as tx:
        made = await created(tx)
    scan = {
        "id": "s1", "occurred_at": "2026-01-01T00:00:00.000Z", "source": "qr", "visitor": "0011223344556677",
        "returning": False, "device": "mobile", "os": "iOS", "browser": "Safari", "language": "fr",
        "country": "FR", "region": "", "city": "Lyon", "continent": "EU", "referrer": "",
    }  # fmt: skip
    event = msgspec.structs.replace(made, type="link.scanned", data={**made.data, "scan": scan})
    body = msgspec.json.decode(payload.render("linkbreakers", event, {"linkbreakers": webhook_link}))
    assert body["event_type"] == "link.scanned"
    assert body["data"]["visitor"] == {"id": "0011223344556677", "email": ""}
    assert body["data"]["device"]["device_type"] == "DEVICE_TYPE_MOBILE"
    assert body["data"]["event"]["action"] == "ACTION_SCAN"
    assert body["data"]["link"]["entrypoint"].startswith("https://go.example/")
