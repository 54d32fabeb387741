"""A drawn workflow whose rules another API changed or took away: that stands until the way is drawn anew."""

from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.linkbreakers.test_workflow_pages import Drawing
from tests.contract.linkbreakers.test_workflows import FRANCE, NIGHT, TARGET, leads_to, stored
from tests.contract.world import World

from waypost.control.core import links
from waypost.control.dialects.registry import DIALECTS
from waypost.control.model.links import UpdateLink
from waypost.rules import Url
from waypost.rules.model import Country

ELSEWHERE = "https://example.com/elsewhere"
ANEW = "https://example.com/anew"
GERMANY: dict[str, tuple[str, dict[str, Any]]] = {
    "codeqr": ("/links/{id}", {"geo": {"DE": ELSEWHERE}}),
    "qrsbd": (
        "/api/v1/links/{id}",
        {"smart_rules": [{"type": "geo", "condition": "in", "values": ["DE"], "target_url": ELSEWHERE}]},
    ),
    "xqr": (
        "/api/v1/links/{id}",
        {"routing_rules": [{"destination": ELSEWHERE, "conditions": {"countries": ["DE"]}}]},
    ),
}
"""How each says that Germany leads elsewhere and France nowhere of its own."""


@pytest.fixture
async def draw(client: httpx.AsyncClient) -> Drawing:
    """A link whose workflow tells France and Germany apart."""
    drawing = Drawing(client)
    _, leave = await drawing.begin()
    france = await drawing.step("clientRedirect", {"destination": FRANCE})
    germany = await drawing.step("clientRedirect", {"destination": NIGHT})
    countries = [
        {"countryCode": "FR", "nextStepId": france},
        {"countryCode": "DE", "nextStepId": germany},
    ]
    await drawing.step("countryCondition", {"countries": countries}, insertBefore=leave)
    drawing.named = {"FR": france, "DE": germany}
    return drawing


def overruled(issues: list[tuple[str, str]]) -> bool:
    """Whether `validate` tells that another API decided otherwise about a condition."""
    return ("warning", "EVENT_ACTION_COUNTRY_CONDITION") in issues


async def led(world: World, draw: Drawing) -> list[str]:
    """Where visitors from France, Germany and elsewhere go."""
    return [await leads_to(world, draw.link_id, country=code) for code in ("FR", "DE", "US")]


@pytest.mark.parametrize("other", [*GERMANY, "native"])
async def test_what_another_api_decides_stands_until_it_is_drawn_anew(
    client: httpx.AsyncClient, world: World, draw: Drawing, other: str
) -> None:
    """What it removed stays away and what it changed stays changed; only the way that is drawn anew is as drawn."""
    if other == "native":
        rules = tuple(
            msgspec.structs.replace(rule, then=Url(ELSEWHERE))
            for rule in (await stored(world, draw.link_id)).rules
            if rule.when == (Country(values=("DE",)),)
        )
        async with world.control.database.write() as tx:
            await links.update_link(tx, world.actor, draw.link_id, UpdateLink(rules=rules))
    else:
        path, body = GERMANY[other]
        dialect = next(each for each in DIALECTS if each.name == other)
        async with world.client(dialect) as theirs:
            answer = await theirs.patch(path.format(id=draw.link_id), json=body)
        assert answer.status_code == 200, answer.text
    assert await led(world, draw) == [TARGET, ELSEWHERE, TARGET]
    await draw.step("thankYouPage", {"title": "A step that changes nothing yet"})
    assert await led(world, draw) == [TARGET, ELSEWHERE, TARGET]
    await client.patch(f"/v1/links/{draw.link_id}", json={"fallback_destination": NIGHT})
    assert await led(world, draw) == [TARGET, ELSEWHERE, TARGET]
    assert overruled(await draw.issues())

    path = f"/v1/links/{draw.link_id}/workflow-steps/{draw.named['FR']}"
    await client.patch(path, json={"payload": {"clientRedirect": {"destination": ANEW}}})
    assert await led(world, draw) == [ANEW, ELSEWHERE, TARGET]


async def test_rules_that_come_back_as_they_were_are_still_the_drawings(
    client: httpx.AsyncClient, world: World, draw: Drawing
) -> None:
    """A client of another API that reads all rules and writes them back has changed nothing."""
    xqr = next(each for each in DIALECTS if each.name == "xqr")
    async with world.client(xqr) as theirs:
        path = f"/api/v1/links/{draw.link_id}"
        read = (await theirs.get(path)).json()["data"]["routing_rules"]
        written = await theirs.patch(path, json={"routing_rules": read})
    assert written.status_code == 200
    assert {rule.id[:4] for rule in (await stored(world, draw.link_id)).rules} == {"xqr-"}
    assert not overruled(await draw.issues())
    await client.delete(f"/v1/links/{draw.link_id}/workflow-steps/{draw.named['FR']}")
    assert await led(world, draw) == [TARGET, NIGHT, TARGET]
    assert {rule.id[:3] for rule in (await stored(world, draw.link_id)).rules} == {"lb-"}


async def test_a_page_that_another_api_wrote_stands(client: httpx.AsyncClient, world: World) -> None:
    """An edit beside it leaves it; an edit of the page itself puts the drawn one back."""
    card = {"vcardData": {"firstName": "Ada", "lastName": "King"}, "shortlink": "ada"}
    made = (await client.post("/v1/links/contact", json=card)).json()
    draw = Drawing(client)
    draw.link_id = made["link"]["id"]
    path = f"/v1/links/{draw.link_id}/workflow-steps"
    (shown,) = [step for step in made["workflowSteps"] if step["eventAction"] == "EVENT_ACTION_CONTACT_CARD"]
    async with world.control.database.write() as tx:
        theirs = UpdateLink(template_type="vcard", content={"first_name": "Grace"})
        await links.update_link(tx, world.actor, draw.link_id, theirs)

    async def shown_name() -> str:
        return str(((await stored(world, draw.link_id)).content or {}).get("first_name"))

    await draw.step("thankYouPage", {"title": "Thanks"})
    assert await shown_name() == "Grace"
    assert ("warning", "EVENT_ACTION_CONTACT_CARD") in await draw.issues()
    await client.patch(f"{path}/{shown['id']}", json={"payload": {"vcard": {"firstName": "Augusta"}}})
    assert await shown_name() == "Augusta"
