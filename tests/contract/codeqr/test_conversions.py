"""Leads, sales, customers, analytics and events: through the relative's client, over a real scan store."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from dub import Dub
from dub.models import errors
from tests.analytics.counting import Bench
from tests.contract.codeqr.conftest import CLICK, OTHER_CLICK, visit
from tests.contract.codeqr.test_dub_client import run
from tests.contract.codeqr.test_links import make
from tests.contract.exchanges import play, read_exchanges
from tests.contract.world import World

from waypost.control.core import links
from waypost.control.dialects.codeqr import ids
from waypost.control.dialects.codeqr.schemas_analytics import GroupBy
from waypost.control.store import events

UNREADABLE = {
    "top_domains", "top_link_tags", "top_folders",
    "utm_sources", "utm_mediums", "utm_campaigns", "utm_terms", "utm_contents",
}  # fmt: skip
"""Groupings whose rows the client throws at, whatever they hold."""


async def sell(client: httpx.AsyncClient) -> None:
    """One lead and two sales of one customer, one lead of another."""
    for click, customer in ((CLICK, "c1"), (OTHER_CLICK, "c2")):
        lead = {
            "clickId": click.hex(),
            "eventName": "Sign up",
            "customerExternalId": customer,
            "customerName": f"Customer {customer}",
        }
        answer = await client.post("/track/lead", json=lead)
        assert answer.status_code == 200, answer.text
    for invoice, amount in (("inv-1", 1000), ("inv-2", 500)):
        sale = {
            "customerExternalId": "c1",
            "amount": amount,
            "invoiceId": invoice,
            "metadata": {"n": invoice},
        }
        for _ in range(2):  # a retry counts nothing
            assert (await client.post("/track/sale", json=sale)).status_code == 200


async def test_the_client_tracks_a_lead_and_a_sale(
    served: str, client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """From the click that a destination received to the sums on the link."""

    def work(dub: Dub) -> None:
        lead = dub.track.lead(
            request={
                "click_id": CLICK.hex(),
                "event_name": "Sign up",
                "customer_external_id": "c1",
                "customer_name": "Ada",
                "customer_email": "ada@shop.example",
            }
        )
        assert lead is not None
        assert lead.link is not None
        assert (lead.click.id, lead.link.id, lead.customer.email) == (
            CLICK.hex(),
            link["id"],
            "ada@shop.example",
        )
        sold: Any = {
            "customer_external_id": "c1",
            "amount": 2999,
            "currency": "eur",
            "invoice_id": "inv-7",
            "payment_processor": "stripe",
            "metadata": {"plan": "pro"},
        }
        sale = dub.track.sale(request=sold)
        assert sale is not None
        assert sale.customer is not None
        assert sale.sale is not None
        assert (sale.event_name, sale.customer.name, sale.sale.amount) == ("Purchase", "Ada", 2999)
        assert (sale.sale.payment_processor, sale.sale.invoice_id) == ("stripe", "inv-7")
        unknown = dub.track.sale(request={"customer_external_id": "nobody", "amount": 1})
        assert unknown is not None
        assert (unknown.customer, unknown.sale) == (None, None)
        with pytest.raises(errors.NotFound):
            dub.track.lead(
                request={"click_id": "ff" * 16, "event_name": "Sign up", "customer_external_id": "c3"}
            )

    await run(served, work)
    shown = (await client.get(f"/links/{link['id']}")).json()
    assert [shown[name] for name in ("leads", "sales", "saleAmount", "conversions")] == [1, 1, 2999, 1]


async def test_what_is_told_twice_counts_once(
    client: httpx.AsyncClient, world: World, link: dict[str, Any]
) -> None:
    """Shops retry; the sums, the webhooks and the lists hold each lead and each invoice once."""
    await sell(client)
    await sell(client)
    shown = (await client.get("/links/info", params={"domain": "go.example", "key": "spring"})).json()
    assert [shown[name] for name in ("leads", "sales", "saleAmount", "conversions")] == [2, 2, 1500, 1]
    async with world.control.database.read() as tx:
        told = [
            each for each in await events.after(tx, 0, 1000) if each.type in ("lead.created", "sale.created")
        ]
    assert [each.type for each in told] == ["lead.created"] * 2 + ["sale.created"] * 2
    assert told[2].data["click"]["country"] == "DE"
    assert told[2].data["customer"]["external_id"] == "c1"


async def test_leads_wait_for_their_customer_and_may_be_several(
    client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """`deferred` keeps the click; the lead is recorded when the customer comes back without one."""
    body = {"clickId": CLICK.hex(), "eventName": "Trial", "customerExternalId": "c1", "mode": "deferred"}
    assert (await client.post("/track/lead", json=body)).json()["link"] is None
    assert (await client.get(f"/links/{link['id']}")).json()["leads"] == 0
    later = {"clickId": "", "eventName": "Trial", "customerExternalId": "c1", "eventQuantity": 3}
    assert (await client.post("/track/lead", json=later)).json()["link"]["id"] == link["id"]
    assert (await client.get(f"/links/{link['id']}")).json()["leads"] == 3
    unknown = await client.post("/track/lead", json={**later, "customerExternalId": "c2"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    wrong = await client.post("/track/sale", json={"customerExternalId": "c1", "amount": -1})
    assert (wrong.status_code, wrong.json()["error"]["message"].partition(":")[0]) == (422, "amount")


async def test_a_lead_may_be_told_before_its_click_arrives(
    client: httpx.AsyncClient, world: World, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The destination's page tells of a sign-up while the visit is still on its way from the edge."""
    made = await make(client)
    refused, ask = asyncio.Event(), world.control.bus.request

    async def request(subject: str, payload: bytes) -> bytes:
        reply = await ask(subject, payload)
        refused.set()
        return reply

    monkeypatch.setattr(world.control.bus, "request", request)
    lead = {"clickId": CLICK.hex(), "eventName": "Sign up", "customerExternalId": "c1"}
    telling = asyncio.create_task(client.post("/track/lead", json=lead))
    await asyncio.wait_for(refused.wait(), 30)
    bench.count_scans([visit(world, made["id"], 1, click_id=CLICK)])
    answer = await telling
    assert answer.status_code == 200, answer.text
    assert answer.json()["link"]["id"] == made["id"]


async def test_the_client_keeps_customers(
    served: str, client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """They are known from their leads and sales, found, changed and forgotten."""
    await sell(client)

    def work(dub: Dub) -> None:
        best_first: Any = {"include_expanded_fields": True, "sort_by": "saleAmount"}
        listed = dub.customers.list(request=best_first)
        assert listed is not None
        first, second = listed.result
        assert (first.external_id, first.sales, first.sale_amount) == ("c1", 2, 1500)
        assert first.link
        assert first.link.id == link["id"]
        assert (second.external_id, second.sales, second.first_sale_at) == ("c2", 0, None)
        found = dub.customers.get(request={"id": "ext_c2"})
        assert found.id == second.id
        changed = dub.customers.update(
            request={
                "id": found.id,
                "request_body": {"email": "b@shop.example", "stripe_customer_id": "cus_9"},
            }
        )
        assert (changed.email, changed.stripe_customer_id, changed.name) == (
            "b@shop.example",
            "cus_9",
            "Customer c2",
        )
        with pytest.raises(errors.Conflict):
            dub.customers.update(request={"id": found.id, "request_body": {"external_id": "c1"}})
        one = dub.customers.list(request={"search": "SHOP.EX"})
        assert one is not None
        assert [each.id for each in one.result] == [found.id]
        assert dub.customers.delete(id=found.id).id == found.id
        with pytest.raises(errors.NotFound):
            dub.customers.get(request={"id": found.id})

    await run(served, work)
    assert (await client.get(f"/links/{link['id']}")).json()["leads"] == 2


@pytest.mark.parametrize("sort_by", ["createdAt", "saleAmount", "firstSaleAt"])
async def test_customers_are_paged_by_their_neighbours(
    client: httpx.AsyncClient, link: dict[str, Any], sort_by: str
) -> None:
    """As the newest clients of the relative page: the last customer of a page names where the next begins."""
    await sell(client)
    ordered = {"sortBy": sort_by, "sortOrder": "asc"}
    every = [each["id"] for each in (await client.get("/customers", params=ordered)).json()]

    async def beside(**neighbour: str) -> list[str]:
        answer = await client.get("/customers", params={**ordered, "pageSize": "1", **neighbour})
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()]

    first, second = every
    assert await beside() == [first]
    assert await beside(startingAfter=first) == [second]
    assert await beside(startingAfter=second) == []
    assert await beside(endingBefore=second) == [first]
    assert await beside(endingBefore=first) == []
    assert (await client.get(f"/customers?startingAfter={link['id']}")).status_code == 404
    both = {"startingAfter": first, "endingBefore": second}
    assert (await client.get("/customers", params=both)).status_code == 422


async def test_figures_by_everything_the_relative_knows(
    client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """People only; leads and sales belong to the visit they came from."""
    await sell(client)

    async def ask(**params: str) -> Any:
        answer = await client.get("/analytics", params={"event": "composite", **params})
        assert answer.status_code == 200, answer.text
        return answer.json()

    everything = {"clicks": 3, "leads": 2, "sales": 2, "saleAmount": 1500}
    assert await ask() == everything
    germany = {"clicks": 1, "leads": 1, "sales": 2, "saleAmount": 1500}
    assert await ask(country="de") == await ask(trigger="qr") == await ask(qr="true") == germany
    assert await ask(country="-DE") == {"clicks": 2, "leads": 1, "sales": 0, "saleAmount": 0}
    assert await ask(country="DE,FR", linkId=link["id"]) == {**everything, "clicks": 2}
    assert await ask(linkId=f"-{link['id']}") == await ask(trigger="pageview") == dict.fromkeys(everything, 0)
    assert await ask(tagId=link["tags"][0]["id"], domain="go.example", key="spring") == everything
    assert (
        await ask(tenantId="nobody")
        == await ask(interval="7d", tagIds="-shoes")
        == dict.fromkeys(everything, 0)
    )
    rows = {by: await ask(groupBy=by) for by in get_args(GroupBy)}
    assert rows["countries"][0] == {"country": "DE", "region": "*", "city": "*", **germany}
    assert rows["cities"][0] == {"country": "DE", "region": "DE-BE", "city": "Berlin", **germany}
    assert rows["continents"] == [{"continent": "EU", **everything, "clicks": 2}]
    for path in ("/analytics", "/events"):
        refused = await client.get(path, params={"event": "sales", "saleType": "new"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unprocessable_entity")
    assert {row["device"]: row["clicks"] for row in rows["devices"]} == {"Mobile": 1, "Desktop": 2}
    assert {row["trigger"]: row["clicks"] for row in rows["triggers"]} == {"qr": 1, "link": 2}
    assert {row["referer"]: row["clicks"] for row in rows["referers"]} == {"(direct)": 2, "news.example": 1}
    assert {row["utm_source"] for row in rows["utm_sources"]} == {"", "news"}
    assert {row["eventName"]: (row["leads"], row["sales"]) for row in rows["event_names"]} == {
        "Sign up": (2, 0),
        "Purchase": (0, 2),
    }
    assert [(row["id"], row["shortLink"]) for row in rows["top_links"]] == [(link["id"], link["shortLink"])]
    assert rows["top_urls"] == [{"url": link["url"], **everything}]
    assert rows["top_base_urls"] == [{"url": "https://shop.example/p", **everything}]
    assert rows["top_domains"] == [{"domain": "go.example", **everything}]
    assert (rows["top_link_tags"][0]["name"], rows["top_folders"][0]["folderId"]) == ("shoes", None)
    hours = {row["start"]: row["clicks"] for row in rows["timeseries"]}
    assert len(hours) == 24
    assert sorted(hours.values())[-2:] == [1, 2]
    assert sum(row["saleAmount"] for row in rows["timeseries"]) == 1500
    assert len(await ask(groupBy="timeseries", interval="30d")) in (30, 31)
    assert [
        row["country"] for row in (await client.get("/analytics?event=sales&groupBy=countries")).json()
    ] == ["DE"]


async def test_the_client_reads_every_answer(
    served: str, client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """Its models are strict: seven continents, four triggers, every member of a click. For some groupings that
    it names it has no model itself."""
    await sell(client)

    def work(dub: Dub) -> None:
        for by in sorted(set(get_args(GroupBy)) - UNREADABLE):
            wanted: Any = {"event": "composite", "group_by": by, "interval": "7d"}
            assert dub.analytics.retrieve(request=wanted) is not None
        for kind, count in (("clicks", 3), ("leads", 2), ("sales", 2)):
            every: Any = {"event": kind, "interval": "all"}
            listed = dub.events.list(request=every)
            assert listed is not None
            assert [each.link.id for each in listed] == [link["id"]] * count
        oldest: Any = {"event": "sales", "limit": 1, "sort_order": "asc"}
        sale = dub.events.list(request=oldest)
        assert sale is not None
        only: Any = sale[0]
        assert (only.sale.amount, only.sale.invoice_id, only.customer.external_id) == (1000, "inv-1", "c1")
        assert (only.click.qr, only.click.country, only.click.device) == (True, "DE", "Mobile")
        wrong: Any = {"timezone": "Mars/Olympus"}
        with pytest.raises(errors.UnprocessableEntity):
            dub.analytics.retrieve(request=wrong)

    await run(served, work)


async def test_events_are_paged_sorted_and_narrowed(client: httpx.AsyncClient, link: dict[str, Any]) -> None:
    """Pages follow each other in both directions; robots are in none."""
    await sell(client)

    async def ask(**params: str) -> list[dict[str, Any]]:
        answer = await client.get("/events", params=params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    newest = await ask()
    assert [each["event"] for each in newest] == ["click"] * 3
    pages = [(await ask(page=str(number), limit="1"))[0] for number in (1, 2, 3)]
    assert pages == newest
    assert await ask(sortOrder="asc") == newest[::-1]
    assert await ask(page="4", limit="1") == []
    assert [each["country"] for each in await ask(country="DE")] == ["DE"]
    assert [each["customer"]["externalId"] for each in await ask(event="leads", customerId="ext_c2")] == [
        "c2"
    ]
    at = datetime.fromisoformat(newest[0]["timestamp"])
    assert at < datetime.now(UTC)
    deep = await client.get("/events?page=21&limit=1000")
    assert (deep.status_code, deep.json()["error"]["message"].partition(":")[0]) == (422, "page")


async def test_documented_exchanges_about_visits_are_answered_as_documented(
    client: httpx.AsyncClient, link: dict[str, Any]
) -> None:
    """Leads, sales, figures, events and customers of a link that was visited."""
    exchanges = read_exchanges(Path(__file__).parent / "golden" / "visited" / "conversions.json")
    assert await play(client, exchanges, {"link": link["id"]}) == len(exchanges) > 0


async def test_without_analytics_lists_go_on_and_figures_say_so(client: httpx.AsyncClient) -> None:
    """A shop that cannot be told now must retry; links are shown all the same."""
    made = await make(client)
    refused = await client.get("/analytics")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "internal_server_error")
    assert (await client.get(f"/links/{made['id']}")).json()["leads"] == 0


async def test_links_are_counted_by_who_made_them(client: httpx.AsyncClient) -> None:
    """`groupBy=userId` of the count."""
    made = await make(client)
    await make(client)
    counted = (await client.get("/links/count?groupBy=userId")).json()
    assert counted == [{"userId": made["userId"], "_count": 2}]


async def test_events_tell_where_a_visit_was_led(
    client: httpx.AsyncClient, world: World, bench: Bench
) -> None:
    """Two destinations share a link, so the link's own address would be wrong for one of them."""
    made = await make(client, ios="https://example.com/ios", utm_source="news")
    async with world.control.database.read() as tx:
        kept = await links.get_link(tx, world.actor, ids.native(ids.LINK, made["id"]))
    bench.count_scans(
        [
            visit(world, made["id"], 1, rule_id=kept.link.rules[0].id),
            visit(world, made["id"], 2),
        ]
    )
    told = (await client.get("/events", params={"interval": "24h"})).json()
    assert [each["click"]["url"] for each in told] == [
        "https://example.com/?utm_source=news",
        "https://example.com/ios?utm_source=news",
    ]
