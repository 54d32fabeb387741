"""Customers and what they bring: counted once, told apart by currency, found and sorted, on either database."""

import asyncio
from typing import Any

import pytest

from waypost.control.core import customers
from waypost.control.model.access import Actor
from waypost.control.model.customers import Earned, WriteCustomer
from waypost.control.model.faults import CustomerNotFound, ExternalIdTaken, Invalid
from waypost.control.store import conversions
from waypost.control.store.conversions import CountedConversion
from waypost.control.store.customers import CustomerFilter, CustomerSort
from waypost.control.store.database import Database

LINK = "0192f2aa-0b51-7d00-a4a1-53c0b8f7e901"


def conversion(actor: Actor, external_id: str, **more: Any) -> CountedConversion:
    """One sale of 100 cents, unless said otherwise."""
    values: dict[str, Any] = {
        "kind": "sale", "link_id": LINK, "customer_id": "c1", "amount": 100, "currency": "usd", "at_ms": 7,
    }  # fmt: skip
    return CountedConversion(workspace_id=actor.workspace_id, external_id=external_id, **{**values, **more})


async def test_sums_of_a_link_hold_each_conversion_once(database: Database, actor: Actor) -> None:
    """A retry adds nothing; currencies stand apart; a customer who buys twice is one buyer."""
    told = [
        conversion(actor, "lead-1", kind="lead", amount=0, currency=""),
        conversion(actor, "inv-1"),
        conversion(actor, "inv-1", amount=999),
        conversion(actor, "inv-2", amount=50, currency="eur"),
        conversion(actor, "inv-3", customer_id="c2"),
        conversion(actor, "inv-4", customer_id="", link_id=None),
    ]
    async with database.write() as tx:
        assert [await conversions.count(tx, each) for each in told] == [True, True, False, True, True, True]
    async with database.read() as tx:
        found = await conversions.of_links(tx, [LINK, actor.workspace_id])
        brought = await conversions.of_customers(tx, actor.workspace_id, ["c1", "nobody"])
    assert found == {LINK: Earned(leads=1, sales=3, buyers=2, amounts=(("eur", 50), ("usd", 200)))}
    assert brought == {
        "c1": Earned(leads=1, sales=2, buyers=1, amounts=(("eur", 50), ("usd", 100)), first_sale_ms=7)
    }
    assert (found[LINK].amount, Earned(amounts=(("eur", 5), ("jpy", 90))).amount, Earned().amount) == (
        200,
        90,
        0,
    )


async def test_purchases_at_once_are_of_one_buyer(database: Database, actor: Actor) -> None:
    """A shop tells of a cart as several sales at once; they are all of the same person."""

    async def sell(number: int) -> None:
        async with database.write() as tx:
            await conversions.count(tx, conversion(actor, f"inv-{number}"))

    await asyncio.gather(*(sell(number) for number in range(8)))
    async with database.read() as tx:
        found = await conversions.of_links(tx, [LINK])
    assert (found[LINK].sales, found[LINK].buyers) == (8, 1)


async def test_customers_are_known_changed_sorted_and_forgotten(database: Database, actor: Actor) -> None:
    """By the shop's own id, which stays unique; what they brought decides the order where that is asked for."""
    async with database.write() as tx:
        for number in (1, 2, 3):
            said = WriteCustomer(name=f"Ada {number}", email=f"ada{number}@shop.example")
            await customers.know_customer(tx, actor.workspace_id, f"c{number}", said)
        again = await customers.know_customer(tx, actor.workspace_id, "c2", WriteCustomer(country="PT"))
        await customers.credit_link(tx, again, LINK, "aa")
        await customers.credit_link(tx, again, LINK, "bb")
        for number, amount in ((2, 30), (3, 70)):
            await conversions.count(
                tx, conversion(actor, f"i{number}", customer_id=f"c{number}", amount=amount)
            )
    assert (again.name, again.country) == ("Ada 2", "PT")

    async def listed(**wanted: Any) -> list[str]:
        async with database.read() as tx:
            found = await customers.list_customers(tx, actor, CustomerFilter(**wanted))
        return [view.customer.external_id for view in found]

    assert await listed(sort="amount") == ["c3", "c2", "c1"]
    assert await listed(sort="first_sale", descending=False, limit=1) == ["c1"]
    assert await listed(search="ADA2@") == await listed(link_id=LINK) == await listed(country="PT") == ["c2"]
    assert await listed(search="%") == []
    async with database.write() as tx:
        with pytest.raises(ExternalIdTaken):
            await customers.update_customer(tx, actor, again.id, WriteCustomer(external_id="c1"))
        with pytest.raises(Invalid):
            await customers.update_customer(tx, actor, again.id, WriteCustomer(external_id=" "))
        renamed = await customers.update_customer(tx, actor, again.id, WriteCustomer(external_id="c9"))
        assert (renamed.customer.external_id, renamed.earned) == ("c9", Earned())
        await customers.delete_customer(tx, actor, again.id)
    async with database.read() as tx:
        with pytest.raises(CustomerNotFound):
            await customers.get_by_external_id(tx, actor, "c9")


@pytest.mark.parametrize("sort", ["created", "amount", "first_sale"])
async def test_a_page_begins_or_ends_beside_a_customer(
    database: Database, actor: Actor, sort: CustomerSort
) -> None:
    """Walked from either end in either direction, every customer comes once and in the order of the list."""
    async with database.write() as tx:
        for number in range(5):
            await customers.know_customer(tx, actor.workspace_id, f"c{number}", WriteCustomer())
            sold = conversion(
                actor, f"i{number}", customer_id=f"c{number}", amount=number % 2, at_ms=9 - number
            )
            await conversions.count(tx, sold)

    async def page(**wanted: Any) -> list[str]:
        async with database.read() as tx:
            found = await customers.list_customers(tx, actor, CustomerFilter(sort=sort, **wanted))
        return [view.customer.id for view in found]

    for descending in (True, False):
        every = await page(descending=descending)
        walked = [await page(descending=descending, after=each, limit=2) for each in every]
        assert walked == [every[n + 1 : n + 3] for n in range(5)]
        back = [await page(descending=descending, before=each, limit=2) for each in every]
        assert back == [every[max(n - 2, 0) : n] for n in range(5)]
    with pytest.raises(CustomerNotFound):
        await page(after=actor.workspace_id)


async def test_customers_of_another_workspace_do_not_exist(database: Database, actor: Actor) -> None:
    """Two shops may call different people by one id."""
    stranger = Actor(workspace_id="0192f2aa-0b51-7d00-a4a1-53c0b8f7e999", kind="key", id="k")
    async with database.write() as tx:
        known = await customers.know_customer(tx, actor.workspace_id, "c1", WriteCustomer(name="Ada"))
    async with database.read() as tx:
        assert await customers.list_customers(tx, stranger, CustomerFilter()) == []
        with pytest.raises(CustomerNotFound):
            await customers.get_customer(tx, stranger, known.id)
        assert await conversions.of_customers(tx, stranger.workspace_id, ["c1"]) == {}
