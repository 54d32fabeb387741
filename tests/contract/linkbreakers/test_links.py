"""Links as the article writes them."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.contract.world import PUBLIC_URL, World

from waypost.control.core import links as core
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.model.domains import Domain
from waypost.control.model.links import Preview, UpdateLink
from waypost.control.model.workspaces import Workspace
from waypost.control.store import domains, workspaces

TARGET = "https://example.com/landing-page"


async def make(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Create a link and return it."""
    answer = await client.post("/v1/links", json={"destination": TARGET, **members})
    assert answer.status_code == 200, answer.text
    link: dict[str, Any] = answer.json()["link"]
    return link


async def test_a_destination_is_enough(client: httpx.AsyncClient) -> None:
    """The article's first call: an entrypoint and an image address come back at once."""
    answer = await client.post("/v1/links", json={"destination": TARGET, "name": "Launch"})
    assert answer.status_code == 200
    body = answer.json()
    link = body["link"]
    assert link["entrypoint"] == f"{PUBLIC_URL}/{link['shortlink']}"
    assert link["qrcode_signed_url"].startswith("https://api.example/media/qr/")
    assert link["qrcodeSignedUrl"] == link["qrcode_signed_url"]
    assert (link["name"], link["destination"], link["event_count"]) == ("Launch", TARGET, 0)
    kinds = [step["kind"] for step in body["workflowSteps"]]
    assert kinds == ["KIND_ENTRY", "KIND_EXIT"]
    assert body["workflowSteps"][1]["payload"]["clientRedirect"]["destination"] == TARGET


async def test_every_member_of_the_article_is_kept(client: httpx.AsyncClient) -> None:
    """Metadata keys are the user's own and never respelled; tags are born on use."""
    sent = {
        "name": "Webinar Series",
        "shortlink": "webinar-q4",
        "fallback_destination": "https://example.com/info",
        "metadata": {"campaign_id": "Q4", "salesChannel": "email"},
        "lead_goal_definition": "Qualified leads",
        "lead_target_definition": "Decision makers",
        "purpose": "teaching",
        "expires_at": "2030-01-02T03:04:05.678Z",
        "expired_destination": "https://example.com/over",
        "conversion_tracking": True,
    }
    link = await make(client, **sent, tags=["webinar", "Q4", "webinar"])
    assert {name: link[name] for name in sent} == sent
    assert sorted(tag["name"] for tag in link["tags"]) == ["Q4", "webinar"]
    assert (await client.get(f"/v1/links/{link['id']}")).json()["link"] == link


async def test_both_spellings_make_the_same_link(client: httpx.AsyncClient) -> None:
    """The article and the generated client differ in spelling only."""
    snake = await make(client, fallback_destination="https://example.com/a", lead_goal_definition="g")
    camel = await make(client, fallbackDestination="https://example.com/a", leadGoalDefinition="g")
    for name in ("fallback_destination", "fallbackDestination", "leadGoalDefinition", "lead_goal_definition"):
        assert snake[name] == camel[name]


async def test_an_answer_can_be_narrowed_to_one_spelling(client: httpx.AsyncClient) -> None:
    """Half the bytes for who asks."""
    await make(client)
    snake = (await client.get("/v1/links", headers={"X-Field-Case": "snake"})).json()
    assert set(snake) == {"links", "next_page_token", "total_count"}
    camel = (await client.get("/v1/links", headers={"X-Field-Case": "camel"})).json()
    assert set(camel) == {"links", "nextPageToken", "totalCount"}
    assert (await client.get("/v1/links", headers={"X-Field-Case": "kebab"})).status_code == 400


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"destination": "invalid-url"}, "destination"),
        ({"destination": "ftp://example.com/a"}, "destination"),
        ({"destination": "javascript:alert(1)"}, "destination"),
        ({"destination": "https://user:secret@example.com/"}, "destination"),
        ({"destination": f"{PUBLIC_URL}/loop"}, "destination"),
        ({"destination": "http://127.0.0.1/admin"}, "destination"),
        ({"fallback_destination": "nowhere"}, "fallback_destination"),
        ({"shortlink": "white space"}, "shortlink"),
        ({"shortlink": "a" * 129}, "shortlink"),
        ({"shortlink": "ümlaut"}, "shortlink"),
        ({"metadata": {str(number): "x" for number in range(51)}}, "metadata"),
        ({"metadata": {"number": 1}}, "metadata"),
        ({"tags": "not-a-list"}, "tags"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"qrcode_enabled": False, "wait_for_qrcode": True}, "qrcode_enabled"),
        ({"id": "not-a-uuid"}, "id"),
    ],
)
async def test_what_the_clients_own_checks_refuse_the_server_refuses(
    client: httpx.AsyncClient, members: dict[str, Any], field: str
) -> None:
    """The article validates before it calls, and the server must agree with it."""
    answer = await client.post("/v1/links", json={"destination": TARGET, **members})
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["codeType"] == "VALIDATION_FAILED"
    assert body["details"][0]["field"] == field
    assert body["message"].startswith(field)


async def test_a_shortlink_is_taken_once_on_a_domain(client: httpx.AsyncClient, world: World) -> None:
    """409 on the same domain, free on another one."""
    domain_id = await add_domain(world, "go.shop.example")
    await make(client, shortlink="Holiday-2024")
    refused = await client.post("/v1/links", json={"destination": TARGET, "shortlink": "holiday-2024"})
    assert refused.status_code == 409
    assert refused.json()["codeType"] == "SHORTLINK_ALREADY_TAKEN"
    branded = await make(client, shortlink="holiday-2024", custom_domain_id=domain_id)
    assert branded["entrypoint"] == "https://go.shop.example/holiday-2024"
    assert branded["custom_domain_id"] == domain_id
    shown = (await client.get(f"/v1/links/{branded['id']}?include=customDomain,tags")).json()["link"]
    assert shown["customDomain"]["name"] == "go.shop.example"
    assert shown["custom_domain"]["status"] == "STATUS_VERIFICATION_PENDING"
    plain = (await client.get(f"/v1/links/{branded['id']}")).json()["link"]
    assert "customDomain" not in plain


async def test_a_custom_domain_of_nobody_is_not_found(client: httpx.AsyncClient) -> None:
    """404, whether it is unknown or another workspace's."""
    answer = await client.post("/v1/links", json={"destination": TARGET, "custom_domain_id": "nobody"})
    assert answer.status_code == 404


async def test_a_change_touches_only_what_it_names(client: httpx.AsyncClient) -> None:
    """PATCH replaces tags as a set and leaves the rest."""
    link = await make(client, name="Before", tags=["old"], metadata={"kept": "yes"}, purpose="p")
    answer = await client.patch(
        f"/v1/links/{link['id']}", json={"name": "After", "tags": ["updated", "active", "priority"]}
    )
    assert answer.status_code == 200
    changed = answer.json()["link"]
    assert changed["name"] == "After"
    assert sorted(tag["name"] for tag in changed["tags"]) == ["active", "priority", "updated"]
    assert (changed["metadata"], changed["purpose"]) == ({"kept": "yes"}, "p")
    assert changed["destination"] == TARGET


async def test_a_new_destination_keeps_the_code(client: httpx.AsyncClient) -> None:
    """Printed codes lead to the new place: the text of the image does not change."""
    link = await make(client)
    answer = await client.patch(f"/v1/links/{link['id']}", json={"destination": "https://example.com/new"})
    changed = answer.json()["link"]
    assert changed["destination"] == "https://example.com/new"
    assert changed["entrypoint"] == link["entrypoint"]
    assert changed["qrcode_signed_url"] == link["qrcode_signed_url"]


@pytest.mark.parametrize(
    ("cleared", "shown", "empty"),
    [
        ({"tagsDelete": True}, "tags", []),
        ({"tags": []}, "tags", []),
        ({"expiresAtDelete": True}, "expires_at", None),
        ({"expires_at": None}, "expires_at", None),
        ({"expiredDestinationDelete": True}, "expired_destination", ""),
        ({"expired_destination": ""}, "expired_destination", ""),
        ({"metadata": None}, "metadata", {}),
        ({"metadata": {}}, "metadata", {}),
        ({"qrcodeTemplateIdDelete": True}, "qrcode_template_id", ""),
        ({"fallback_destination": ""}, "fallback_destination", ""),
    ],
)
async def test_members_are_cleared_by_flag_null_or_empty(
    client: httpx.AsyncClient, cleared: dict[str, Any], shown: str, empty: Any
) -> None:
    """The client has flags, the article empties."""
    template = (await client.post("/v1/qrcode-templates", json={"name": "T"})).json()["qrcode_template"]
    link = await make(
        client,
        tags=["a"],
        metadata={"a": "b"},
        expires_at="2030-01-01T00:00:00Z",
        expired_destination="https://example.com/over",
        fallback_destination="https://example.com/f",
        qrcode_template_id=template["id"],
    )
    assert link[shown] != empty
    answer = await client.patch(f"/v1/links/{link['id']}", json=cleared)
    assert answer.json()["link"][shown] == empty


async def test_setting_and_deleting_at_once_is_refused(client: httpx.AsyncClient) -> None:
    """Nobody can mean both."""
    link = await make(client)
    answer = await client.patch(f"/v1/links/{link['id']}", json={"tags": ["a"], "tagsDelete": True})
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "tags"


async def test_what_this_dialect_cannot_say_survives_its_changes(
    client: httpx.AsyncClient, world: World
) -> None:
    """A preview set elsewhere is not dropped by a PATCH here, nor are other dialects' extras."""
    link = await make(client)
    command = UpdateLink(preview=Preview(True, "T"), cloak=True, extras={"codeqr": {"pageId": "p"}})
    async with world.control.database.write() as tx:
        await core.update_link(tx, world.actor, link["id"], command)
    template = (await client.post("/v1/qrcode-templates", json={"name": "T"})).json()["qrcode_template"]
    body = {"name": "New", "qrcodeTemplateId": template["id"]}
    changed = (await client.patch(f"/v1/links/{link['id']}", json=body)).json()["link"]
    assert changed["qrcode_design_id"] == template["qrcode_design_id"]
    async with world.control.database.read() as tx:
        kept = (await core.get_link(tx, world.actor, link["id"])).link
    assert (kept.preview.title, kept.cloak) == ("T", True)
    assert kept.extras == {"codeqr": {"pageId": "p"}, "linkbreakers": {"qrcode_template_id": template["id"]}}


async def test_a_deleted_link_is_gone(client: httpx.AsyncClient) -> None:
    """200 with an empty object, then 404 like any unknown link."""
    link = await make(client)
    answer = await client.delete(f"/v1/links/{link['id']}")
    assert (answer.status_code, answer.json()) == (200, {})
    for method in ("GET", "DELETE"):
        assert (await client.request(method, f"/v1/links/{link['id']}")).status_code == 404


async def test_a_strangers_link_looks_like_no_link(client: httpx.AsyncClient, world: World) -> None:
    """404 never says which."""
    link = await make(client)
    async with world.control.database.write() as tx:
        other = Workspace(id=tx.new_id(), slug="o", name="O", created_ms=tx.now_ms, updated_ms=tx.now_ms)
        await workspaces.insert(tx, other)
    await world.add_key("a-strangers-token", workspace_id=other.id)
    async with world.client(LINKBREAKERS, key="a-strangers-token") as stranger:
        seen = await stranger.get(f"/v1/links/{link['id']}")
        unknown = await stranger.get("/v1/links/01920000-0000-7000-8000-000000000000")
        assert seen.status_code == unknown.status_code == 404
        assert seen.json() == unknown.json()
        assert (await stranger.get("/v1/links")).json()["links"] == []


async def test_pages_follow_each_other_without_gaps(client: httpx.AsyncClient, world: World) -> None:
    """Every link once, whatever the page size; the last page has an empty token."""
    made = []
    for number in range(7):
        world.now_ms += 1000
        made.append((await make(client, name=f"Link {number}"))["id"])
    found, token, pages = [], "", 0
    while pages == 0 or token:
        answer = (await client.get("/v1/links", params={"page_size": "3", "page_token": token})).json()
        found += [link["id"] for link in answer["links"]]
        token, pages = answer["next_page_token"], pages + 1
        assert answer["total_count"] == 7
    assert found == list(reversed(made))
    assert pages == 3


async def test_lists_are_narrowed_and_sorted(client: httpx.AsyncClient) -> None:
    """By any of some tags, by a part of the name, by name."""
    await make(client, name="Beta", tags=["red"])
    await make(client, name="alpha", tags=["blue"])
    await make(client, name="Gamma")

    async def names(**query: Any) -> list[str]:
        answer = await client.get("/v1/links", params=query)
        return [link["name"] for link in answer.json()["links"]]

    ascending = {"sortBy": "LINK_SORT_FIELD_NAME", "sortDirection": "SORT_DIRECTION_ASC"}
    assert await names(tags="red,blue", **ascending) == ["Beta", "alpha"]
    assert await names(search="AMM") == ["Gamma"]
    assert sorted(await names(sort_by="LINK_SORT_FIELD_UNSPECIFIED")) == ["Beta", "Gamma", "alpha"]


async def test_lists_are_sorted_by_shortlink(client: httpx.AsyncClient) -> None:
    """In any case, as shortlinks are compared; page by page in both directions."""
    for shortlink in ("bee", "Ant", "cow", "dog", "Eel"):
        await make(client, shortlink=shortlink)
    for direction, expected in (
        ("SORT_DIRECTION_ASC", ["Ant", "bee", "cow", "dog", "Eel"]),
        ("SORT_DIRECTION_DESC", ["Eel", "dog", "cow", "bee", "Ant"]),
    ):
        found: list[str] = []
        query = {"sort_by": "LINK_SORT_FIELD_SHORTLINK", "sort_direction": direction, "page_size": "2"}
        while True:
            page = (await client.get("/v1/links", params=query)).json()
            found += [link["shortlink"] for link in page["links"]]
            if not page["next_page_token"]:
                break
            query["page_token"] = page["next_page_token"]
        assert found == expected


async def test_many_links_at_once_get_a_shortlink_each(client: httpx.AsyncClient) -> None:
    """The article's bulk: concurrent requests, no two alike."""
    made = await asyncio.gather(
        *(make(client, name=f"Product {n} Campaign", tags=["bulk-created"]) for n in range(40))
    )
    assert len({link["shortlink"] for link in made}) == 40
    assert len({link["tags"][0]["id"] for link in made}) == 1


async def add_domain(world: World, host: str) -> str:
    """Claim a host for the world's workspace."""
    async with world.control.database.write() as tx:
        domain = Domain(
            id=tx.new_id(),
            workspace_id=world.workspace_id,
            host=host,
            created_ms=tx.now_ms,
            updated_ms=tx.now_ms,
        )
        await domains.insert(tx, domain)
    return domain.id
