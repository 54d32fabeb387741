"""Bulks: a hundred at once, failures inside the answer, no webhooks."""

from typing import Any

import httpx
import pytest
from tests.contract.world import World

from waypost.control.core import webhooks
from waypost.control.core.webhook_fanout import fan_out_events
from waypost.control.core.webhook_log import list_deliveries
from waypost.control.dialects.codeqr.showing import to_link
from waypost.control.model.page import PageRequest
from waypost.control.model.webhooks.delivery import DeliveryFilter
from waypost.control.model.webhooks.endpoint import CreateEndpoint

URL = "https://example.com"


async def bulk(client: httpx.AsyncClient, items: object) -> list[dict[str, Any]]:
    """The answer to a bulk."""
    answer = await client.post("/links/bulk", json=items)
    assert answer.status_code == 200, answer.text
    result: list[dict[str, Any]] = answer.json()
    return result


async def test_what_fails_stands_behind_what_was_made(client: httpx.AsyncClient) -> None:
    """One bad row must not cost the other ninety-nine."""
    await bulk(client, [{"url": URL, "key": "taken"}])
    items = [
        {"url": URL, "key": "taken"},
        {"url": URL, "key": "fine"},
        {"url": "nowhere://x"},
        {"url": URL, "proxy": True, "image": "https://example.com/i.png"},
        {"url": URL, "rewrite": True},
        {"key": "no-url"},
    ]
    first, *failed = await bulk(client, items)
    assert first["key"] == "fine"
    assert [item["link"] for item in failed] == [items[0], *items[2:]]
    assert [item["code"] for item in failed] == ["conflict", *["unprocessable_entity"] * 4]
    assert all(item["error"] for item in failed)


@pytest.mark.parametrize(
    ("items", "status"),
    [
        ([], 422),
        ([{"url": URL}] * 101, 422),
        ([{"url": URL, "key": "a"}, {"url": URL, "key": "A"}], 400),
        (["text"], 400),
    ],
)
async def test_a_bulk_that_is_wrong_itself_makes_nothing(
    client: httpx.AsyncClient, items: list[Any], status: int
) -> None:
    """Two links cannot have one key, and a batch has a hundred links at most."""
    answer = await client.post("/links/bulk", json=items)
    assert answer.status_code == status
    assert (await client.get("/links/count")).json() == 0


async def test_a_hundred_links_are_changed_and_deleted_at_once(client: httpx.AsyncClient) -> None:
    """The same change for all; unknown ids are told when changing and passed over when deleting."""
    made = await bulk(client, [{"url": f"{URL}/{n}", "externalId": f"e{n}"} for n in range(100)])
    ids = [link["id"] for link in made]
    change = {
        "link_ids": [*ids[:2], "link1"],
        "data": {"utm_source": "facebook", "tagIds": ["campaign-2025"]},
    }
    first, second, unknown = (await client.patch("/links/bulk", json=change)).json()
    assert (first["utm_source"], second["tags"][0]["name"]) == ("facebook", "campaign-2025")
    assert unknown == {"link": {"id": "link1"}, "error": "Link not found", "code": "not_found"}
    by_own = {"externalIds": ["e5", "ext_e6"], "data": {"key": "ignored", "archived": True}}
    changed = (await client.patch("/links/bulk", json=by_own)).json()
    assert [(link["externalId"], link["archived"]) for link in changed] == [("e5", True), ("e6", True)]
    assert "ignored" not in [link["key"] for link in changed]
    assert (await client.patch("/links/bulk", json={"data": {}})).status_code == 400
    gone = await client.delete(f"/links/bulk?linkIds={ids[0]},{ids[1]},ext_e2,link9")
    assert (gone.status_code, gone.json()) == (200, {"deletedCount": 3})
    assert (await client.get("/links/count?showArchived=true")).json() == 97
    assert (await client.delete("/links/bulk")).status_code == 400


async def test_bulks_tell_no_webhook_and_single_calls_do(client: httpx.AsyncClient, world: World) -> None:
    """The document promises it, and receivers rely on it not to drown."""
    async with world.control.database.write() as tx:
        command = CreateEndpoint(url="https://hooks.example/", events=("*",), format="codeqr")
        endpoint = (
            await webhooks.create_endpoint(tx, world.actor, command, peppers=world.control.peppers)
        ).endpoint
    made = await bulk(client, [{"url": URL}, {"url": URL}])
    await client.patch("/links/bulk", json={"linkIds": [made[0]["id"]], "data": {"title": "t"}})
    await client.delete(f"/links/bulk?linkIds={made[1]['id']}")
    await client.patch(f"/links/{made[0]['id']}", json={"title": "single"})
    async with world.control.database.write() as tx:
        await fan_out_events(tx, {"codeqr": lambda view: to_link(view, tx.installation)})
    async with world.control.database.read() as tx:
        page = await list_deliveries(tx, world.actor, endpoint.id, DeliveryFilter(), PageRequest(limit=50))
    assert [view.event_name for view in page.items] == ["link.updated"]
