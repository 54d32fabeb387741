"""Workflows through the vendor's client: drawn, connected, published as rules, pages and passwords."""

from typing import Any

import httpx
import linkbreakers
import pytest
from linkbreakers.exceptions import ApiException, NotFoundException
from tests.contract.linkbreakers.test_sdk import create, refusal, run
from tests.contract.world import World

from waypost.control.core import links
from waypost.control.core.link_record import link_record
from waypost.control.model.links import Link, UpdateLink
from waypost.rules import Rule, Url, Visit, compile_rules, decode_rules
from waypost.rules import model as rules

TARGET = "https://example.com/landing-page"
FRANCE = "https://example.com/fr"
NIGHT = "https://example.com/night"


async def stored(world: World, link_id: str) -> Link:
    """The link as the edge gets it."""
    async with world.control.database.read() as tx:
        return (await links.get_link(tx, world.actor, link_id)).link


async def leads_to(world: World, link_id: str, **facts: Any) -> str:
    """Where the edge sends a visitor with these facts."""
    link = await stored(world, link_id)
    visit = Visit(at_ms=world.now_ms, **facts)
    return compile_rules(link.rules, link.target_url).decide(visit).url


def step(
    client: linkbreakers.ApiClient, link_id: str, member: str, payload: dict[str, Any], **members: Any
) -> linkbreakers.WorkflowStep:
    """Draw a step with the client."""
    body = linkbreakers.WorkflowStepsServiceCreateBody.from_dict({"payload": {member: payload}, **members})
    assert body is not None
    made = linkbreakers.WorkflowStepsApi(client).workflow_steps_service_create(link_id, body).workflow_step
    assert made is not None
    return made


def steps(client: linkbreakers.ApiClient, link_id: str) -> list[linkbreakers.WorkflowStep]:
    """All steps of a link."""
    return linkbreakers.WorkflowStepsApi(client).workflow_steps_service_list(link_id).workflow_steps or []


async def test_a_condition_is_drawn_and_followed(served: str, world: World) -> None:
    """Inserted before the exit, its else leads on; an option leads elsewhere; the edge does as it is drawn."""

    def work(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.WorkflowStepsApi(client)
        link_id = create(client).id or ""
        entry, leave = steps(client, link_id)
        assert [branch.branch_id for branch in entry.branches or []] == ["next"]
        condition = step(
            client,
            link_id,
            "countryCondition",
            {"countries": [{"countryCode": "FR"}, {"countryCode": "BE"}]},
            insertBefore=leave.id,
        )
        assert (condition.kind, condition.node_type) == ("KIND_CONDITION", "NODE_TYPE_COMPOSITE")
        assert [(b.branch_id, b.next_step_id) for b in condition.branches or []] == [
            ("FR", ""),
            ("BE", ""),
            ("else", leave.id),
        ]
        assert steps(client, link_id)[0].child_step_ids == [condition.id]
        redirect = step(client, link_id, "clientRedirect", {"destination": FRANCE})
        body = linkbreakers.WorkflowStepsServiceConnectStepBody(nextStepId=redirect.id)
        done = api.workflow_steps_service_connect_step(link_id, condition.id or "", "FR", body)
        assert done.unconnected_branch_ids == ["BE"]
        assert done.disconnected_steps == []
        issues = api.workflow_steps_service_validate_workflow(link_id).issues or []
        assert [(issue.severity, issue.step_id) for issue in issues] == [("warning", condition.id)]
        return link_id

    link_id = await run(served, work)
    assert await leads_to(world, link_id, country="FR") == FRANCE
    assert await leads_to(world, link_id, country="DE") == TARGET


async def test_destination_and_exit_are_one_value(
    served: str, client: httpx.AsyncClient, world: World
) -> None:
    """Changed on the link or on the step, it is the same destination."""

    def change_step(client: linkbreakers.ApiClient) -> str:
        link_id = create(client).id or ""
        body = linkbreakers.WorkflowStepsServiceUpdateBody.from_dict(
            {"payload": {"clientRedirect": {"destination": NIGHT, "conversionTracking": True}}}
        )
        assert body is not None
        leave = steps(client, link_id)[1]
        linkbreakers.WorkflowStepsApi(client).workflow_steps_service_update(link_id, leave.id or "", body)
        return link_id

    link_id = await run(served, change_step)
    answer = (await client.get(f"/v1/links/{link_id}")).json()["link"]
    assert (answer["destination"], answer["conversion_tracking"]) == (NIGHT, True)
    await client.patch(f"/v1/links/{link_id}", json={"destination": FRANCE})
    shown = await run(served, lambda opened: steps(opened, link_id))
    payload = shown[1].payload
    assert payload is not None
    assert payload.client_redirect is not None
    assert payload.client_redirect.destination == FRANCE


async def test_a_page_stands_behind_a_condition(served: str, world: World) -> None:
    """The French see a card, the others a message: neither way is refused, and the edge gets both."""

    def work(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.WorkflowStepsApi(client)
        link_id = create(client).id or ""
        leave = steps(client, link_id)[1]
        condition = step(
            client, link_id, "countryCondition", {"countries": [{"countryCode": "FR"}]}, insertBefore=leave.id
        )
        card = step(client, link_id, "vcard", {"firstName": "Ada", "lastName": "King"})
        note = step(
            client,
            link_id,
            "messagePage",
            {
                "title": "Hello",
                "description": "To all",
                "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON",
            },
        )
        for branch, target in (("FR", card), ("else", note)):
            body = linkbreakers.WorkflowStepsServiceConnectStepBody(nextStepId=target.id)
            api.workflow_steps_service_connect_step(link_id, condition.id or "", branch, body)
        issues = api.workflow_steps_service_validate_workflow(link_id).issues or []
        assert [issue.severity for issue in issues if issue.severity == "error"] == []
        return link_id

    link_id = await run(served, work)
    link = await stored(world, link_id)
    assert (link.template_type, (link.content or {})["title"]) == ("message", "Hello")
    record = link_record(link)
    decision = (
        compile_rules(decode_rules(record.options.rules)[0], "").decide(
            Visit(at_ms=world.now_ms, country="FR")
        )
        if record.options
        else None
    )
    assert decision is not None
    assert record.options is not None
    assert record.options.pages[decision.rule_id].kind == "vcard"
    assert b"King" not in record.options.rules, "content travels once"


CONDITIONS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "visitTypeCondition",
        {"options": [{"value": "VISIT_TYPE_FIRST"}]},
        {"returning": False},
        {"returning": True},
    ),
    ("dayOfWeekCondition", {"options": [{"id": "a", "daysOfWeek": [1]}]}, {"day": 1}, {"day": 2}),
    (
        "timeOfDayCondition",
        {"ranges": [{"id": "a", "startTime": "22:00", "endTime": "06:00"}]},
        {"hour": 23},
        {"hour": 12},
    ),
    ("dayOfMonthCondition", {"options": [{"id": "a", "dayOfMonth": 2}]}, {"day": 1}, {"day": 2}),
    ("specificDateCondition", {"options": [{"id": "a", "month": 2, "day": 2}]}, {"day": 1}, {"day": 2}),
    (
        "deviceTypeCondition",
        {"options": [{"id": "a", "value": "DEVICE_TYPE_CONDITION_VALUE_MOBILE"}]},
        {"device": "mobile"},
        {"device": "desktop"},
    ),
    (
        "devicePlatformCondition",
        {"options": [{"id": "a", "value": "DEVICE_PLATFORM_CONDITION_VALUE_MACOS"}]},
        {"os": "Mac"},
        {"os": "iOS"},
    ),
    (
        "deviceBrowserCondition",
        {"options": [{"id": "a", "value": "DEVICE_BROWSER_CONDITION_VALUE_SAMSUNG_BROWSER"}]},
        {"browser": "Samsung"},
        {"browser": "Chrome"},
    ),
    (
        "deviceBrandCondition",
        {"options": [{"id": "a", "value": "DEVICE_BRAND_CONDITION_VALUE_ONEPLUS"}]},
        {"brand": "OnePlus"},
        {"brand": "Apple"},
    ),
    (
        "deviceActorCondition",
        {"options": [{"id": "a", "value": "DEVICE_ACTOR_CONDITION_VALUE_UNKNOWN"}]},
        {"actor": ""},
        {"actor": "human"},
    ),
    (
        "visitorDataCondition",
        {
            "options": [
                {"id": "a", "attributeKey": "plan", "operator": "STRING_EQUALS", "comparisonValue": "pro"}
            ]
        },
        {"attributes": {"plan": "pro"}},
        {"attributes": {}},
    ),
]
MONDAY_MS = 1_769_990_400_000
"""2026-02-02, a Monday."""


@pytest.mark.parametrize(("member", "payload", "met", "missed"), CONDITIONS, ids=lambda each: str(each)[:24])
async def test_every_condition_tells_visitors_apart(
    client: httpx.AsyncClient,
    world: World,
    member: str,
    payload: dict[str, Any],
    met: dict[str, Any],
    missed: dict[str, Any],
) -> None:
    """Each kind of condition does at the edge what its name says."""
    link_id = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]["id"]
    path = f"/v1/links/{link_id}/workflow-steps"
    _entry, leave = (await client.get(path)).json()["workflowSteps"]
    redirect = await client.post(path, json={"payload": {"client_redirect": {"destination": FRANCE}}})
    redirect_id = redirect.json()["workflowStep"]["id"]
    made = await client.post(
        path, json={"event_action": "", "payload": {member: payload}, "insert_before": leave["id"]}
    )
    assert made.status_code == 200, made.text
    condition = made.json()["workflowStep"]
    branch = condition["branches"][0]["branchId"]
    connection = f"{path}/{condition['id']}/branches/{branch}/connection"
    assert (await client.put(connection, json={"nextStepId": redirect_id})).status_code == 200
    link = await stored(world, link_id)
    compiled = compile_rules(link.rules, TARGET)

    def target(facts: dict[str, Any]) -> str:
        at_ms = MONDAY_MS + ((facts.get("day", 1) - 1) * 24 + facts.get("hour", 12)) * 3_600_000
        known = {name: value for name, value in facts.items() if name not in ("day", "hour")}
        return compiled.decide(Visit(at_ms=at_ms, **known)).url

    assert (target(met), target(missed)) == (FRANCE, TARGET)


async def test_nested_conditions_decide_in_their_order(client: httpx.AsyncClient, world: World) -> None:
    """A visitor of an outer option who meets no inner one goes to the fallback, not to the outer else."""
    body = {"destination": TARGET, "fallback_destination": "https://example.com/fallback"}
    link_id = (await client.post("/v1/links", json=body)).json()["link"]["id"]
    path = f"/v1/links/{link_id}/workflow-steps"
    leave = (await client.get(path)).json()["workflowSteps"][1]["id"]

    async def draw(**members: Any) -> str:
        answer = await client.post(path, json=members)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["workflowStep"]["id"])

    redirect = await draw(payload={"clientRedirect": {"destination": FRANCE}})
    inner = await draw(
        payload={
            "deviceTypeCondition": {
                "options": [
                    {"id": "m", "value": "DEVICE_TYPE_CONDITION_VALUE_MOBILE", "nextStepId": redirect}
                ]
            }
        }
    )
    await draw(
        payload={"countryCondition": {"countries": [{"countryCode": "FR", "nextStepId": inner}]}},
        insertBefore=leave,
    )
    assert await leads_to(world, link_id, country="FR", device="mobile") == FRANCE
    assert await leads_to(world, link_id, country="FR", device="desktop") == "https://example.com/fallback"
    assert await leads_to(world, link_id, country="DE", device="mobile") == TARGET


async def test_rules_made_elsewhere_stay(client: httpx.AsyncClient, world: World) -> None:
    """What this API cannot draw survives every edit, behind what it drew."""
    link_id = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]["id"]
    foreign = Rule(id="theirs", when=(rules.Language(values=("fr",)),), share=50.0, then=Url(NIGHT))
    async with world.control.database.write() as tx:
        await links.update_link(tx, world.actor, link_id, UpdateLink(rules=(foreign,)))
    path = f"/v1/links/{link_id}/workflow-steps"
    leave = (await client.get(path)).json()["workflowSteps"][1]["id"]
    redirect = (await client.post(path, json={"payload": {"clientRedirect": {"destination": FRANCE}}})).json()
    country = {"countryCode": "FR", "nextStepId": redirect["workflowStep"]["id"]}
    made = await client.post(
        path, json={"payload": {"countryCondition": {"countries": [country]}}, "insertBefore": leave}
    )
    assert [rule.id for rule in (await stored(world, link_id)).rules][1:] == ["theirs"]
    await client.delete(f"{path}/{made.json()['workflowStep']['id']}")
    assert (await stored(world, link_id)).rules == (foreign,)


async def test_a_password_step_locks_the_link(client: httpx.AsyncClient, world: World) -> None:
    """The password is kept as the core keeps passwords, nowhere else; without the step the link is open."""
    link_id = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]["id"]
    path = f"/v1/links/{link_id}/workflow-steps"
    leave = (await client.get(path)).json()["workflowSteps"][1]["id"]
    body = {"payload": {"password": {"title": "Members", "password": "s3cret!"}}, "insertBefore": leave}
    made = (await client.post(path, json=body)).json()["workflowStep"]
    link = await stored(world, link_id)
    assert link.password_hash.startswith("$argon2")
    assert "s3cret!" not in str(link.extras) + str(made)
    await client.patch(f"{path}/{made['id']}", json={"payload": {"password": {"title": "Friends"}}})
    assert (await stored(world, link_id)).password_hash == link.password_hash
    await client.delete(f"{path}/{made['id']}")
    assert (await stored(world, link_id)).password_hash == ""


PAGES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("vcard", {"firstName": "Ada", "email": "ada@example.com"}, "vcard", {"first_name": "Ada"}),
    (
        "socialLinks",
        {
            "title": "Ada",
            "links": [{"platform": "SOCIAL_LINK_PLATFORM_GITHUB", "url": "https://example.com/ada"}],
        },
        "social",
        {"links": [{"platform": "github", "url": "https://example.com/ada"}]},
    ),
    ("thankYouPage", {"title": "Thank you"}, "thank_you", {"title": "Thank you"}),
    (
        "messagePage",
        {"title": "Wait", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON", "buttonLabel": "Go"},
        "message",
        {"button": {"label": "Go", "url": TARGET}},
    ),
    (
        "form",
        {
            "formTitle": "Join",
            "formFields": [
                {"key": "E-Mail", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": True},
                {"key": "rating", "label": "Rating", "type": "FORM_FIELD_TYPE_RATING"},
            ],
        },
        "form",
        {"done_button": {"label": "Continue", "url": TARGET}},
    ),
    ("multiLink", {"title": "Menu", "buttons": [{"label": "Shop"}]}, "bio", {"title": "Menu"}),
    (
        "messagePage",
        {"title": "Wait", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER", "timerSeconds": 3},
        "message",
        {"seconds": 3, "button": {"label": "Continue", "url": TARGET}},
    ),
    (
        "vcard",
        {"firstName": "Ada", "phone": "+44 1", "phoneSmsEnabled": True, "buttonLabel": "Keep"},
        "vcard",
        {"mobile": "+44 1", "save_label": "Keep"},
    ),
    ("vcard", {"firstName": "Ada", "saveButtonEnabled": False}, "vcard", {"saves": False}),
    (
        "socialLinks",
        {
            "displayStyle": "SOCIAL_LINKS_DISPLAY_STYLE_COMPACT",
            "links": [{"platform": "x", "url": "https://example.com/ada"}],
        },
        "social",
        {"compact": True},
    ),
    (
        "form",
        {
            "skipForm": True,
            "skipButtonText": "No, thanks",
            "formFields": [{"key": "name", "type": "FORM_FIELD_TYPE_TEXT", "defaultValue": "Ada"}],
        },
        "form",
        {
            "skip_button": {"label": "No, thanks", "url": TARGET},
            "fields": [{"name": "name", "label": "name", "type": "text", "required": False, "value": "Ada"}],
        },
    ),
]


@pytest.mark.parametrize(("member", "payload", "kind", "part"), PAGES, ids=lambda each: str(each)[:16])
async def test_every_page_is_shown_by_the_edge(
    client: httpx.AsyncClient,
    world: World,
    member: str,
    payload: dict[str, Any],
    kind: str,
    part: dict[str, Any],
) -> None:
    """Each kind of page is native content, with the way on where there is one; without the step it is gone."""
    link_id = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]["id"]
    path = f"/v1/links/{link_id}/workflow-steps"
    entry, leave = (await client.get(path)).json()["workflowSteps"]
    made = (await client.post(path, json={"payload": {member: payload}})).json()["workflowStep"]
    for branch in made["branches"]:
        connection = f"{path}/{made['id']}/branches/{branch['branchId']}/connection"
        assert (await client.put(connection, json={"nextStepId": leave["id"]})).status_code == 200
    connection = f"{path}/{entry['id']}/branches/next/connection"
    answer = await client.put(connection, json={"nextStepId": made["id"]})
    assert answer.status_code == 200, answer.text
    link = await stored(world, link_id)
    assert link.template_type == kind
    assert link.content is not None
    assert part.items() <= link.content.items()
    await client.delete(f"{path}/{made['id']}")
    link = await stored(world, link_id)
    assert (link.template_type, link.content, link.target_url) == ("", None, TARGET)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"payload": {}}, 400, "event_action"),
        ({"event_action": "EVENT_ACTION_LINK_VISIT"}, 400, "event_action"),
        ({"payload": {"countryCondition": {"countries": [{}]}}}, 400, "payload.countryCondition"),
        ({"payload": {"countryCondition": {"countries": "FR"}}}, 400, "payload.countryCondition"),
        ({"payload": {"clientRedirect": {"destination": TARGET}}, "id": "no"}, 400, "id"),
    ],
)
async def test_what_cannot_be_drawn_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], status: int, field: str
) -> None:
    """With the member at fault."""
    link_id = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]["id"]
    answer = await client.post(f"/v1/links/{link_id}/workflow-steps", json=body)
    assert answer.status_code == status
    assert answer.json()["details"][0]["field"].startswith(field)


async def test_circles_and_strangers_are_refused(client: httpx.AsyncClient) -> None:
    """A way that comes back would never end; steps and exits of nobody are not there."""
    link_id = (await client.post("/v1/links", json={"destination": TARGET})).json()["link"]["id"]
    path = f"/v1/links/{link_id}/workflow-steps"
    entry, leave = (await client.get(path)).json()["workflowSteps"]
    options = {"options": [{"id": "a", "value": "VISIT_TYPE_FIRST"}]}
    made = await client.post(
        path, json={"payload": {"visitTypeCondition": options}, "insertBefore": leave["id"]}
    )
    step_id = made.json()["workflowStep"]["id"]
    circle = await client.put(f"{path}/{step_id}/branches/else/connection", json={"nextStepId": entry["id"]})
    assert (circle.status_code, circle.json()["details"][0]["field"]) == (400, "next_step_id")
    unknown = "01920000-0000-7000-8000-000000000000"
    for answer in (
        await client.get(f"{path}/{unknown}"),
        await client.put(f"{path}/{step_id}/branches/b/connection", json={"nextStepId": leave["id"]}),
        await client.put(f"{path}/{step_id}/branches/else/connection", json={"nextStepId": unknown}),
    ):
        assert (answer.status_code, answer.json()["codeType"]) == (404, "NOT_FOUND")
    kept = await client.delete(f"{path}/{entry['id']}")
    assert (kept.status_code, kept.json()["codeType"]) == (412, "FAILED_PRECONDITION")


async def test_special_links_show_their_page(served: str, world: World) -> None:
    """A contact card and a thank-you, with every other member of a link; they need no destination."""

    def work(client: linkbreakers.ApiClient) -> tuple[str, str]:
        api = linkbreakers.LinksApi(client)
        card = linkbreakers.VCardData(
            firstName="Ada", lastName="Lovelace", phone="+44 1", phoneIsWhatsapp=True
        )
        contact = api.links_service_create_contact_link(
            linkbreakers.CreateContactLinkRequest(vcardData=card, name="Card", shortlink="ada", tags=["x"])
        ).link
        assert contact is not None
        assert (contact.name, contact.shortlink) == ("Card", "ada")
        assert [each.event_action for each in steps(client, contact.id or "")] == [
            "EVENT_ACTION_LINK_VISIT",
            "EVENT_ACTION_CONTACT_CARD",
        ]
        thanks = api.links_service_create_thank_you_link(
            linkbreakers.CreateThankYouLinkRequest(title="Merci", description="Until next time")
        ).link
        assert thanks is not None
        with pytest.raises(ApiException) as wrong:
            api.links_service_create_contact_link(
                linkbreakers.CreateContactLinkRequest(vcardData=linkbreakers.VCardData(email="a@example.com"))
            )
        assert refusal(wrong.value).details[0]["field"].startswith("payload")
        with pytest.raises(NotFoundException):
            steps(client, "01920000-0000-7000-8000-000000000000")
        return contact.id or "", thanks.id or ""

    contact, thanks = await run(served, work)
    card = await stored(world, contact)
    assert (card.template_type, card.target_url) == ("vcard", "")
    assert card.content is not None
    assert card.content["links"] == [{"platform": "whatsapp", "url": "https://wa.me/441"}]
    assert (await stored(world, thanks)).template_type == "thank_you"
