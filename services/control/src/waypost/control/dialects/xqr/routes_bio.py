"""`/api/v1/bio/pages`: create, list, read, change, delete, publish, count."""

from collections.abc import Callable
from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, PathParameter
from msgspec import UnsetType

from waypost.control.core import bio_pages, bio_stats, reports
from waypost.control.core.asset_fetch import picture_address
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.bio_counts import counts_of
from waypost.control.dialects.xqr.envelope import Envelope, Limit, Offset, wrap, wrap_page
from waypost.control.dialects.xqr.mapping_analytics import range_of
from waypost.control.dialects.xqr.mapping_bio import (
    Counts,
    avatar_of,
    to_create,
    to_page,
    to_stats,
    to_update,
)
from waypost.control.dialects.xqr.schemas_analytics import Period
from waypost.control.dialects.xqr.schemas_bio import BioPageCreate, BioPageOut, BioPageUpdate, BioStatsOut
from waypost.control.model.bio import BioPage
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.wire.queries import BreakdownAnswer

TAGS = ["Link-in-bio"]
PageId = Annotated[str, PathParameter(description="The page's UUID.", max_length=64)]


@post("/api/v1/bio/pages", scope="bio:write", operation_id="createBioPage", tags=TAGS, status_code=201)
async def create_page(call: Caller, data: JSONBody[BioPageCreate]) -> Response[Envelope[BioPageOut]]:
    """Create a page; nobody sees it before it is published."""
    command = to_create(data, await _avatar(call, data))
    return await call.write(
        lambda tx: bio_pages.create_page(tx, call.actor, command), _shown(call, Counts()), status=201
    )


@get("/api/v1/bio/pages", scope="bio:read", operation_id="listBioPages", tags=TAGS)
async def list_pages(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, offset: Offset = 0
) -> Envelope[list[BioPageOut]]:
    """List pages, newest first."""
    wanted = PageRequest(limit=limit, offset=offset)
    page = await call.read(lambda tx: bio_pages.list_pages(tx, call.actor, wanted, count=True))
    counts = await counts_of(call, page.items)
    installation = call.control.database.installation
    return wrap_page(call, page, lambda each: to_page(each, counts.get(each.id), installation), limit, offset)


@get("/api/v1/bio/pages/{page_id:str}", scope="bio:read", operation_id="getBioPage", tags=TAGS)
async def get_page(call: Caller, page_id: PageId) -> Envelope[BioPageOut]:
    """Read a page."""
    page = await call.read(lambda tx: bio_pages.get_page(tx, call.actor, page_id))
    return _shown(call, await _counts(call, page))(page)


@patch("/api/v1/bio/pages/{page_id:str}", scope="bio:write", operation_id="updateBioPage", tags=TAGS)
async def update_page(
    call: Caller, page_id: PageId, data: JSONBody[BioPageUpdate]
) -> Response[Envelope[BioPageOut]]:
    """Change the members that are sent; visitors of a published page see it at once."""
    before = await call.read(lambda tx: bio_pages.get_page(tx, call.actor, page_id))
    avatar = await _avatar(call, data)

    async def change(tx: Tx) -> BioPage:
        current = await bio_pages.get_page(tx, call.actor, page_id)
        command = to_update(data, avatar, current)
        page = await bio_pages.update_page(tx, call.actor, page_id, command)
        return await bio_pages.publish_page(tx, call.actor, page_id) if page.is_published else page

    return await call.write(change, _shown(call, await _counts(call, before)))


@delete("/api/v1/bio/pages/{page_id:str}", scope="bio:write", operation_id="deleteBioPage", tags=TAGS)
async def delete_page(call: Caller, page_id: PageId) -> Response[None]:
    """Delete a page."""
    return await call.write(
        lambda tx: bio_pages.delete_page(tx, call.actor, page_id), lambda nothing: nothing, status=204
    )


@post(
    "/api/v1/bio/pages/{page_id:str}/publish",
    scope="bio:write",
    operation_id="publishBioPage",
    tags=TAGS,
    status_code=200,
)
async def publish_page(call: Caller, page_id: PageId) -> Response[Envelope[BioPageOut]]:
    """Make a page public at its `public_url`. Doing it again changes nothing."""
    before = await call.read(lambda tx: bio_pages.get_page(tx, call.actor, page_id))
    return await call.write(
        lambda tx: bio_pages.publish_page(tx, call.actor, page_id), _shown(call, await _counts(call, before))
    )


@post(
    "/api/v1/bio/pages/{page_id:str}/unpublish",
    scope="bio:write",
    operation_id="unpublishBioPage",
    tags=TAGS,
    status_code=200,
)
async def unpublish_page(call: Caller, page_id: PageId) -> Response[Envelope[BioPageOut]]:
    """Take a page away from visitors, who get 404. Doing it again changes nothing."""
    before = await call.read(lambda tx: bio_pages.get_page(tx, call.actor, page_id))
    return await call.write(
        lambda tx: bio_pages.unpublish_page(tx, call.actor, page_id),
        _shown(call, await _counts(call, before)),
    )


@get("/api/v1/bio/pages/{page_id:str}/stats", scope="analytics:read", operation_id="bioPageStats", tags=TAGS)
async def page_stats(
    call: Caller, page_id: PageId, period: FromQuery[Period] = "all"
) -> Envelope[BioStatsOut]:
    """Views, visitors and clicks, of all times unless a period is named."""
    page = await call.read(lambda tx: bio_pages.get_page(tx, call.actor, page_id))
    wanted = range_of(period, call.now_ms, page.view.link.created_ms)
    scoped = await call.read(
        lambda tx: reports.scoped(
            tx,
            call.actor,
            link_ids=[page.id],
            tags=(),
            span=(wanted.from_ms, wanted.to_ms),
            filters=(),
            zone="UTC",
        )
    )
    answer = await call.control.bus.ask(bio_stats.stats_query(scoped), BreakdownAnswer)
    return wrap(call, to_stats(bio_stats.stats_of(page, answer)))


async def _avatar(call: Call, body: BioPageCreate | BioPageUpdate) -> str | UnsetType | None:
    """The picture as a page takes it: one from elsewhere is brought in as an asset. Raises Invalid."""
    url = avatar_of(body)
    if not isinstance(url, str) or not url:
        return None if url == "" else url
    return await picture_address(call.control.database, call.control.assets, call.actor, url, "avatar_url")


async def _counts(call: Call, page: BioPage) -> Counts | None:
    return (await counts_of(call, [page])).get(page.id)


def _shown(call: Call, counts: Counts | None) -> Callable[[BioPage], Envelope[BioPageOut]]:
    return lambda page: wrap(call, to_page(page, counts, call.control.database.installation))


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
