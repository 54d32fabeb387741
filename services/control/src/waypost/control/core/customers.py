"""Customers: known from the first lead or sale that names them, changed and forgotten on request."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control import limits
from waypost.control.model.access import Actor
from waypost.control.model.customers import Customer, CustomerView, Earned, WriteCustomer
from waypost.control.model.faults import CustomerNotFound, ExternalIdTaken, Invalid, TooLarge
from waypost.control.store import conversions, customers
from waypost.control.store.customers import CustomerFilter
from waypost.control.store.tx import Tx

_EXTERNAL = "external_id"


async def know_customer(tx: Tx, workspace_id: str, external_id: str, said: WriteCustomer) -> Customer:
    """The customer of a shop's own id, made when new; what is said of them anew is kept. Raises Invalid,
    TooLarge."""
    before = await customers.by_external_id(tx, workspace_id, external_id)
    if before is not None:
        return await _save(tx, before, said)
    if await customers.rows.count(tx, workspace_id) >= limits.CUSTOMERS_PER_WORKSPACE_MAX:
        raise TooLarge("customers", limits.CUSTOMERS_PER_WORKSPACE_MAX)
    made = Customer(
        id=tx.new_id(),
        workspace_id=workspace_id,
        external_id=_checked(_EXTERNAL, external_id),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        **_given(said),
    )
    await customers.rows.insert(tx, made, ExternalIdTaken(external_id))
    return made


async def credit_link(tx: Tx, customer: Customer, link_id: str, click_id: str) -> Customer:
    """Remember the link and the click that brought a customer; the first ones stay."""
    if customer.link_id is not None:
        return customer
    after = msgspec.structs.replace(customer, link_id=link_id, click_id=click_id or customer.click_id)
    await customers.rows.save(tx, after)
    return after


async def update_customer(tx: Tx, actor: Actor, customer_id: str, command: WriteCustomer) -> CustomerView:
    """Change what is known of a customer. Raises CustomerNotFound, ExternalIdTaken, Invalid."""
    before = await customers.rows.get(tx, actor.workspace_id, customer_id)
    wanted = command.external_id
    if wanted is not UNSET and wanted != before.external_id:
        # Leads and sales are kept under the shop's own id: a new one begins without them.
        if await customers.by_external_id(tx, actor.workspace_id, wanted) is not None:
            raise ExternalIdTaken(wanted)
        before = msgspec.structs.replace(before, external_id=_checked(_EXTERNAL, wanted))
    return await view(tx, await _save(tx, before, command))


async def delete_customer(tx: Tx, actor: Actor, customer_id: str) -> CustomerView:
    """Forget a customer; the counts stay. Raises CustomerNotFound."""
    found = await get_customer(tx, actor, customer_id)
    await customers.rows.remove(tx, customer_id)
    return found


async def get_customer(tx: Tx, actor: Actor, customer_id: str) -> CustomerView:
    """One customer. Raises CustomerNotFound."""
    return await view(tx, await customers.rows.get(tx, actor.workspace_id, customer_id))


async def get_by_external_id(tx: Tx, actor: Actor, external_id: str) -> CustomerView:
    """One customer by the shop's own id. Raises CustomerNotFound."""
    found = await customers.by_external_id(tx, actor.workspace_id, external_id)
    if found is None:
        raise CustomerNotFound(external_id)
    return await view(tx, found)


async def list_customers(tx: Tx, actor: Actor, wanted: CustomerFilter) -> list[CustomerView]:
    """A page of customers."""
    return await views(tx, actor.workspace_id, await customers.find(tx, actor.workspace_id, wanted))


async def views(tx: Tx, workspace_id: str, found: Sequence[Customer]) -> list[CustomerView]:
    """Customers with what they brought, in the same order."""
    earned = await conversions.of_customers(tx, workspace_id, [each.external_id for each in found])
    return [CustomerView(customer=each, earned=earned.get(each.external_id, Earned())) for each in found]


async def view(tx: Tx, customer: Customer) -> CustomerView:
    """One customer with what they brought."""
    return (await views(tx, customer.workspace_id, [customer]))[0]


async def _save(tx: Tx, before: Customer, said: WriteCustomer) -> Customer:
    after = msgspec.structs.replace(before, **_given(said))
    stored = await customers.by_external_id(tx, before.workspace_id, before.external_id)
    if after != stored:
        after = msgspec.structs.replace(after, updated_ms=tx.now_ms)
        await customers.rows.save(tx, after)
    return after


def _given(said: WriteCustomer) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in ("name", "email", "avatar", "country", "click_id"):
        if (value := getattr(said, name)) is not UNSET:
            given[name] = _checked(name, value)
    if said.extras is not UNSET:
        given["extras"] = said.extras
    return given


def _checked(field: str, text: str) -> str:
    longest = limits.URL_CHARACTERS_MAX if field == "avatar" else limits.CUSTOMER_CHARACTERS_MAX
    if len(text) > longest or "\x00" in text:
        raise Invalid(field, f"has at most {longest} characters")
    if field == _EXTERNAL and not text.strip():
        raise Invalid(field, "is empty")
    return text
