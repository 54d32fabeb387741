"""`GET /events`: clicks, leads and sales one by one."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from waypost.control.core import customers, link_views
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.mapping_conversions import to_customer
from waypost.control.dialects.codeqr.mapping_events import (
    click_event,
    conversion_event,
    customer_nobody_knows,
)
from waypost.control.dialects.codeqr.questions import Questions, questions, scan_of
from waypost.control.dialects.codeqr.routes_analytics import ASKED
from waypost.control.dialects.codeqr.routes_links import shown
from waypost.control.dialects.codeqr.schemas_analytics import Asked, EventKind
from waypost.control.dialects.codeqr.schemas_conversions import CustomerOut
from waypost.control.dialects.codeqr.schemas_events import EventOut
from waypost.control.model.faults import Invalid
from waypost.control.model.links import LinkView
from waypost.control.store import customers as stored_customers
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.wire.conversion import ConversionV1
from waypost.wire.ids import to_text

_ASKED_AT_ONCE = 8
Order = Literal["asc", "desc"]


@get("/events", scope="analytics:read", operation_id="listEvents", tags=["Events"], dependencies=ASKED)
async def list_events(
    call: Caller,
    asked: NamedDependency[Asked],
    event: FromQuery[EventKind] = "clicks",
    customer_id: Annotated[str, QueryParameter(name="customerId", max_length=210)] = "",
    page: Annotated[int, QueryParameter(ge=1, le=limits.PAGES_MAX)] = 1,
    limit: Annotated[int, QueryParameter(ge=1, le=limits.EVENTS_MAX)] = limits.EVENTS_DEFAULT,
    sort_order: Annotated[Order | None, QueryParameter(name="sortOrder")] = None,
    order: FromQuery[Order] = "desc",
) -> list[EventOut]:
    """List the clicks, leads or sales of a period, newest first. Those of deleted links are left out."""
    most = page * limit
    if most > limits.EVENTS_DEEP_MAX:
        raise Invalid("page", f"reaches back {limits.EVENTS_DEEP_MAX} events at most; narrow the period")
    ask = await questions(call, asked, event)
    oldest_first = (sort_order or order) == "asc"
    if event == "clicks":
        return await _clicks(call, ask, most, most - limit, oldest_first=oldest_first)
    made = await ask.conversions("lead" if event == "leads" else "sale")
    if customer_id:
        named = await _external_id(call, customer_id)
        made = [each for each in made if each.customer_id == named]
    ordered = made[::-1] if oldest_first else made
    return await _conversions(call, ordered[most - limit : most])


async def _clicks(call: Call, ask: Questions, most: int, first: int, *, oldest_first: bool) -> list[EventOut]:
    scans = (await ask.scans(most=most, oldest_first=oldest_first))[first:]
    found = await _links(call, sorted({to_text(scan.link_id) for scan in scans}))
    return [
        click_event(scan, view, shown(call)(view))
        for scan in scans
        if (view := found.get(to_text(scan.link_id))) is not None
    ]


async def _conversions(call: Call, made: Sequence[ConversionV1]) -> list[EventOut]:
    kept = [each for each in made if each.link_id]
    found = await _links(call, sorted({to_text(each.link_id) for each in kept}))
    named = await call.read(lambda tx: _customers(tx, call, kept))
    events = []
    for start in range(0, len(kept), _ASKED_AT_ONCE):
        some = kept[start : start + _ASKED_AT_ONCE]
        scans = await asyncio.gather(*(scan_of(call, each) for each in some))
        events += [
            conversion_event(
                each,
                scan,
                view,
                shown(call)(view),
                named.get(each.customer_id) or customer_nobody_knows(each),
            )
            for each, scan in zip(some, scans, strict=True)
            if (view := found.get(to_text(each.link_id))) is not None
        ]
    return events


async def _links(call: Call, link_ids: Sequence[str]) -> dict[str, LinkView]:
    return await call.read(lambda tx: link_views.known(tx, call.actor, link_ids))


async def _customers(tx: Tx, call: Call, made: Sequence[ConversionV1]) -> dict[str, CustomerOut]:
    names = sorted({each.customer_id for each in made if each.customer_id})
    found = await stored_customers.by_external_ids(tx, call.actor.workspace_id, names)
    views = await customers.views(tx, call.actor.workspace_id, found)
    return {view.customer.external_id: to_customer(view, None, expanded=False) for view in views}


async def _external_id(call: Call, text: str) -> str:
    """The shop's own id of a customer. Raises CustomerNotFound."""
    if text.startswith(f"{ids.EXTERNAL}_"):
        return text.removeprefix(f"{ids.EXTERNAL}_")
    native = ids.native(ids.CUSTOMER, text)
    return (await call.read(lambda tx: customers.get_customer(tx, call.actor, native))).customer.external_id


HANDLERS = [list_events]
