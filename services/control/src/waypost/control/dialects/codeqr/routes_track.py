"""`/track/lead` and `/track/sale`: recorded by analytics, counted and announced here."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from waypost.control.core import customers, link_views
from waypost.control.core.conversions import keep_conversion
from waypost.control.dialects.codeqr import limits
from waypost.control.dialects.codeqr.errors import ClickNotFound
from waypost.control.dialects.codeqr.mapping_conversions import (
    lead_customer,
    lead_link,
    said_of_customer,
    sale,
    sale_customer,
    to_leads,
    to_sale,
)
from waypost.control.dialects.codeqr.questions import scan_of
from waypost.control.dialects.codeqr.reading import read
from waypost.control.dialects.codeqr.schemas_conversions import (
    ClickId,
    LeadOut,
    SaleOut,
    TrackLead,
    TrackSale,
)
from waypost.control.model.customers import Customer, WriteCustomer
from waypost.control.model.faults import Invalid
from waypost.control.model.links import LinkView
from waypost.control.store import customers as stored_customers
from waypost.control.surface.call import Call, Caller, answer
from waypost.control.surface.conversions import record_conversion
from waypost.wire.conversion import ConversionV1, RecordConversion
from waypost.wire.ids import to_bytes, to_text

TAGS = ["Track"]
_CLICK = "click_id"
_LOOK_AGAIN_S = 0.2


@post("/track/lead", scope="conversions:write", operation_id="trackLead", tags=TAGS, status_code=200)
async def track_lead(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[LeadOut]:
    """Record a lead: the click that brought somebody led to a sign-up, say."""
    body = read(data, TrackLead)
    known = await _customer(call, body.customer_external_id)
    click_id = body.click_id.lower() or (known.click_id if known else "")
    if not click_id:
        raise ClickNotFound(body.click_id)
    if body.mode == "deferred":
        said = msgspec.structs.replace(said_of_customer(body), click_id=click_id)
        async with call.control.database.write() as tx:
            customer = await customers.know_customer(
                tx, call.actor.workspace_id, body.customer_external_id, said
            )
        return _shown(LeadOut(ClickId(click_id), None, lead_customer(customer)))
    commands = to_leads(body, to_bytes(call.actor.workspace_id), click_id, call.now_ms)
    made = [await _record(call, command, said_of_customer(body)) for command in commands]
    customer, link = await _keep(call, made, said_of_customer(body))
    shown = None if link is None else lead_link(link)
    return _shown(LeadOut(ClickId(made[0].click_id), shown, lead_customer(customer)))


@post("/track/sale", scope="conversions:write", operation_id="trackSale", tags=TAGS, status_code=200)
async def track_sale(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[SaleOut]:
    """Record a sale of a customer who is known from a lead, or whose click is named."""
    body = read(data, TrackSale)
    known = await _customer(call, body.customer_external_id)
    if known is None and not body.click_id:
        return _shown(SaleOut(event_name=body.event_name, customer=None, sale=None))
    click_id = (body.click_id or "").lower() or (known.click_id if known else "")
    new_id = call.control.database.random_bytes(10).hex()
    command = to_sale(body, to_bytes(call.actor.workspace_id), click_id, call.now_ms, new_id)
    said = said_of_customer(body)
    customer, _link = await _keep(call, [await _record(call, command, said)], said)
    shown = SaleOut(event_name=body.event_name, customer=sale_customer(customer), sale=sale(body))
    return _shown(shown)


async def _customer(call: Call, external_id: str) -> Customer | None:
    return await call.read(
        lambda tx: stored_customers.by_external_id(tx, call.actor.workspace_id, external_id)
    )


async def _record(call: Call, command: RecordConversion, said: WriteCustomer) -> ConversionV1:
    """What analytics stored. Waits a little for a click that is still on its way from the edge. Raises
    ClickNotFound, Unavailable."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + limits.CLICK_WAITED_FOR_S
    while True:
        try:
            return await record_conversion(call.control, command, said)
        except Invalid as fault:
            if fault.field != _CLICK:
                raise
            if loop.time() >= deadline_s:
                raise ClickNotFound(command.click_id) from fault
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _keep(
    call: Call, made: list[ConversionV1], said: WriteCustomer
) -> tuple[Customer, LinkView | None]:
    """Count and announce conversions of one customer; the customer, and the link they are owed to."""
    click = await scan_of(call, made[0])
    workspace_id, link_id = call.actor.workspace_id, to_text(made[0].link_id) if made[0].link_id else ""
    async with call.control.database.write() as tx:
        for each in made:
            await keep_conversion(tx, each, customer=said, click=click)
        customer = await customers.know_customer(tx, workspace_id, made[0].customer_id, WriteCustomer())
        found = await link_views.known(tx, call.actor, [link_id] if link_id else [])
    return customer, found.get(link_id)


def _shown(body: LeadOut | SaleOut) -> Response[Any]:
    return answer(msgspec.json.encode(body))


HANDLERS = [track_lead, track_sale]
