"""Events: the article's flat list and file, the client's wrapped ones, from a real store of scans."""

import csv
import io
from typing import Any

import httpx
import linkbreakers
from tests.contract.linkbreakers.test_sdk import run

from waypost.control.dialects.linkbreakers.mapping.events import COLUMNS

TARGET = "https://example.com/landing-page"


async def test_the_articles_list_is_flat_and_newest_first(
    client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """`events`, `total_count`, `has_more`, `next_page_token` at the top level."""
    answer = await client.get(
        "/v1/events/list",
        params={
            "start_date": "2024-01-01T00:00:00Z",
            "end_date": "2027-01-31T23:59:59Z",
            "link_id": link["id"],
            "page_size": "100",
            "include": "visitor,device,link,leadScore",
        },
    )
    body = answer.json()
    assert (body["total_count"], body["has_more"], body["next_page_token"]) == (3, False, "")
    assert [event["action"] for event in body["events"]] == ["ACTION_CLICK", "ACTION_SCAN", "ACTION_SCAN"]
    assert [event["visit_type"] for event in body["events"]][1:] == [
        "VISIT_TYPE_RETURNING",
        "VISIT_TYPE_FIRST",
    ]
    robot, person = body["events"][:2]
    assert robot["device"]["device_actor"] == "DEVICE_ACTOR_BOT"
    device = person["device"]
    assert (device["device_type"], device["device_actor"]) == ("DEVICE_TYPE_DESKTOP", "DEVICE_ACTOR_HUMAN")
    assert (device["country"], device["city"], device["platform_name"]) == ("FR", "Lyon", "Windows")
    assert device["ip_address"] == ""
    assert person["visitor"]["id"] == person["visitor_id"] != ""
    assert person["visitor"]["email"] == ""
    assert person["link"]["name"] == "=Launch"
    assert person["lead_score"] is None
    assert person["destination"] == TARGET


async def test_nothing_comes_along_unasked(client: httpx.AsyncClient, link: dict[str, Any]) -> None:
    """Relations cost bytes."""
    event = (await client.get("/v1/events/list")).json()["events"][0]
    assert not {"visitor", "device", "link", "workspace", "journey"} & set(event)


async def test_pages_of_events_follow_each_other(client: httpx.AsyncClient, link: dict[str, Any]) -> None:
    """Every event once."""
    first = (await client.get("/v1/events/list?page_size=2")).json()
    assert (len(first["events"]), first["has_more"]) == (2, True)
    second = (await client.get(f"/v1/events/list?page_size=2&page_token={first['next_page_token']}")).json()
    assert (len(second["events"]), second["has_more"]) == (1, False)
    ids = [event["id"] for event in first["events"] + second["events"]]
    assert len(set(ids)) == 3


async def test_a_time_is_inclusive_and_checked(client: httpx.AsyncClient, link: dict[str, Any]) -> None:
    """What lies outside is not told; a time that ends before it begins is refused."""
    past = {"start_date": "2020-01-01T00:00:00.000000+0000", "end_date": "2020-12-31T00:00:00Z"}
    assert (await client.get("/v1/events/list", params=past)).json()["events"] == []
    wrong = {"start_date": "2024-01-02T00:00:00Z", "end_date": "2024-01-01T00:00:00Z"}
    answer = await client.get("/v1/events/list", params=wrong)
    assert answer.json()["details"][0]["field"] == "end_date"
    for unknown in ("nobody", "01920000-0000-7000-8000-000000000000"):
        assert (await client.get("/v1/events/list", params={"link_id": unknown})).json()["total_count"] == 0


async def test_the_articles_export_is_a_file(client: httpx.AsyncClient, link: dict[str, Any]) -> None:
    """A header that people can read, and no cell that a spreadsheet would compute."""
    answer = await client.get("/v1/events/list?response_format=RESPONSE_FORMAT_CSV&page_size=2")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.text.startswith("Event ID,Scanned at,Action,")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 2
    assert set(rows[0]) == set(COLUMNS)
    assert rows[1]["Link name"] == "'=Launch"
    assert rows[1]["Country"] == "FR"
    rest = await client.get(
        "/v1/events/list",
        params={
            "response_format": "RESPONSE_FORMAT_CSV",
            "page_size": "2",
            "page_token": answer.headers["x-next-page-token"],
        },
    )
    assert len(list(csv.DictReader(io.StringIO(rest.text)))) == 1
    assert rest.headers["x-next-page-token"] == ""


async def test_the_vendors_client_reads_both_forms(served: str, link: dict[str, Any]) -> None:
    """It looks inside `json` or `csv`, and throws on any enumeration it does not know."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.EventsApi(client)
        include = ["visitor", "device", "link", "workspace", "journey"]
        found = api.events_service_list_events(page_size=10, include=include, link_id=link["id"]).var_json
        assert found is not None
        assert found.total_count == 3
        events = found.events or []
        assert [event.action for event in events] == [
            linkbreakers.Action.ACTION_CLICK,
            linkbreakers.Action.ACTION_SCAN,
            linkbreakers.Action.ACTION_SCAN,
        ]
        assert events[1].device is not None
        assert events[1].device.country == "FR"
        assert events[1].journey is not None
        assert events[1].journey.completed is True
        wrapped = api.events_service_list_events(
            response_format=linkbreakers.ResponseFormat.RESPONSE_FORMAT_CSV
        ).csv
        assert wrapped is not None
        assert (wrapped.csv_data or "").startswith("Event ID,")

    await run(served, work)


async def test_events_without_analytics_ask_for_patience(client: httpx.AsyncClient) -> None:
    """503 with Retry-After in the vendor's shape, not a page that looks empty."""
    answer = await client.get("/v1/events/list")
    assert (answer.status_code, answer.json()["codeType"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["retry-after"]) >= 1
