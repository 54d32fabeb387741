"""Visitors through the vendor's client: identified by an `lbid`, listed, searched, changed, forgotten."""

import uuid
from typing import Any

import httpx
import linkbreakers
import pytest
from linkbreakers.exceptions import BadRequestException, NotFoundException
from tests.contract.linkbreakers.scan_store import CLICK_ID
from tests.contract.linkbreakers.test_sdk import refusal, run
from tests.contract.world import World

from waypost.control.dialects.linkbreakers import limits

LBID = str(uuid.UUID(bytes=CLICK_ID))
ADA = "ada@example.com"


def identify(client: linkbreakers.ApiClient, lbid: str | None, **data: Any) -> linkbreakers.IdentifyResponse:
    """Identify as the client does it; `$` stands before a reserved key."""
    sent = {name.replace("S_", "$"): value for name, value in data.items()}
    request = linkbreakers.IdentifyRequest(lbid=lbid, visitor=linkbreakers.VisitorInput(data=sent))
    return linkbreakers.VisitorsApi(client).visitors_service_identify(request)


async def test_an_lbid_makes_a_visitor_known(served: str, link: dict[str, Any]) -> None:
    """The scan that had it is theirs, with name, counts, devices and links; events name them."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.VisitorsApi(client)
        first = identify(client, LBID, S_email="Ada@Example.com", S_firstName="Ada", budget=900, vip=True)
        again = identify(client, LBID, since="2026-03-01")
        assert (first.created, again.created) == (True, False)
        assert again.visitor is not None
        visitor = api.visitors_service_get(again.visitor.id or "", include=["devices", "events", "links"])
        assert (visitor.email, visitor.first_name) == (ADA, "Ada")
        assert (visitor.visit_count, visitor.device_count, visitor.qrcode_count) == (2, 1, 1)
        facts = {fact.key: fact for fact in visitor.attributes or []}
        assert (facts["budget"].type, facts["budget"].number_value) == ("VISITOR_ATTRIBUTE_TYPE_NUMBER", 900)
        assert (facts["vip"].type, facts["vip"].bool_value) == ("VISITOR_ATTRIBUTE_TYPE_BOOLEAN", True)
        assert facts["since"].date_value is not None
        assert [each.event_count for each in visitor.links or []] == [2]
        assert len(visitor.events or []) == 2
        assert [device.device_type for device in visitor.devices or []] == ["DEVICE_TYPE_DESKTOP"]
        events = linkbreakers.EventsApi(client).events_service_list_events(
            visitor_id=visitor.id, include=["visitor"]
        )
        assert events.var_json is not None
        assert events.var_json.total_count == 2
        assert [event.visitor_id for event in events.var_json.events or []] == [visitor.id] * 2
        assert {event.visitor.email for event in events.var_json.events or [] if event.visitor} == {ADA}

    await run(served, work)


async def test_visitors_are_listed_and_searched(served: str, link: dict[str, Any]) -> None:
    """By address, by part of a name, by link, by attributes; as pages and as a file."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.VisitorsApi(client)
        identify(client, LBID, S_email=ADA, budget=900_000, timeline="under_6_months")
        for number in range(4):
            identify(client, None, S_email=f"n{number}@example.com", budget=number, S_lastName="=Neumann")
        exact = api.visitors_service_list(email=ADA).var_json
        assert exact is not None
        assert [visitor.email for visitor in exact.visitors or []] == [ADA]
        found = api.visitors_service_list(search="neu", page_size=3).var_json
        assert found is not None
        assert (len(found.visitors or []), found.total_count, found.has_more) == (3, 4, True)
        rest = api.visitors_service_list(search="neu", page_size=3, page_token=found.next_page_token).var_json
        assert rest is not None
        assert [visitor.email for visitor in rest.visitors or []] == ["n0@example.com"]
        of_link = api.visitors_service_list(link_id=link["id"]).var_json
        assert of_link is not None
        assert [visitor.email for visitor in of_link.visitors or []] == [ADA]
        operators = linkbreakers.VisitorAttributeFilterOperator
        tests = [
            linkbreakers.VisitorAttributeFilter(
                key="budget",
                operator=operators.VISITOR_ATTRIBUTE_FILTER_OPERATOR_NUMBER_GREATER_OR_EQUAL,
                value="800000",
            ),
            linkbreakers.VisitorAttributeFilter(
                key="timeline",
                operator=operators.VISITOR_ATTRIBUTE_FILTER_OPERATOR_STRING_EQUALS,
                value="under_6_months",
            ),
        ]
        hit = api.visitors_service_search(linkbreakers.ListVisitorsRequest(attributeFilters=tests)).var_json
        assert hit is not None
        assert [visitor.email for visitor in hit.visitors or []] == [ADA]
        listed = api.visitors_service_list(
            response_format=linkbreakers.ResponseFormat.RESPONSE_FORMAT_CSV
        ).csv
        assert listed is not None
        assert (listed.csv_data or "").startswith("Visitor ID,Email,")
        assert "'=Neumann" in (listed.csv_data or "")
        keys = api.visitors_service_list_attribute_keys()
        assert keys.attribute_keys == ["budget", "timeline"]
        with pytest.raises(BadRequestException) as wrong:
            api.visitors_service_search(
                linkbreakers.ListVisitorsRequest(
                    attributeFilters=[
                        linkbreakers.VisitorAttributeFilter(
                            key="budget", operator=tests[0].operator, value="x"
                        )
                    ]
                )
            )
        assert refusal(wrong.value).details[0]["field"] == "attribute_filters[0].value"

    await run(served, work)


async def test_a_visitor_is_changed_and_forgotten(served: str, link: dict[str, Any]) -> None:
    """Null removes a key; deleting leaves the scans counted and nobody behind them."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.VisitorsApi(client)
        made = identify(client, LBID, S_email=ADA, a=1, b=2).visitor
        assert made is not None
        visitor_id = made.id or ""
        body = linkbreakers.VisitorsServiceUpdateBody(
            visitor=linkbreakers.VisitorInput(data={"a": None, "$phone": "+1"})
        )
        changed = api.visitors_service_update(visitor_id, body)
        assert (changed.phone, [fact.key for fact in changed.attributes or []]) == ("+1", ["b"])
        assert api.visitors_service_delete_attribute(visitor_id, "b").success is True
        assert api.visitors_service_delete(visitor_id).success is True
        with pytest.raises(NotFoundException):
            api.visitors_service_get(visitor_id)
        events = linkbreakers.EventsApi(client).events_service_list_events().var_json
        assert events is not None
        assert events.total_count == 3
        assert "" in {event.visitor_id for event in events.events or []}

    await run(served, work)


async def test_attributes_have_figures(served: str, link: dict[str, Any]) -> None:
    """Average, spread and single values of what visitors told."""

    def work(client: linkbreakers.ApiClient) -> None:
        for number, rating in enumerate((5, 4, 4)):
            identify(client, None, S_email=f"n{number}@example.com", rating=rating)
        identify(client, None, S_email=ADA)
        api = linkbreakers.AnalyticsDataApi(client)
        metric = api.analytics_data_service_get_attribute_metric(
            linkbreakers.GetAttributeMetricRequest(key="rating")
        )
        assert (metric.audience_count, metric.total_count, metric.usable_count) == (4, 3, 3)
        assert (metric.coverage_rate, metric.min_value, metric.max_value) == (75.0, 4, 5)
        spread = api.analytics_data_service_get_attribute_distribution(
            linkbreakers.GetAttributeDistributionRequest(key="rating")
        )
        assert [(row.label, row.visitor_count, row.percentage) for row in spread.data or []] == [
            ("4", 2, 66.7),
            ("5", 1, 33.3),
        ]
        values = api.analytics_data_service_get_attribute_values(
            linkbreakers.GetAttributeValuesRequest(key="rating", limit=2)
        )
        assert ([entry.value for entry in values.data or []], values.total) == (["4", "4"], 3)

    await run(served, work)


async def test_a_publishable_token_learns_nothing(served: str, link: dict[str, Any]) -> None:
    """It stands in the source of a page: it may say who came, not read who is known."""

    def make(client: linkbreakers.ApiClient) -> str:
        identify(client, None, S_email=ADA, plan="pro")
        request = linkbreakers.CreateWorkspaceTokenRequest(
            name="page", keyType="WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE"
        )
        api = linkbreakers.WorkspaceTokensApi(client)
        return api.workspace_tokens_service_create(request).access_token or ""

    def work(client: linkbreakers.ApiClient) -> None:
        answer = identify(client, LBID, S_email=ADA, plan="none")
        assert answer.created is False
        assert answer.visitor is not None
        assert answer.visitor.attributes == []
        api = linkbreakers.VisitorsApi(client)
        for call in (api.visitors_service_get, api.visitors_service_delete):
            with pytest.raises(linkbreakers.exceptions.ForbiddenException):
                call(answer.visitor.id or "")

    await run(served, work, await run(served, make))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "lbid"),
        ({"lbid": "nothing of ours"}, "lbid"),
        ({"visitor": {"data": {"$shoe": "1"}}}, "visitor.data"),
        ({"visitor": {"data": {"$email": 7}}}, "visitor.data"),
        ({"visitor": {"data": {"$email": ADA, "a": {"deep": 1}}}}, "visitor.data"),
    ],
)
async def test_what_says_nothing_is_refused(
    client: httpx.AsyncClient, world: World, body: dict[str, Any], field: str
) -> None:
    """400 naming the member in the vendor's words."""
    answer = await client.post("/v1/visitor/identify", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"].startswith(field)


async def test_visitors_are_sorted_by_their_visits(
    served: str, link: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who came most comes first, page by page; beyond those that are counted, the rest follow as they were made."""
    monkeypatch.setattr(limits, "VISITORS_SORTED_MAX", 3)

    def work(client: linkbreakers.ApiClient) -> list[list[str]]:
        for number in range(3):
            identify(client, None, S_email=f"n{number}@example.com")
        identify(client, LBID, S_email=ADA)
        identify(client, None, S_email="last@example.com")
        api, fields = linkbreakers.VisitorsApi(client), linkbreakers.VisitorSortField
        found = []
        for field in (
            fields.VISITOR_SORT_FIELD_VISIT_COUNT,
            fields.VISITOR_SORT_FIELD_DEVICE_COUNT,
            fields.VISITOR_SORT_FIELD_QRCODE_COUNT,
        ):
            token, emails = None, []
            while token != "":
                page = api.visitors_service_list(sort_field=field, page_size=2, page_token=token).var_json
                assert page is not None
                assert page.total_count == 5
                emails += [visitor.email or "" for visitor in page.visitors or []]
                token = page.next_page_token
            found.append(emails)
        return found

    by_visits = [ADA, "last@example.com", "n2@example.com", "n1@example.com", "n0@example.com"]
    assert await run(served, work) == [by_visits] * 3
