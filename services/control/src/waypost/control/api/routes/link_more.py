"""Links, further: find by slug, upsert, duplicate, slugs that are free, history, schedule, export."""

from collections.abc import AsyncIterator
from typing import Annotated

from litestar import Response, delete, get, post, put
from litestar.params import FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from waypost.control import limits
from waypost.control.api.csv_rows import write_rows
from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.including import OfLink
from waypost.control.api.routes.links import TagList, etag_of, shown
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.includes import LinkWithIncluded
from waypost.control.api.schemas.links import LinkCreate, LinkOut, to_create, to_link, to_update, upsert_patch
from waypost.control.api.schemas.more import (
    ChangeList,
    DuplicateBody,
    RollbackBody,
    ScheduleBody,
    ScheduledList,
    ScheduledOut,
    SlugOut,
    to_change,
    to_scheduled,
)
from waypost.control.core import link_history, link_more, links
from waypost.control.core.domains import of_new_links
from waypost.control.model.faults import Invalid
from waypost.control.model.links import LinkFilter, LinkView
from waypost.control.model.page import Page, PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAGS = ["Links"]
HISTORY = ["History"]
Slug = Annotated[str, QueryParameter(max_length=400, description="The slug to look at.")]


@get("/v1/links/lookup", scope="links:read", operation_id="lookUpLink", tags=TAGS)
async def look_up(
    call: Caller, slug: FromQuery[str | None] = None, domain_id: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None, include: OfLink = None,
) -> Response[LinkWithIncluded]:  # fmt: skip
    """Find one link by its external id, or by a slug or alias on a domain."""

    async def find(tx: Tx) -> LinkView:
        if external_id is not None:
            return await links.get_link_by_external_id(tx, call.actor, external_id)
        if slug is None:
            raise Invalid("slug", "is required, or external_id")
        return await links.get_link_by_slug(tx, call.actor, await _domain(tx, call, domain_id), slug)

    return await shown(call, find, include)


@put("/v1/links/upsert", scope="links:write", operation_id="upsertLink", tags=TAGS)
async def upsert(call: Caller, data: JSONBody[LinkCreate]) -> Response[LinkOut]:
    """Change the link with this external id (else with this slug), or create it when there is none."""
    create, update = to_create(data), to_update(upsert_patch(data))
    return await call.write(
        lambda tx: link_more.upsert_link(tx, call.actor, create, update),
        lambda made: to_link(made[0]),
        etag=lambda made: etag_of(made[0]),
    )


@post("/v1/links/{link_id:str}/duplicate", scope="links:write", operation_id="duplicateLink", tags=TAGS)
async def duplicate(
    call: Caller, link_id: Id, data: JSONBody[DuplicateBody | None] = None
) -> Response[LinkOut]:
    """Create a link with the same settings and tags under another slug."""
    slug = (data.slug if data else None) or ""
    return await call.write(
        lambda tx: link_more.duplicate_link(tx, call.actor, link_id, slug), to_link, status=201, etag=etag_of
    )


@get("/v1/slugs/available", scope="links:read", operation_id="slugAvailable", tags=TAGS)
async def slug_available(call: Caller, slug: Slug, domain_id: FromQuery[str | None] = None) -> SlugOut:
    """Say whether a slug is free for this workspace."""

    async def is_free(tx: Tx) -> bool:
        return await link_more.is_free(tx, call.actor, await _domain(tx, call, domain_id), slug)

    return SlugOut(slug=slug, available=await call.read(is_free))


@get("/v1/slugs/random", scope="links:read", operation_id="randomSlug", tags=TAGS)
async def random_slug(call: Caller, domain_id: FromQuery[str | None] = None) -> SlugOut:
    """Draw a slug that is free right now."""

    async def suggest(tx: Tx) -> str:
        return await link_more.suggest_slug(tx, call.actor, await _domain(tx, call, domain_id))

    return SlugOut(slug=await call.read(suggest), available=True)


async def _domain(tx: Tx, call: Caller, domain_id: str | None) -> str:
    """The domain that a question names, else that of new links."""
    return domain_id or await of_new_links(tx, call.actor)


@get("/v1/links/export", scope="links:read", operation_id="exportLinks", tags=["Bulk"])
async def export(call: Caller, tag: TagList = None, archived: FromQuery[bool | None] = None) -> Stream:
    """Write links as CSV, all of them or those with a tag; the file can be imported again."""
    wanted = LinkFilter(tags=tuple(tag or ()), archived=archived)
    headers = {"Content-Disposition": 'attachment; filename="links.csv"'}
    return Stream(_export(call, wanted), media_type="text/csv", headers=headers)


async def _export(call: Call, wanted: LinkFilter) -> AsyncIterator[str]:
    import msgspec

    cursor, header = "", True
    while header or cursor:
        request = PageRequest(limit=limits.PAGE_ITEMS_MAX, after=cursor)
        filtered = msgspec.structs.replace(wanted, page=request)

        async def page_of(tx: Tx, filtered: LinkFilter = filtered) -> Page[LinkView]:
            return await links.list_links(tx, call.actor, filtered)

        page = await call.read(page_of)
        for piece in write_rows([to_link(view) for view in page.items], header=header):
            yield piece
        cursor, header = page.next_cursor, False


@get("/v1/links/{link_id:str}/history", scope="links:read", operation_id="linkHistory", tags=HISTORY)
async def history(
    call: Caller, link_id: Id, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = ""
) -> ChangeList:
    """List the changes of a link, newest first, with each member's value before and after."""
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: link_history.history(tx, call.actor, link_id, wanted))
    return ChangeList(data=[to_change(change) for change in page.items], next_cursor=page.next_cursor or None)


@post(
    "/v1/links/{link_id:str}/rollback",
    scope="links:write",
    operation_id="rollBackLink",
    tags=HISTORY,
    status_code=200,
)
async def roll_back(call: Caller, link_id: Id, data: JSONBody[RollbackBody]) -> Response[LinkOut]:
    """Bring a link back to what it was at a version. This is a change of its own, and can be undone too."""
    return await call.write(
        lambda tx: link_history.roll_back(tx, call.actor, link_id, data.version), to_link, etag=etag_of
    )


@post("/v1/links/{link_id:str}/schedule", scope="links:write", operation_id="scheduleChange", tags=HISTORY)
async def schedule(call: Caller, link_id: Id, data: JSONBody[ScheduleBody]) -> Response[ScheduledOut]:
    """Plan a change of a link. It is tried out now, so that what cannot work is refused now."""
    command, due_ms = to_update(data.change), to_ms(data.at)
    return await call.write(
        lambda tx: link_history.schedule(tx, call.actor, link_id, due_ms, command), to_scheduled, status=201
    )


@get("/v1/links/{link_id:str}/schedule", scope="links:read", operation_id="listScheduled", tags=HISTORY)
async def list_scheduled(call: Caller, link_id: Id) -> ScheduledList:
    """List what is planned for a link, in order."""
    found = await call.read(lambda tx: link_history.planned_of(tx, call.actor, link_id))
    return ScheduledList(data=[to_scheduled(each) for each in found])


@delete(
    "/v1/links/{link_id:str}/schedule/{change_id:str}",
    scope="links:write",
    operation_id="unschedule",
    tags=HISTORY,
)
async def unschedule(call: Caller, link_id: Id, change_id: Id) -> Response[None]:
    """Drop a planned change."""
    return await call.write(
        lambda tx: link_history.unschedule(tx, call.actor, link_id, change_id), nothing, status=204
    )


HANDLERS = [
    look_up,
    upsert,
    duplicate,
    slug_available,
    random_slug,
    export,
    history,
    roll_back,
    schedule,
    list_scheduled,
    unschedule,
]
