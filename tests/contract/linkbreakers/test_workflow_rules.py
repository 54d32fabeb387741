"""Any workflow down into what the edge carries out and back, beside any rule made elsewhere."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.dialects.linkbreakers.mapping.links import DIALECT
from waypost.control.dialects.linkbreakers.mapping.steps import graph_of, to_command
from waypost.control.dialects.linkbreakers.workflow.graph import Graph, Step, born, settled, with_payload
from waypost.control.dialects.linkbreakers.workflow.kinds import ELSE, NEXT
from waypost.control.dialects.linkbreakers.workflow.ways import Lowered
from waypost.control.model.links import Link, UpdateLink
from waypost.rules import Rule, Url, check, decode_rules, encode_rules
from waypost.rules.model import Language

LINK_ID = "01920000-0000-7000-8000-000000000001"
TARGET = "https://example.com/landing-page"
PAYLOADS: list[tuple[str, dict[str, Any]]] = [
    (
        "CLIENT_REDIRECT",
        {"clientRedirect": {"destination": "https://example.com/elsewhere", "conversionTracking": False}},
    ),
    ("PASSWORD_VERIFY", {"password": {"title": "Members"}}),
    ("FORM_SUBMIT", {"form": {"formFields": [{"key": "mail", "type": "FORM_FIELD_TYPE_EMAIL"}]}}),
    ("CONTACT_CARD", {"vcard": {"firstName": "Ada"}}),
    ("MULTI_LINK", {"multiLink": {"buttons": [{"id": "a", "label": "A"}, {"id": "b"}]}}),
    ("MESSAGE_PAGE", {"messagePage": {"title": "Wait"}}),
    ("THANK_YOU_PAGE", {"thankYouPage": {"title": "Thanks"}}),
    (
        "COUNTRY_CONDITION",
        {"countryCondition": {"countries": [{"countryCode": "FR"}, {"countryCode": "BE"}]}},
    ),
    ("VISIT_TYPE_CONDITION", {"visitTypeCondition": {"options": [{"value": "VISIT_TYPE_FIRST"}]}}),
    ("DAY_OF_WEEK_CONDITION", {"dayOfWeekCondition": {"options": [{"id": "w", "daysOfWeek": [0, 6]}]}}),
    (
        "VISITOR_DATA_CONDITION",
        {"visitorDataCondition": {"options": [{"id": "v", "attributeKey": "mail", "operator": "EXISTS"}]}},
    ),
]
FOREIGN = Rule(id="theirs", when=(Language(values=("fr",)),), share=50.0, then=Url(TARGET))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Steps of all kinds; exits lead to steps that were drawn later, or nowhere."""
    entry, leave = born(LINK_ID, TARGET, 0)
    chosen = draw(st.lists(st.sampled_from(PAYLOADS), max_size=5))
    steps: list[Step] = []
    for number, (action, payload) in enumerate(chosen, 1):
        step = Step(id=f"01920000-0000-7000-8000-{number:012x}", action=action, x=float(number))
        steps.append(with_payload(step, payload, ()))
    every = [entry, *steps, leave]
    wired = []
    for place, step in enumerate(every):
        later = [other.id for other in every[place + 1 :]]
        leads = {name: draw(st.sampled_from(["", *later])) for name, _ in step.exits()} if later else {}
        wired.append(msgspec.structs.replace(step, next={name: to for name, to in leads.items() if to}))
    return settled(tuple(wired))


def as_drawn(found: Lowered) -> Lowered:
    """Nothing here is stored in another form."""
    return found


def link(**members: Any) -> Link:
    """A link as it is stored."""
    always = {"workspace_id": LINK_ID, "domain_id": LINK_ID, "slug": "walk", "slug_key": "walk"}
    return Link(
        **{
            "id": LINK_ID,
            "target_url": TARGET,
            "rules": (FOREIGN,),
            "created_ms": 0,
            "updated_ms": 0,
            **always,
            **members,
        }
    )


def changed(before: Link, command: UpdateLink) -> Link:
    """A link after a change, as far as workflows go."""
    members = ("target_url", "rules", "extras", "template_type", "content", "track_conversion")
    values = {name: value for name in members if (value := getattr(command, name)) is not msgspec.UNSET}
    return msgspec.structs.replace(before, **values)


@given(graphs(), st.sampled_from(["", "https://example.com/fallback"]))
def test_what_goes_down_comes_back_up(graph: Graph, fallback: str) -> None:
    """The same steps, the same rules when it is published again, and the rule of others behind them."""
    before = link(fallback_url=fallback)
    after = changed(before, to_command(before, graph, "Europe/Berlin", {}, as_drawn))
    assert graph_of(after) == graph
    assert after.rules[-1] == FOREIGN
    assert [each for each in check(after.rules) if each.severity == "error"] == []
    assert decode_rules(encode_rules(after.rules)) == (after.rules, 0)
    again = changed(after, to_command(after, graph_of(after), "Europe/Berlin", {}, as_drawn))
    assert again == after


def test_ways_that_end_nowhere_lead_where_the_workflow_says() -> None:
    """The link's own destination is the one that was just drawn, not the one before."""
    entry, leave = born(LINK_ID, "https://example.com/elsewhere", 0)
    step = Step(id="01920000-0000-7000-8000-000000000001", action="COUNTRY_CONDITION")
    payload = {"countryCondition": {"countries": [{"countryCode": "FR"}]}}
    condition = with_payload(step, payload, ())
    condition = msgspec.structs.replace(condition, next={ELSE: leave.id})
    graph = (msgspec.structs.replace(entry, next={NEXT: condition.id}), condition, leave)
    after = changed(link(), to_command(link(), graph, "UTC", {}, as_drawn))
    assert after.target_url == "https://example.com/elsewhere"
    assert after.rules[0].then == Url("https://example.com/elsewhere")


def test_what_others_keep_beside_a_link_survives_an_edit() -> None:
    """Extras of other vendors and one's own other members."""
    before = link(extras={"codeqr": {"flexible": True}, DIALECT: {"lead_goal_definition": "sales"}})
    after = changed(before, to_command(before, graph_of(before), "UTC", {}, as_drawn))
    assert after.extras["codeqr"] == {"flexible": True}
    assert after.extras[DIALECT]["lead_goal_definition"] == "sales"
