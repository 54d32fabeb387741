"""`/api/v1/links`: create, list, read, change, delete."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from waypost.control import limits as core_limits
from waypost.control.core import links
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, Limit, Offset, wrap, wrap_page, wrapping
from waypost.control.dialects.xqr.features import require_rules
from waypost.control.dialects.xqr.mapping_links import routing_rules, to_create, to_link, to_update
from waypost.control.dialects.xqr.schemas_links import LinkCreate, LinkOut, LinkUpdate
from waypost.control.dialects.xqr.zone import zone_of
from waypost.control.model.bio import KIND
from waypost.control.model.links import LinkFilter, LinkView
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAGS = ["Links"]
LinkId = Annotated[str, PathParameter(description="The link's UUID.", max_length=64)]
Search = Annotated[
    str, QueryParameter(max_length=core_limits.SEARCH_CHARACTERS_MAX, description="Part of the destination.")
]
Label = Annotated[str | None, QueryParameter(max_length=core_limits.NAME_CHARACTERS_MAX)]


@post("/api/v1/links", scope="links:write", operation_id="createLink", tags=TAGS, status_code=201)
async def create_link(call: Caller, data: JSONBody[LinkCreate]) -> Response[Envelope[LinkOut]]:
    """Create a short link."""
    require_rules(call.control.database.installation.plan(call.actor.plan), data.routing_rules)
    zone = await call.read(lambda tx: zone_of(tx, call.actor))
    command = to_create(data, zone)
    return await call.write(
        lambda tx: links.create_link(tx, call.actor, command),
        wrapping(call, lambda view: to_link(view, zone)),
        status=201,
    )


@get("/api/v1/links", scope="links:read", operation_id="listLinks", tags=TAGS)
async def list_links(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    offset: Offset = 0,
    label: Label = None,
    search: Search = "",
    enabled: FromQuery[bool | None] = None,
) -> Envelope[list[LinkOut]]:
    """List links, newest first."""
    wanted = LinkFilter(
        tags=() if label is None else (label,),
        target_part=search,
        active=enabled,
        without_template_type=KIND,
        page=PageRequest(limit=limit, offset=offset),
        count=True,
    )
    zone = await call.read(lambda tx: zone_of(tx, call.actor))
    page = await call.read(lambda tx: links.list_links(tx, call.actor, wanted))
    return wrap_page(call, page, lambda view: to_link(view, zone), limit, offset)


@get("/api/v1/links/{link_id:str}", scope="links:read", operation_id="getLink", tags=TAGS)
async def get_link(call: Caller, link_id: LinkId) -> Envelope[LinkOut]:
    """Read a link."""
    zone = await call.read(lambda tx: zone_of(tx, call.actor))
    view = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    return wrap(call, to_link(view, zone))


@patch("/api/v1/links/{link_id:str}", scope="links:write", operation_id="updateLink", tags=TAGS)
async def update_link(
    call: Caller, link_id: LinkId, data: JSONBody[LinkUpdate]
) -> Response[Envelope[LinkOut]]:
    """Change the members that are sent."""
    zone = await call.read(lambda tx: zone_of(tx, call.actor))

    async def change(tx: Tx) -> LinkView:
        current = await links.get_link(tx, call.actor, link_id)
        plan = tx.installation.plan(call.actor.plan)
        require_rules(plan, data.routing_rules, routing_rules(current, zone))
        return await links.update_link(tx, call.actor, link_id, to_update(data, current, zone))

    return await call.write(change, wrapping(call, lambda view: to_link(view, zone)))


@delete("/api/v1/links/{link_id:str}", scope="links:write", operation_id="deleteLink", tags=TAGS)
async def delete_link(call: Caller, link_id: LinkId) -> Response[None]:
    """Delete a link; its short code stops at once."""
    return await call.write(
        lambda tx: links.delete_link(tx, call.actor, link_id), lambda _view: None, status=204
    )


HANDLERS = [create_link, list_links, get_link, update_link, delete_link]
