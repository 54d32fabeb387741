"""`/api/v1/links`: short links made, listed, read, changed, deleted."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter

from waypost.control.dialects.qrsbd import collection
from waypost.control.dialects.qrsbd.schemas import Deleted, LinkCreate, LinkOut, LinkPatch, Success
from waypost.control.surface.call import Caller

Id = Annotated[str, PathParameter(description="A UUID.", max_length=64)]
TAGS = ["Short links"]
ONE = "/api/v1/links/{link_id:str}"


@get("/api/v1/links", scope="links:read", operation_id="listLinks", tags=TAGS)
async def list_links(call: Caller) -> Success[list[LinkOut]]:
    """List the newest 200."""
    return await collection.newest(call, "link")


@get(ONE, scope="links:read", operation_id="getLink", tags=TAGS)
async def get_link(call: Caller, link_id: Id) -> Success[LinkOut]:
    """Read a short link."""
    return await collection.one(call, "link", link_id)


@post("/api/v1/links", scope="links:write", operation_id="createLink", tags=TAGS, status_code=201)
async def create_link(call: Caller, data: JSONBody[LinkCreate]) -> Response[Success[LinkOut]]:
    """Create a short link."""
    return await collection.make(call, data)


@patch(ONE, scope="links:write", operation_id="updateLink", tags=TAGS)
async def update_link(call: Caller, link_id: Id, data: JSONBody[LinkPatch]) -> Response[Success[LinkOut]]:
    """Change a short link; what is printed stays."""
    return await collection.change(call, "link", link_id, data)


@delete(ONE, scope="links:write", operation_id="deleteLink", tags=TAGS, status_code=200)
async def delete_link(call: Caller, link_id: Id) -> Response[Success[Deleted]]:
    """Delete a short link; its short URL stops at once."""
    return await collection.remove(call, "link", link_id)


HANDLERS = [list_links, get_link, create_link, update_link, delete_link]
