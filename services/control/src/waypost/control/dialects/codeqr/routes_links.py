"""`/links`: create, find, read, change, upsert, delete."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Response, delete, get, patch, post, put
from litestar.params import JSONBody, PathParameter, QueryParameter

from waypost.control.core import links
from waypost.control.dialects.codeqr import ids, writing
from waypost.control.dialects.codeqr.finding import link_by_external_id, link_by_id, link_by_key
from waypost.control.dialects.codeqr.reading import read
from waypost.control.dialects.codeqr.schemas_links import Deleted, LinkCreate, LinkOut, LinkPatch
from waypost.control.dialects.codeqr.showing import to_link
from waypost.control.model.faults import Malformed
from waypost.control.model.links import LinkView
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAGS = ["Links"]
LinkId = Annotated[str, PathParameter(description="`link_…`, or `ext_` and your own id.", max_length=210)]
Wish = Annotated[str | None, QueryParameter(max_length=250)]


@post("/links", scope="links:write", operation_id="createLink", tags=TAGS, status_code=200)
async def create_link(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[LinkOut]:
    """Create a short link."""
    body = read(data, LinkCreate)
    return await call.write(lambda tx: writing.create(tx, call.actor, body), shown(call))


@get("/links/info", scope="links:read", operation_id="getLinkInfo", tags=TAGS)
async def link_info(
    call: Caller,
    external_id: Annotated[str | None, QueryParameter(name="externalId", max_length=210)] = None,
    link_id: Annotated[str | None, QueryParameter(name="linkId", max_length=64)] = None,
    domain: Wish = None,
    key: Wish = None,
) -> LinkOut:
    """Read a link by your own id, by its id, or by domain and key."""

    async def find(tx: Tx) -> LinkView:
        if external_id:
            return await link_by_external_id(tx, call.actor, external_id)
        if link_id:
            return await link_by_id(tx, call.actor, link_id)
        if domain and key:
            return await link_by_key(tx, call.actor, domain, key)
        raise Malformed("", "Send `externalId`, `linkId`, or `domain` and `key`.")

    return shown(call)(await call.read(find))


@get("/links/{link_id:str}", scope="links:read", operation_id="getLink", tags=TAGS)
async def get_link(call: Caller, link_id: LinkId) -> LinkOut:
    """Read a link."""
    return shown(call)(await call.read(lambda tx: link_by_id(tx, call.actor, link_id)))


@patch("/links/{link_id:str}", scope="links:write", operation_id="updateLink", tags=TAGS)
async def update_link(call: Caller, link_id: LinkId, data: JSONBody[dict[str, Any]]) -> Response[LinkOut]:
    """Change the members that are sent."""
    return await _change(call, link_id, data)


@put("/links/{link_id:str}", scope="links:write", operation_id="replaceLink", tags=TAGS)
async def put_link(call: Caller, link_id: LinkId, data: JSONBody[dict[str, Any]]) -> Response[LinkOut]:
    """The same as PATCH: the vendor's own clients use both."""
    return await _change(call, link_id, data)


@post("/links/update", scope="links:write", operation_id="createOrUpdateLink", tags=TAGS, status_code=200)
async def upsert_by_post(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[LinkOut]:
    """Create a link, or change the one with this external id, key or destination."""
    return await _upsert(call, data)


@put("/links/upsert", scope="links:write", operation_id="upsertLink", tags=TAGS)
async def upsert_by_put(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[LinkOut]:
    """The same as POST /links/update."""
    return await _upsert(call, data)


@delete("/links/{link_id:str}", scope="links:write", operation_id="deleteLink", tags=TAGS, status_code=200)
async def delete_link(call: Caller, link_id: LinkId) -> Response[Deleted]:
    """Delete a link; its short URL stops at once."""

    async def remove(tx: Tx) -> LinkView:
        found = await link_by_id(tx, call.actor, link_id)
        return await links.delete_link(tx, call.actor, found.link.id)

    return await call.write(remove, lambda view: Deleted(ids.shown(ids.LINK, view.link.id)))


async def _change(call: Call, link_id: str, data: dict[str, Any]) -> Response[LinkOut]:
    body = read(data, LinkPatch)

    async def change(tx: Tx) -> LinkView:
        return await writing.change(tx, call.actor, await link_by_id(tx, call.actor, link_id), body)

    return await call.write(change, shown(call))


async def _upsert(call: Call, data: dict[str, Any]) -> Response[LinkOut]:
    body = read(data, LinkCreate)
    return await call.write(lambda tx: writing.upsert(tx, call.actor, body), shown(call))


def shown(call: Call) -> Callable[[LinkView], LinkOut]:
    """How this installation shows links."""
    installation = call.control.database.installation
    return lambda view: to_link(view, installation)


HANDLERS = [
    create_link,
    link_info,
    get_link,
    update_link,
    put_link,
    upsert_by_post,
    upsert_by_put,
    delete_link,
]
