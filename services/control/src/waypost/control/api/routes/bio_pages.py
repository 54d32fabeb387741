"""Link-in-bio pages: create, list, read, change, publish, count."""

from datetime import datetime

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody

from waypost.control import limits
from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.analytics import Zone
from waypost.control.api.routes.including import Show, ToDomain
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.bio_pages import (
    BioPageCreate,
    BioPageOut,
    BioPagePatch,
    BioPageStats,
    to_create,
    to_page,
    to_stats,
    to_update,
)
from waypost.control.api.schemas.includes import BioPageList, BioPageWithIncluded
from waypost.control.core import bio_pages, bio_stats, reports
from waypost.control.core.includes import refers_of_link
from waypost.control.core.reports import Period
from waypost.control.model.bio import BioPage
from waypost.control.surface.call import Caller, expected_version, version_etag
from waypost.wire.queries import BreakdownAnswer

TAGS = ["Bio pages"]
_SHOW = Show(BioPageWithIncluded, to_page, lambda page: refers_of_link(page.view))


def _etag(page: BioPage) -> str:
    return version_etag(page.version)


@post("/v1/bio-pages", scope="bio:write", operation_id="createBioPage", tags=TAGS, status_code=201)
async def create_page(call: Caller, data: JSONBody[BioPageCreate]) -> Response[BioPageOut]:
    """Create a page. It is a link with the same id, so tags, QR codes and analytics of links work on it."""
    command = to_create(data)
    return await call.write(
        lambda tx: bio_pages.create_page(tx, call.actor, command), to_page, status=201, etag=_etag
    )


@get("/v1/bio-pages", scope="bio:read", operation_id="listBioPages", tags=TAGS)
async def list_pages(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    published: FromQuery[bool | None] = None,
    include: ToDomain = None,
) -> BioPageList:
    """List pages, newest first."""
    wanted = page_request(limit, cursor)
    page, data = await _SHOW.all(
        call,
        lambda tx: bio_pages.list_pages(tx, call.actor, wanted, published=published),
        lambda page: page.items,
        include,
    )
    return BioPageList(data=data, next_cursor=page.next_cursor or None)


@get("/v1/bio-pages/{page_id:str}", scope="bio:read", operation_id="getBioPage", tags=TAGS)
async def get_page(call: Caller, page_id: Id, include: ToDomain = None) -> Response[BioPageWithIncluded]:
    """Read one page: what was written last, published or not."""
    page, body = await _SHOW.one(call, lambda tx: bio_pages.get_page(tx, call.actor, page_id), include)
    return Response(body, headers={"ETag": _etag(page)})


@patch("/v1/bio-pages/{page_id:str}", scope="bio:write", operation_id="updateBioPage", tags=TAGS)
async def update_page(call: Caller, page_id: Id, data: JSONBody[BioPagePatch]) -> Response[BioPageOut]:
    """Change the given members. While the page is published, visitors see what is written here only once it
    is published again; the address and `indexable` change at once."""
    command, version = to_update(data), expected_version(call.request)
    return await call.write(
        lambda tx: bio_pages.update_page(tx, call.actor, page_id, command, expected_version=version),
        to_page,
        etag=_etag,
    )


@delete("/v1/bio-pages/{page_id:str}", scope="bio:write", operation_id="deleteBioPage", tags=TAGS)
async def delete_page(call: Caller, page_id: Id) -> Response[None]:
    """Delete a page. Its name stays reserved for this workspace."""
    version = expected_version(call.request)
    return await call.write(
        lambda tx: bio_pages.delete_page(tx, call.actor, page_id, expected_version=version),
        nothing,
        status=204,
    )


@post(
    "/v1/bio-pages/{page_id:str}/publish",
    scope="bio:write",
    operation_id="publishBioPage",
    tags=TAGS,
    status_code=200,
)
async def publish_page(call: Caller, page_id: Id) -> Response[BioPageOut]:
    """Let visitors see what was written last. Doing it again changes nothing."""
    version = expected_version(call.request)
    return await call.write(
        lambda tx: bio_pages.publish_page(tx, call.actor, page_id, expected_version=version),
        to_page,
        etag=_etag,
    )


@post(
    "/v1/bio-pages/{page_id:str}/unpublish",
    scope="bio:write",
    operation_id="unpublishBioPage",
    tags=TAGS,
    status_code=200,
)
async def unpublish_page(call: Caller, page_id: Id) -> Response[BioPageOut]:
    """Take the page away from visitors, who get 404. Doing it again changes nothing."""
    version = expected_version(call.request)
    return await call.write(
        lambda tx: bio_pages.unpublish_page(tx, call.actor, page_id, expected_version=version),
        to_page,
        etag=_etag,
    )


@get("/v1/bio-pages/{page_id:str}/stats", scope="analytics:read", operation_id="getBioPageStats", tags=TAGS)
async def page_stats(
    call: Caller,
    page_id: Id,
    period: FromQuery[Period | None] = None,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
    zone: Zone = "UTC",
) -> BioPageStats:
    """Views, visitors, and clicks on each button in a period (30 days when not given). Robots are left out."""
    page = await call.read(lambda tx: bio_pages.get_page(tx, call.actor, page_id))
    span = reports.span(period, to_ms(start), to_ms(end), call.now_ms, zone)
    scoped = await call.read(
        lambda tx: reports.scoped(
            tx, call.actor, link_ids=[page.id], tags=(), span=span, filters=(), zone=zone
        )
    )
    answer = await call.control.bus.ask(bio_stats.stats_query(scoped), BreakdownAnswer)
    return to_stats(scoped, bio_stats.stats_of(page, answer))


HANDLERS = [
    create_page,
    list_pages,
    get_page,
    update_page,
    delete_page,
    publish_page,
    unpublish_page,
    page_stats,
]
