"""Visitors: made known by the customer, read, changed, forgotten."""

import re
from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from waypost.control import limits
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.visitors import (
    IdentifiedOut,
    IdentifyBody,
    VisitorBody,
    VisitorList,
    VisitorOut,
    to_identified,
    to_visitor,
    to_write,
)
from waypost.control.core import visitors
from waypost.control.model.visitors import Identify, VisitorFilter
from waypost.control.surface.call import Caller
from waypost.control.surface.visits import forget_scans, numbers_of, seen_scan

TAGS = ["Visitors"]
_NUMBER = re.compile(r"[0-9a-f]{16}\Z")
Search = Annotated[
    str, QueryParameter(max_length=limits.SEARCH_CHARACTERS_MAX, description="Part of a name.")
]


@post(
    "/v1/visitors/identify",
    scope="visitors:write",
    operation_id="identifyVisitor",
    tags=TAGS,
    status_code=200,
)
async def identify_visitor(call: Caller, data: JSONBody[IdentifyBody]) -> Response[IdentifiedOut]:
    """Tie the scan of a click id to a visitor, who is made or found by address or external id.

    A key that may not read visitors changes nothing that is known, and is told no more than it sent.
    """
    command = Identify(
        known_as=data.known_as,
        scan=await seen_scan(call, data.known_as),
        visitor=to_write(data.visitor),
        set_once=data.set_once,
    )
    return await call.write(lambda tx: visitors.identify(tx, call.actor, command), to_identified)


@get("/v1/visitors", scope="visitors:read", operation_id="listVisitors", tags=TAGS)
async def list_visitors(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    search: Search = "",
    email: FromQuery[str] = "",
) -> VisitorList:
    """List visitors, newest first."""
    wanted = VisitorFilter(search=search, email=email.strip().lower(), page=page_request(limit, cursor))
    page = await call.read(lambda tx: visitors.list_visitors(tx, call.actor, wanted))
    return VisitorList(data=[to_visitor(each) for each in page.items], next_cursor=page.next_cursor or None)


@get("/v1/visitors/{visitor_id:str}", scope="visitors:read", operation_id="getVisitor", tags=TAGS)
async def get_visitor(call: Caller, visitor_id: Id) -> VisitorOut:
    """Read one visitor."""
    return to_visitor(await call.read(lambda tx: visitors.get_visitor(tx, call.actor, visitor_id)))


@patch("/v1/visitors/{visitor_id:str}", scope="visitors:write", operation_id="updateVisitor", tags=TAGS)
async def update_visitor(call: Caller, visitor_id: Id, data: JSONBody[VisitorBody]) -> Response[VisitorOut]:
    """Change a visitor. Needs to read visitors too."""
    command = to_write(data)
    return await call.write(
        lambda tx: visitors.update_visitor(tx, call.actor, visitor_id, command), to_visitor
    )


@delete(
    "/v1/visitors/{visitor_id:str}",
    scope="visitors:write",
    operation_id="eraseVisitor",
    tags=TAGS,
    status_code=204,
)
async def erase_visitor(call: Caller, visitor_id: Id) -> Response[None]:
    """Forget a visitor, or what ties the scans of a visitor's id of one day together, and their answers to
    forms. The counts stay, the person behind them is gone. Needs to read visitors too."""
    visitors.require_reading(call.actor)
    if _NUMBER.match(visitor_id):
        await forget_scans(call, [visitor_id])
        return Response(None, status_code=204)
    # Scans first: should analytics be away, the profile still says which ones to forget.
    view = await call.read(lambda tx: visitors.get_visitor(tx, call.actor, visitor_id))
    await forget_scans(call, numbers_of(view))
    return await call.write(
        lambda tx: visitors.delete_visitor(tx, call.actor, visitor_id), nothing, status=204
    )


HANDLERS = [identify_visitor, list_visitors, get_visitor, update_visitor, erase_visitor]
