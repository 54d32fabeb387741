"""Links: create, list, read, change, delete."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from waypost.control import limits
from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.including import OfLink, Show
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing
from waypost.control.api.schemas.includes import LinkList, LinkWithIncluded
from waypost.control.api.schemas.links import (
    LinkCreate,
    LinkOut,
    LinkPatch,
    to_create,
    to_link,
    to_update,
)
from waypost.control.core import links
from waypost.control.core.destination import as_kept
from waypost.control.core.includes import Include, refers_of_link
from waypost.control.model.links import LinkFilter, LinkKind, LinkSort, LinkView
from waypost.control.model.page import Page, PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller, expected_version, version_etag

TAGS = ["Links"]
Search = Annotated[
    str, QueryParameter(max_length=limits.SEARCH_CHARACTERS_MAX, description="In destination, title or slug.")
]
TagList = Annotated[
    list[str] | None,
    QueryParameter(max_items=limits.TAGS_PER_LINK_MAX, description="With any of these tags, by name."),
]
TagIdList = Annotated[
    list[str] | None,
    QueryParameter(max_items=limits.TAGS_PER_LINK_MAX, description="With any of these tags, by id."),
]
_SHOW = Show(LinkWithIncluded, to_link, refers_of_link)


def etag_of(view: LinkView) -> str:
    """The ETag of a link."""
    return version_etag(view.link.version)


async def shown(
    call: Call, find: Callable[[Tx], Awaitable[LinkView]], include: Sequence[Include] | None
) -> Response[LinkWithIncluded]:
    """One link that was found, with what is to be included."""
    view, body = await _SHOW.one(call, find, include)
    return Response(body, headers={"ETag": etag_of(view)})


@post("/v1/links", scope="links:write", operation_id="createLink", tags=TAGS, status_code=201)
async def create_link(call: Caller, data: JSONBody[LinkCreate]) -> Response[LinkOut]:
    """Create a link. It answers at the edge within a second, usually within milliseconds."""
    command = to_create(data)
    return await call.write(
        lambda tx: links.create_link(tx, call.actor, command), to_link, status=201, etag=etag_of
    )


@get("/v1/links", scope="links:read", operation_id="listLinks", tags=TAGS)
async def list_links(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    search: Search = "",
    tag: TagList = None,
    tag_id: TagIdList = None,
    domain_id: FromQuery[str | None] = None,
    folder_id: FromQuery[str | None] = None,
    tenant_id: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None,
    created_by: FromQuery[str | None] = None,
    target_url: FromQuery[str] = "",
    kind: FromQuery[LinkKind | None] = None,
    template_type: FromQuery[str | None] = None,
    active: FromQuery[bool | None] = None,
    archived: FromQuery[bool | None] = None,
    healthy: FromQuery[bool | None] = None,
    created_from: FromQuery[datetime | None] = None,
    created_until: FromQuery[datetime | None] = None,
    sort: FromQuery[LinkSort] = "created",
    descending: FromQuery[bool] = True,
    count: FromQuery[bool] = False,
    include: OfLink = None,
) -> LinkList:
    """List links, newest first unless another order is asked for."""
    wanted = LinkFilter(
        domain_id=domain_id,
        tag_ids=tuple(tag_id or ()),
        tags=tuple(tag or ()),
        search=search,
        target_url=as_kept(target_url) if target_url else "",
        active=active,
        archived=archived,
        kind=kind,
        template_type=template_type,
        healthy=healthy,
        tenant_id=tenant_id,
        external_id=external_id,
        folder_id=folder_id,
        created_by=created_by,
        created_from_ms=to_ms(created_from),
        created_until_ms=to_ms(created_until),
        sort=sort,
        descending=descending,
        page=PageRequest(limit=limit, after=cursor),
        count=count,
    )

    async def find(tx: Tx) -> Page[LinkView]:
        return await links.list_links(tx, call.actor, wanted)

    page, data = await _SHOW.all(call, find, lambda page: page.items, include)
    return LinkList(data=data, next_cursor=page.next_cursor or None, total=page.total)


@get("/v1/links/{link_id:str}", scope="links:read", operation_id="getLink", tags=TAGS)
async def get_link(call: Caller, link_id: Id, include: OfLink = None) -> Response[LinkWithIncluded]:
    """Read one link, with what analytics last said about it."""
    return await shown(call, lambda tx: links.get_link(tx, call.actor, link_id), include)


@patch("/v1/links/{link_id:str}", scope="links:write", operation_id="updateLink", tags=TAGS)
async def update_link(call: Caller, link_id: Id, data: JSONBody[LinkPatch]) -> Response[LinkOut]:
    """Change the given members. With `If-Match`, only when nobody changed the link since."""
    command, version = to_update(data), expected_version(call.request)
    return await call.write(
        lambda tx: links.update_link(tx, call.actor, link_id, command, expected_version=version),
        to_link,
        etag=etag_of,
    )


@delete("/v1/links/{link_id:str}", scope="links:write", operation_id="deleteLink", tags=TAGS)
async def delete_link(call: Caller, link_id: Id) -> Response[None]:
    """Delete a link. Its slug stays reserved for this workspace, so that printed codes cannot be hijacked."""
    version = expected_version(call.request)
    return await call.write(
        lambda tx: links.delete_link(tx, call.actor, link_id, expected_version=version),
        nothing,
        status=204,
    )


HANDLERS = [create_link, list_links, get_link, update_link, delete_link]
