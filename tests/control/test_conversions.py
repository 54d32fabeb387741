"""Leads and sales through the front door: recorded once, attributed, and told whatever dies."""

from typing import Any

import pytest
from tests.control.clock import Clock
from tests.control.test_reports import World, bench, control, threads, world

from waypost.control import limits
from waypost.control.jobs.conversions import PendingConversions
from waypost.control.model.customers import Earned, WriteCustomer
from waypost.control.model.events import Event
from waypost.control.model.faults import Unavailable
from waypost.control.store import conversions, pending_conversions
from waypost.control.store import events as stored_events
from waypost.control.store.database import Database
from waypost.control.store.pending_conversions import Pending
from waypost.control.surface.control import Control
from waypost.wire.conversion import ConversionV1, RecordConversion

__all__ = ["bench", "control", "threads", "world"]  # the fixtures


async def test_a_sale_that_was_stored_and_not_told_is_told_when_it_is_sent_again(
    world: World, control: Control, database: Database
) -> None:
    """The API may die between analytics' answer and its own; the shop then asks once more."""
    command = RecordConversion(
        workspace_id=world.workspace, conversion="sale", external_id="i2", at_ms=world.now_ms,
        event_name="Purchase", click_id="01" * 8, customer_id="c9", amount=700, currency="eur",
    )  # fmt: skip
    await control.bus.ask(command, ConversionV1)
    body = {"kind": "sale", "external_id": "i2", "event_name": "Purchase"}
    for _ in range(2):
        assert (await world.client.post("/v1/conversions", json=body)).status_code == 200
    async with database.read() as tx:
        told = [event for event in await stored_events.after(tx, 0, 1000) if event.type == "sale.created"]
        earned = await conversions.of_links(tx, [world.ids[0]])
    assert [event.data["customer"]["external_id"] for event in told] == ["c9"]
    assert earned == {world.ids[0]: Earned(sales=1, buyers=1, amounts=(("eur", 700),))}


@pytest.mark.parametrize("reached", [False, True])
async def test_a_sale_whose_process_died_is_told_by_the_worker(
    world: World, control: Control, database: Database, clock: Clock, reached: bool
) -> None:
    """A shop may never ask again; whether analytics had heard of the sale or not, it is told once."""
    command = RecordConversion(
        workspace_id=world.workspace, conversion="sale", external_id="i3", at_ms=world.now_ms,
        event_name="Purchase", click_id="01" * 8, amount=700, currency="eur",
    )  # fmt: skip
    job = PendingConversions(database, control.bus.ask)
    async with database.write() as tx:
        await pending_conversions.put(tx, Pending(command), tx.now_ms + limits.CONVERSION_OVERDUE_MS)
    if reached:
        await control.bus.ask(command, ConversionV1)
    await job.step()
    assert await told_sales(database) == []  # its process may still be at it
    clock.advance(seconds=31)
    await job.step()
    assert [event.data["conversion"]["external_id"] for event in await told_sales(database)] == ["i3"]
    body = {"kind": "sale", "external_id": "i3", "event_name": "Purchase"}
    assert (await world.client.post("/v1/conversions", json=body)).status_code == 200
    clock.advance(seconds=31)
    await job.step()
    assert len(await told_sales(database)) == 1


async def test_the_worker_tells_what_the_dead_process_would_have_told(
    world: World, control: Control, database: Database, clock: Clock
) -> None:
    """Who reads the webhook must see the same customer and the same visit, whoever sent it."""
    command = RecordConversion(
        workspace_id=world.workspace, conversion="sale", external_id="i5", at_ms=world.now_ms,
        event_name="Purchase", click_id="01" * 8, customer_id="c5", amount=700, currency="eur",
    )  # fmt: skip
    said = WriteCustomer(name="Ada", email="ada@example.com")
    async with database.write() as tx:
        await pending_conversions.put(tx, Pending(command, said), tx.now_ms)
    clock.advance(seconds=1)
    await PendingConversions(database, control.bus.ask).step()
    (event,) = await told_sales(database)
    assert (event.data["customer"]["name"], event.data["customer"]["email"]) == ("Ada", "ada@example.com")
    assert event.data["click"]["id"] == "01" * 8


async def test_a_sale_taken_while_analytics_is_away_is_told_when_it_is_back(
    world: World, control: Control, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller got 503 and may be gone; what was refused for good is not tried for ever."""
    answers = control.bus.ask

    async def away(*_: object) -> Any:
        raise Unavailable("Analytics")

    body = {"kind": "sale", "external_id": "i4", "event_name": "Purchase"}
    with monkeypatch.context() as patch:
        patch.setattr(control.bus, "ask", away)
        assert (await world.client.post("/v1/conversions", json=body)).status_code == 503
        job = PendingConversions(database, away)
        clock.advance(seconds=31)
        await job.step()
    refused = await world.client.post(
        "/v1/conversions", json={**body, "external_id": "x", "click_id": "ff" * 8}
    )
    assert refused.status_code == 422
    clock.advance(seconds=31)
    await PendingConversions(database, answers).step()
    assert [event.data["conversion"]["external_id"] for event in await told_sales(database)] == ["i4"]
    async with database.read() as tx:
        assert await pending_conversions.due(tx, 10) == []


async def told_sales(database: Database) -> list[Event]:
    """The sales that were announced."""
    async with database.read() as tx:
        return [event for event in await stored_events.after(tx, 0, 1000) if event.type == "sale.created"]


async def test_conversions_are_recorded_once_and_attributed(world: World) -> None:
    """The shop may retry; the report shows one sale, on the right link and variant."""
    body = {
        "kind": "lead",
        "external_id": "u1",
        "event_name": "signup",
        "click_id": "01010101-01010101",
        "customer_id": "c1",
    }
    first = await world.client.post("/v1/conversions", json=body)
    again = await world.client.post("/v1/conversions", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["link_id"] == again.json()["link_id"] == world.ids[0]
    assert (first.json()["variant_id"], first.json()["created"], again.json()["created"]) == (
        "a",
        True,
        False,
    )
    sale = {
        "kind": "sale",
        "external_id": "inv1",
        "event_name": "Purchase",
        "customer_id": "c1",
        "amount": 999,
    }
    assert (await world.client.post("/v1/conversions", json=sale)).status_code == 422
    assert (await world.client.post("/v1/conversions", json={**sale, "currency": "EUR"})).status_code == 201
    unknown = await world.client.post("/v1/conversions", json={**body, "external_id": "u2", "click_id": "ff"})
    assert (unknown.status_code, "click_id" in unknown.text) == (422, True)
    funnel = await world.get("/v1/analytics/funnel")
    assert (funnel["human"], funnel["leads"], funnel["buyers"], funnel["sales"]) == (4, 1, 1, 1)
    assert funnel["amounts"] == [{"currency": "eur", "amount": 999}]
    listed = await world.get("/v1/conversions", kind="sale")
    assert [each["external_id"] for each in listed["data"]] == ["inv1"]
    rows = await world.get("/v1/analytics/breakdown", dimension="variant", conversions=True)
    assert {row["values"]["variant"]: row["conversions"]["leads"] for row in rows["data"]} == {"": 0, "a": 1}
    trial = await world.get(f"/v1/analytics/links/{world.ids[0]}/experiment")
    assert (trial["winner"], [arm["variant"] for arm in trial["variants"]]) == (None, ["a"])
