"""Edits of workflows that would go wrong: refused, carried through, or told by `validate`."""

from typing import Any

import httpx
import linkbreakers
import pytest
from tests.contract.linkbreakers.test_sdk import create, run
from tests.contract.linkbreakers.test_workflow_pages import Drawing
from tests.contract.linkbreakers.test_workflows import FRANCE, NIGHT, TARGET, leads_to, step, steps, stored
from tests.contract.world import World

from waypost.rules import Page
from waypost.rules.model import Query

MOBILE = "DEVICE_TYPE_CONDITION_VALUE_MOBILE"
FALLBACK = "https://example.com/fallback"


@pytest.fixture
async def draw(client: httpx.AsyncClient) -> Drawing:
    """The workflow of a new link, as every link is born with it."""
    drawing = Drawing(client)
    await drawing.begin()
    return drawing


async def change(
    client: httpx.AsyncClient, draw: Drawing, step_id: str, payload: dict[str, Any]
) -> httpx.Response:
    """Change the payload of a step."""
    path = f"/v1/links/{draw.link_id}/workflow-steps/{step_id}"
    return await client.patch(path, json={"payload": payload})


async def test_no_payload_leads_in_a_circle(client: httpx.AsyncClient, draw: Drawing) -> None:
    """Neither by the exits that a change names, nor by those of a step that is drawn before another."""
    countries = {"countries": [{"countryCode": "FR"}]}
    first = await draw.step("countryCondition", countries)
    option = {"id": "m", "value": MOBILE, "nextStepId": first}
    second = await draw.step("deviceTypeCondition", {"options": [option]})
    around = {"countries": [{"countryCode": "FR", "nextStepId": second}]}
    refused = await change(client, draw, first, {"countryCondition": around})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "next_step_id")
    itself = {"countries": [{"countryCode": "FR", "nextStepId": first}]}
    assert (await change(client, draw, first, {"countryCondition": itself})).status_code == 400
    path = f"/v1/links/{draw.link_id}/workflow-steps"
    before = {"payload": {"countryCondition": around}, "insertBefore": first}
    assert (await client.post(path, json=before)).status_code == 400


async def test_ways_that_lead_nowhere_are_counted_too(client: httpx.AsyncClient) -> None:
    """They come to no rule, and still there are 3 ** 12 of them."""
    made = await client.post("/v1/links/thank-you", json={"title": "Thanks"})
    draw = Drawing(client)
    draw.link_id = made.json()["link"]["id"]
    behind = ""
    for _ in range(12):
        days = [{"id": str(day), "dayOfMonth": day, "nextStepId": behind} for day in (1, 2)]
        payload = {"options": days, "elseNextStepId": behind}
        behind = await draw.step("dayOfMonthCondition", payload)
    path = f"/v1/links/{draw.link_id}/workflow-steps"
    entry = (await client.get(path)).json()["workflowSteps"][0]["id"]
    refused = await client.put(f"{path}/{entry}/branches/next/connection", json={"nextStepId": behind})
    assert refused.status_code == 400
    assert "ways" in refused.json()["message"]


async def test_a_way_that_ends_nowhere_leads_to_the_fallback(
    client: httpx.AsyncClient, draw: Drawing, world: World
) -> None:
    """Also the way without conditions, and when the fallback is changed on the link."""
    link = f"/v1/links/{draw.link_id}"
    entry, leave = (await client.get(f"{link}/workflow-steps")).json()["workflowSteps"]
    france = await draw.step("clientRedirect", {"destination": FRANCE})
    country = {"countries": [{"countryCode": "FR", "nextStepId": france}, {"countryCode": "DE"}]}
    condition = await draw.step("countryCondition", country, insertBefore=leave["id"])
    assert await leads_to(world, draw.link_id, country="DE") == TARGET
    await client.patch(link, json={"destination": NIGHT})
    assert await leads_to(world, draw.link_id, country="DE") == NIGHT
    await client.patch(link, json={"fallback_destination": FALLBACK})
    assert await leads_to(world, draw.link_id, country="DE") == FALLBACK
    assert await leads_to(world, draw.link_id, country="US") == NIGHT
    cut = await client.delete(f"{link}/workflow-steps/{condition}/branches/else/connection")
    assert cut.status_code == 200
    assert await leads_to(world, draw.link_id, country="US") == FALLBACK
    assert await leads_to(world, draw.link_id, country="FR") == FRANCE
    await client.patch(link, json={"fallback_destination": ""})
    assert await leads_to(world, draw.link_id, country="US") == NIGHT
    await draw.connect(entry["id"], "next", leave["id"])
    assert (await stored(world, draw.link_id)).rules == ()


async def test_a_step_keeps_its_kind_and_what_was_not_sent(client: httpx.AsyncClient, draw: Drawing) -> None:
    """The payload of another kind is refused; one that says nothing changes nothing."""
    note = await draw.step("thankYouPage", {"title": "Thanks"})
    refused = await change(client, draw, note, {"vcard": {"firstName": "Ada"}})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "payload.vcard")
    kept = await change(client, draw, note, {"vcard": None})
    assert kept.json()["workflowStep"]["payload"]["thankYouPage"]["title"] == "Thanks"


@pytest.mark.parametrize(
    ("member", "item", "field"),
    [
        ("dayOfWeekCondition", {"id": "a", "daysOfWeek": [1.0]}, "daysOfWeek"),
        ("dayOfWeekCondition", {"id": "a", "daysOfWeek": [True]}, "daysOfWeek"),
        ("timeOfDayCondition", {"id": "a", "startTime": "24:30", "endTime": "01:00"}, "startTime"),
        ("visitorDataCondition", {"id": "a", "attributeKey": "plan", "operator": "LIKE"}, "operator"),
    ],
)
async def test_options_that_say_nothing_are_refused(
    client: httpx.AsyncClient, draw: Drawing, member: str, item: dict[str, Any], field: str
) -> None:
    """With the member at fault, before an edge gets to see them."""
    exits = "ranges" if member == "timeOfDayCondition" else "options"
    path = f"/v1/links/{draw.link_id}/workflow-steps"
    leave = (await client.get(path)).json()["workflowSteps"][1]["id"]
    body = {"payload": {member: {exits: [item]}}, "insertBefore": leave}
    refused = await client.post(path, json=body)
    assert refused.status_code == 400
    assert refused.json()["details"][0]["field"] == f"payload.{member}.{exits}[0].{field}"


async def test_a_password_step_without_a_password_is_told(client: httpx.AsyncClient, draw: Drawing) -> None:
    """Nobody is asked until one is set."""
    path = f"/v1/links/{draw.link_id}/workflow-steps"
    leave = (await client.get(path)).json()["workflowSteps"][1]["id"]
    step = await draw.step("password", {"title": "Members"}, insertBefore=leave)
    assert await draw.issues() == [("error", "EVENT_ACTION_PASSWORD_VERIFY")]
    await change(client, draw, step, {"password": {"title": "Members", "password": "s3cret!"}})
    assert await draw.issues() == []


async def test_a_view_of_a_directory_without_one_is_that_of_the_top(client: httpx.AsyncClient) -> None:
    """Links and directories alike; `include_root` adds the top to what is below a directory."""
    folders = [
        (await client.post("/v1/directories", json={"name": name})).json()["directory"]["id"] for name in "AB"
    ]
    await client.patch(f"/v1/directories/{folders[1]}", json={"parent_directory_id": folders[0]})
    for folder in (folders[0], ""):
        body = {"destination": TARGET, "name": folder or "top", "directory_id": folder}
        assert (await client.post("/v1/links", json=body)).status_code == 200

    async def names(directory: str) -> list[str]:
        query = {"view": "LINK_VIEW_DIRECTORY", "directory_id": directory}
        found = (await client.get("/v1/links", params=query)).json()["links"]
        return [each["name"] for each in found]

    assert await names("") == ["top"]
    assert await names(folders[0]) == [folders[0]]
    query = {"parent_directory_id": folders[0], "include_root": "true"}
    both = (await client.get("/v1/directories", params=query)).json()["directories"]
    assert [each["name"] for each in both] == ["A", "B"]


async def test_a_page_leads_back_to_the_one_before(
    client: httpx.AsyncClient, draw: Drawing, world: World
) -> None:
    """By its address inside of the link, which answers with that page; the first page has no way back."""
    entry = (await client.get(f"/v1/links/{draw.link_id}/workflow-steps")).json()["workflowSteps"][0]["id"]
    back = {"enabled": True, "label": "Back to menu"}
    menu = await draw.step(
        "multiLink", {"title": "Menu", "buttons": [{"id": "a", "label": "Us"}]}, backButton=back
    )
    about = await draw.step("thankYouPage", {"title": "About us"}, backButton=back)
    await draw.connect(menu, "a", about)
    await draw.connect(entry, "next", menu)
    assert await draw.issues() == [("warning", "EVENT_ACTION_CLIENT_REDIRECT")]
    link = await stored(world, draw.link_id)
    assert link.content is not None
    assert "back" not in link.content

    def page_at(url: str) -> dict[str, Any]:
        asked = (Query(name="step", values=(url.removeprefix("?step="),)),)
        (found,) = (rule.then for rule in link.rules if rule.when == asked)
        assert isinstance(found, Page)
        return found.content

    below = page_at(link.content["links"][0]["url"])
    assert below["back"]["label"] == "Back to menu"
    assert page_at(below["back"]["url"])["title"] == "Menu"


async def test_who_skips_a_form_sees_what_follows_it(
    client: httpx.AsyncClient, draw: Drawing, world: World
) -> None:
    """Also where that is the page whose words thank those who answer."""
    entry = (await client.get(f"/v1/links/{draw.link_id}/workflow-steps")).json()["workflowSteps"][0]["id"]
    fields = [{"key": "name", "type": "FORM_FIELD_TYPE_TEXT"}]
    form = await draw.step("form", {"formTitle": "Join", "skipForm": True, "formFields": fields})
    thanks = await draw.step("thankYouPage", {"title": "Until then"})
    await draw.connect(form, "next", thanks)
    await draw.connect(entry, "next", form)
    link = await stored(world, draw.link_id)
    assert link.content is not None
    assert link.content["done_title"] == "Until then"
    assert "done_button" not in link.content
    assert link.content["skip_button"]["url"].startswith("?step=")


async def test_steps_are_laid_out(served: str) -> None:
    """From left to right, and apart from each other."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.WorkflowStepsApi(client)
        link_id = create(client).id or ""
        for number in range(3):
            step(client, link_id, "thankYouPage", {"title": str(number)})
        entry = steps(client, link_id)[0].id or ""
        assert api.workflow_steps_service_resolve_step_collisions(link_id, entry, {}).steps_repositioned == 3
        assert api.workflow_steps_service_auto_layout_workflow(link_id, {}).steps_repositioned
        places = {
            (each.canvas_position.x, each.canvas_position.y)
            for each in steps(client, link_id)
            if each.canvas_position
        }
        assert len(places) == 5

    await run(served, work)
