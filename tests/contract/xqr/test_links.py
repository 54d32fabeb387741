"""What xQR's links keep: what others wrote, what was printed, and what the edge is told."""

import httpx
import pytest
from tests.contract.world import World

from waypost.control.core import links
from waypost.control.model.links import LinkView, UpdateLink
from waypost.rules import Rule, Url
from waypost.rules.model import Browser

RULES = [
    {
        "destination": "https://example.de/promo",
        "priority": 2,
        "conditions": {"countries": ["DE", "at"], "country_mode": "include", "percentage": 100},
    },
    {
        "destination": "https://example.com/night",
        "priority": 1,
        "conditions": {"hours": {"start": 22, "end": 6}},
    },
]
FOREIGN = Rule(id="safari", when=(Browser(values=("Safari",)),), then=Url("https://example.com/safari"))


async def _make(client: httpx.AsyncClient, **members: object) -> dict[str, object]:
    answer = await client.post("/api/v1/links", json={"url": "https://example.com/", **members})
    assert answer.status_code == 201, answer.text
    link: dict[str, object] = answer.json()["data"]
    return link


async def _native(world: World, link_id: object) -> LinkView:
    async with world.control.database.read() as tx:
        return await links.get_link(tx, world.actor, str(link_id))


async def test_rules_come_back_as_they_were_written_and_are_stored_as_native_ones(
    client: httpx.AsyncClient, world: World
) -> None:
    """C193 to C199: a client that writes back what it read changes nothing."""
    link = await _make(client, routing_rules=RULES)
    assert link["routing_rules"] == RULES
    again = await client.patch(f"/api/v1/links/{link['id']}", json={"routing_rules": link["routing_rules"]})
    assert again.json()["data"]["routing_rules"] == RULES
    stored = (await _native(world, link["id"])).link.rules
    assert [rule.then for rule in stored] == [
        Url("https://example.com/night"),
        Url("https://example.de/promo"),
    ]


async def test_what_xqr_cannot_say_survives_a_write_through_it(
    client: httpx.AsyncClient, world: World
) -> None:
    """Rules, titles and metadata made by other APIs must not vanish because somebody saved here."""
    link = await _make(client, routing_rules=RULES)
    before = await _native(world, link["id"])
    async with world.control.database.write() as tx:
        command = UpdateLink(
            rules=(FOREIGN, *before.link.rules),
            title="Spring",
            extras={**before.link.extras, "codeqr": {"x": 1}},
        )
        await links.update_link(tx, world.actor, str(link["id"]), command)
    shown = (await client.get(f"/api/v1/links/{link['id']}")).json()["data"]
    assert shown["routing_rules"] == RULES
    await client.patch(f"/api/v1/links/{link['id']}", json={"routing_rules": RULES[:1], "labels": ["new"]})
    after = (await _native(world, link["id"])).link
    assert [rule.then for rule in after.rules] == [Url("https://example.de/promo"), FOREIGN.then]
    assert (after.title, after.extras["codeqr"]) == ("Spring", {"x": 1})


async def test_a_slug_that_changed_goes_on_working(client: httpx.AsyncClient, world: World) -> None:
    """C117: codes are printed; the old slug stays as an alias and stays taken."""
    link = await _make(client, custom_slug="Spring-1")
    await client.patch(f"/api/v1/links/{link['id']}", json={"custom_slug": "Summer-1"})
    view = await _native(world, link["id"])
    assert (view.link.slug, view.aliases) == ("Summer-1", ("Spring-1",))
    taken = await client.post(
        "/api/v1/links", json={"url": "https://example.com/", "custom_slug": "spring-1"}
    )
    assert taken.json()["error"]["code"] == "SLUG_TAKEN"
    back = await client.patch(f"/api/v1/links/{link['id']}", json={"custom_slug": "Spring-1"})
    assert back.json()["data"]["short_code"] == "Spring-1"
    assert (await _native(world, link["id"])).aliases == ("Summer-1",)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "https://go.example/loop"}, "url"),
        ({"url": "https://user:secret@example.com/"}, "url"),
        ({"labels": [""]}, "labels[0]"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"routing_rules": [{"destination": "javascript:alert(1)"}]}, "routing_rules[0].destination"),
        ({"routing_rules": [{"destination": "http://127.0.0.1/"}]}, "routing_rules[0].destination"),
    ],
)
async def test_errors_name_the_members_of_this_api(
    client: httpx.AsyncClient, members: dict[str, object], field: str
) -> None:
    """C99, C106: a client knows `url`, not what we call it inside."""
    answer = await client.post("/api/v1/links", json={"url": "https://example.com/", **members})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert error["message"].startswith(f"{field}: ")


async def test_errors_of_a_bulk_name_the_members_of_this_api_too(client: httpx.AsyncClient) -> None:
    """C125: at once and when the batch is looked up, whoever found the fault."""
    rule = {"destination": "http://127.0.0.1/"}
    items = [{"url": "http://10.0.0.1/"}, {"url": "https://example.com/", "routing_rules": [rule]}]
    made = (await client.post("/api/v1/links/bulk", json={"links": items})).json()["data"]
    batch = (await client.get(f"/api/v1/links/bulk/{made['batch_id']}")).json()["data"]
    for errors in (made["errors"], batch["errors"]):
        assert [error["message"].partition(":")[0] for error in errors] == [
            "url",
            "routing_rules[0].destination",
        ]


async def test_a_link_of_another_key_format_is_the_same_link(client: httpx.AsyncClient, world: World) -> None:
    """C21: one store, so a link made natively is listed here with its foreign slug."""
    from waypost.control.model.links import CreateLink

    async with world.control.database.write() as tx:
        await links.create_link(tx, world.actor, CreateLink(target_url="https://example.com/", slug="a_b/c"))
    listed = (await client.get("/api/v1/links")).json()["data"]
    assert [link["short_code"] for link in listed] == ["a_b/c"]
