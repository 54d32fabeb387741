"""Short links: made, listed, read, changed, deleted."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from waypost.control.core import links
from waypost.control.dialects.trimlink.mapping import to_create, to_link, to_update
from waypost.control.dialects.trimlink.schemas import (
    PAGE_ITEMS_MAX,
    LinkOut,
    LinkPatch,
    PageOf,
    Pagination,
    Shorten,
    Success,
)
from waypost.control.model.links import LinkFilter
from waypost.control.model.page import PageRequest
from waypost.control.surface.call import Caller

Id = Annotated[str, PathParameter(description="A UUID.", max_length=64)]
TAGS = ["Links"]
Number = Annotated[int, QueryParameter(ge=1, le=10_000)]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_ITEMS_MAX)]


@post("/api/v1/shorten", scope="links:write", operation_id="shorten", tags=TAGS, status_code=201)
async def shorten(call: Caller, data: JSONBody[Shorten]) -> Response[Success[LinkOut]]:
    """Create a short link, on the key's only domain, else on the primary one."""
    command = to_create(data)
    return await call.write(
        lambda tx: links.create_link(tx, call.actor, command),
        lambda view: Success(data=to_link(view)),
        status=201,
    )


@get("/api/v1/links", scope="links:read", operation_id="listLinks", tags=TAGS)
async def list_links(
    call: Caller,
    page: Number = 1,
    limit: Limit = 20,
    folder_id: Annotated[str | None, QueryParameter(name="folderId", max_length=64)] = None,
) -> PageOf[LinkOut]:
    """List links, newest first."""
    wanted = LinkFilter(
        folder_id=folder_id, page=PageRequest(limit=limit, offset=(page - 1) * limit), count=True
    )
    found = await call.read(lambda tx: links.list_links(tx, call.actor, wanted))
    return PageOf(
        data=[to_link(view) for view in found.items], pagination=Pagination(page, limit, found.total or 0)
    )


@get("/api/v1/links/{link_id:str}", scope="links:read", operation_id="getLink", tags=TAGS)
async def get_link(call: Caller, link_id: Id) -> Success[LinkOut]:
    """Read a link."""
    return Success(data=to_link(await call.read(lambda tx: links.get_link(tx, call.actor, link_id))))


@patch("/api/v1/links/{link_id:str}", scope="links:write", operation_id="updateLink", tags=TAGS)
async def update_link(call: Caller, link_id: Id, data: JSONBody[LinkPatch]) -> Response[Success[LinkOut]]:
    """Change a link; its printed codes stay as they are."""
    command = to_update(data)
    return await call.write(
        lambda tx: links.update_link(tx, call.actor, link_id, command),
        lambda view: Success(data=to_link(view)),
    )


@delete("/api/v1/links/{link_id:str}", scope="links:write", operation_id="deleteLink", tags=TAGS)
async def delete_link(call: Caller, link_id: Id) -> Response[None]:
    """Delete a link; it stops at once."""
    return await call.write(
        lambda tx: links.delete_link(tx, call.actor, link_id), lambda _view: None, status=204
    )


HANDLERS = [shorten, list_links, get_link, update_link, delete_link]
