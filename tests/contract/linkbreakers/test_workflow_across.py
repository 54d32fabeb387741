"""A drawn workflow in the hands of other vendors and of the native API: what they write does not lose it."""

from typing import Any

import httpx
import pytest
from tests.contract.linkbreakers.test_workflow_pages import Drawing
from tests.contract.linkbreakers.test_workflows import FRANCE, NIGHT, stored
from tests.contract.world import World

from waypost.control.core import links
from waypost.control.dialects.registry import DIALECTS
from waypost.control.model.links import UpdateLink
from waypost.rules import Page, Rule, Url, Visit, compile_rules
from waypost.rules.model import Language

WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "codeqr": ("/links/{id}", {"url": NIGHT, "geo": {"BR": FRANCE}}),
    "trimlink": ("/api/v1/links/{id}", {"url": NIGHT}),
    "qrsbd": (
        "/api/v1/links/{id}",
        {
            "target_url": NIGHT,
            "smart_rules": [{"type": "geo", "condition": "in", "values": ["BR"], "target_url": FRANCE}],
        },
    ),
    "xqr": (
        "/api/v1/links/{id}",
        {"url": NIGHT, "routing_rules": [{"destination": FRANCE, "conditions": {"countries": ["BR"]}}]},
    ),
    "native": ("", {}),
}
"""Where each moves a link, and with which rules of its own."""


async def drawn(client: httpx.AsyncClient, link_id: str) -> list[dict[str, Any]]:
    """The workflow as it is read, without what a write may change: the destination, and when."""
    steps = (await client.get(f"/v1/links/{link_id}/workflow-steps")).json()["workflowSteps"]
    for step in steps:
        step["payload"].get("clientRedirect", {}).pop("destination", None)
        step["payload"].get("client_redirect", {}).pop("destination", None)
    return list(steps)


@pytest.mark.parametrize("other", WRITES)
async def test_what_is_drawn_survives_the_writes_of_others(
    client: httpx.AsyncClient, world: World, other: str
) -> None:
    """The steps read the same, the page behind a condition is still shown, the destination is the new one."""
    draw = Drawing(client)
    _, leave = await draw.begin()
    card = await draw.step("vcard", {"firstName": "Ada", "lastName": "King"})
    french = {"countryCode": "FR", "nextStepId": card}
    await draw.step("countryCondition", {"countries": [french]}, insertBefore=leave)
    before = await drawn(client, draw.link_id)
    path, body = WRITES[other]
    if other == "native":
        foreign = Rule(id="theirs", when=(Language(values=("pt",)),), then=Url(FRANCE))
        rules = (*(await stored(world, draw.link_id)).rules, foreign)
        async with world.control.database.write() as tx:
            command = UpdateLink(target_url=NIGHT, rules=rules)
            await links.update_link(tx, world.actor, draw.link_id, command)
    else:
        dialect = next(each for each in DIALECTS if each.name == other)
        async with world.client(dialect) as theirs:
            answer = await theirs.patch(path.format(id=draw.link_id), json=body)
        assert answer.status_code == 200, answer.text
    assert await drawn(client, draw.link_id) == before
    link = await stored(world, draw.link_id)
    assert link.target_url == NIGHT
    visit = Visit(at_ms=world.now_ms, country="FR")
    decided = compile_rules(link.rules, link.target_url).decide(visit).rule_id
    (shown,) = (rule for rule in link.rules if rule.id == decided)
    assert isinstance(shown.then, Page)
    assert shown.then.template_type == "vcard"

    message = {"title": "Hello", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON"}
    await draw.step("messagePage", message)
    after = await stored(world, draw.link_id)
    assert {rule.id for rule in link.rules} == {rule.id for rule in after.rules}, (
        "an edit loses nothing of theirs"
    )
