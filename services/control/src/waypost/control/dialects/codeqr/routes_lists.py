"""`GET /links` and `GET /links/count`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from waypost.control import limits as core_limits
from waypost.control.core import links
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.errors import DomainForbidden
from waypost.control.dialects.codeqr.finding import domain_id_of, link_by_id
from waypost.control.dialects.codeqr.reading import listed
from waypost.control.dialects.codeqr.routes_links import TAGS, shown
from waypost.control.dialects.codeqr.schemas_links import LinkOut
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import LinkFilter, LinkKind, LinkSort, LinkView
from waypost.control.model.page import PageRequest
from waypost.control.store import domains, folders, tags
from waypost.control.store import links as stored_links
from waypost.control.store.cursor_text import encode_cursor
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

SortBy: TypeAlias = Literal["createdAt", "clicks", "lastClicked"]
GroupBy: TypeAlias = Literal["domain", "tagId", "folderId", "userId"]
TagIds = Annotated[list[str] | None, QueryParameter(name="tagIds", max_items=limits.TAGS_IN_QUERY_MAX)]
TagNames = Annotated[list[str] | None, QueryParameter(name="tagNames", max_items=limits.TAGS_IN_QUERY_MAX)]
Id = Annotated[str | None, QueryParameter(max_length=210)]
_SORTS: dict[SortBy, LinkSort] = {"createdAt": "created", "clicks": "scans", "lastClicked": "last_scan"}


class Wanted(Struct, frozen=True, kw_only=True):
    """The filters of a request, as they came."""

    domain: str | None
    tag_ids: tuple[str, ...]
    tag_names: tuple[str, ...]
    folder_id: str | None
    search: str
    user_id: str | None
    tenant_id: str | None
    show_archived: bool
    with_tags: bool


async def provide_wanted(
    domain: Id = None,
    tag_id: Annotated[str | None, QueryParameter(name="tagId", max_length=210)] = None,
    tag_ids: TagIds = None,
    tag_names: TagNames = None,
    folder_id: Annotated[str | None, QueryParameter(name="folderId", max_length=64)] = None,
    search: Annotated[str, QueryParameter(max_length=core_limits.SEARCH_CHARACTERS_MAX)] = "",
    user_id: Annotated[str | None, QueryParameter(name="userId", max_length=64)] = None,
    tenant_id: Annotated[str | None, QueryParameter(name="tenantId", max_length=210)] = None,
    show_archived: Annotated[bool, QueryParameter(name="showArchived")] = False,
    with_tags: Annotated[bool, QueryParameter(name="withTags")] = False,
) -> Wanted:
    """The filters that lists and counts share."""
    return Wanted(
        domain=domain,
        tag_ids=(*listed(tag_ids), *listed(tag_id)),
        tag_names=listed(tag_names),
        folder_id=folder_id,
        search=search,
        user_id=user_id,
        tenant_id=tenant_id,
        show_archived=show_archived,
        with_tags=with_tags,
    )


WANTED = {"wanted": Provide(provide_wanted)}


class Paging(Struct, frozen=True, kw_only=True):
    """Order and page of a list, as they came."""

    order: LinkSort
    descending: bool
    page: int
    page_size: int
    starting_after: str
    ending_before: str


async def provide_paging(
    sort_by: Annotated[SortBy | None, QueryParameter(name="sortBy")] = None,
    sort: FromQuery[SortBy] = "createdAt",
    sort_order: Annotated[Literal["asc", "desc"], QueryParameter(name="sortOrder")] = "desc",
    page: Annotated[int, QueryParameter(ge=1, le=limits.PAGES_MAX)] = 1,
    page_size: Annotated[
        int, QueryParameter(name="pageSize", ge=1, le=limits.PAGE_ITEMS_MAX)
    ] = limits.PAGE_ITEMS_DEFAULT,
    starting_after: Annotated[str | None, QueryParameter(name="startingAfter", max_length=210)] = None,
    ending_before: Annotated[str | None, QueryParameter(name="endingBefore", max_length=210)] = None,
) -> Paging:
    """Order and page, by numbers or by what stands beside it."""
    if starting_after and ending_before:
        raise Invalid("startingAfter", "cannot be combined with `endingBefore`")
    return Paging(
        order=_SORTS[sort_by or sort],
        descending=sort_order == "desc",
        page=page,
        page_size=page_size,
        starting_after=starting_after or "",
        ending_before=ending_before or "",
    )


PAGED = {**WANTED, "paging": Provide(provide_paging)}


@get("/links", scope="links:read", operation_id="listLinks", tags=TAGS, dependencies=PAGED)
async def list_links(
    call: Caller, wanted: NamedDependency[Wanted], paging: NamedDependency[Paging]
) -> list[LinkOut]:
    """List links, newest first."""
    found = await call.read(lambda tx: page_of(tx, call.actor, wanted, paging))
    return [shown(call)(view) for view in found]


async def page_of(
    tx: Tx, actor: Actor, wanted: Wanted, paging: Paging, kind: LinkKind | None = None
) -> Sequence[LinkView]:
    """A page of links, or of those of one kind. Raises LinkNotFound for an unknown neighbour."""
    found = await _filter(tx, actor, wanted)
    if found is None:
        return ()
    at = PageRequest(limit=paging.page_size, offset=(paging.page - 1) * paging.page_size)
    if beside := paging.starting_after or paging.ending_before:
        prefix = ids.CODE if beside.startswith(f"{ids.CODE}_") else ids.LINK
        neighbour = await link_by_id(tx, actor, ids.native(prefix, beside))
        at = PageRequest(limit=paging.page_size, after=_cursor(paging.order, neighbour))
    descending = paging.descending != bool(paging.ending_before)
    chosen = msgspec.structs.replace(found, kind=kind, sort=paging.order, descending=descending, page=at)
    items = (await links.list_links(tx, actor, chosen)).items
    return items[::-1] if paging.ending_before else items


@get("/links/count", scope="links:read", operation_id="countLinks", tags=TAGS, dependencies=WANTED)
async def count_links(
    call: Caller,
    wanted: NamedDependency[Wanted],
    group_by: Annotated[GroupBy | None, QueryParameter(name="groupBy")] = None,
) -> int | list[dict[str, Any]]:
    """How many links there are, or how many per domain, tag, folder or maker."""

    async def count(tx: Tx) -> int | list[dict[str, Any]]:
        found = await _filter(tx, call.actor, wanted)
        if found is None:
            return 0 if group_by is None else []
        if group_by is None:
            return await _count(tx, call.actor, found)
        counted = [
            {group_by: name, "_count": await _count(tx, call.actor, msgspec.structs.replace(found, **group))}
            for name, group in await _groups(tx, call.actor, group_by)
        ]
        filled = [each for each in counted if each["_count"]]
        return sorted(filled, key=lambda each: -int(str(each["_count"])))

    return await call.read(count)


async def _filter(tx: Tx, actor: Actor, wanted: Wanted) -> LinkFilter | None:
    """The filter of the core, None when nothing can fit."""
    tag_ids, names = [], list(wanted.tag_names)
    for entry in wanted.tag_ids:
        if ids.looks_like_one(ids.TAG, entry):
            tag_ids.append(ids.native(ids.TAG, entry))
        else:
            names.append(entry)
    if wanted.with_tags and not (tag_ids or names):
        every = PageRequest(limit=limits.GROUPS_MAX)
        tag_ids = [tag.id for tag in (await tags.rows.page(tx, actor.workspace_id, every)).items]
        if not tag_ids:
            return None
    try:
        domain_id = None if wanted.domain is None else await domain_id_of(tx, actor, wanted.domain)
    except DomainForbidden:
        return None
    return LinkFilter(
        domain_id=domain_id,
        tag_ids=tuple(tag_ids),
        tags=tuple(names),
        search=wanted.search,
        folder_id=None if wanted.folder_id is None else ids.native(ids.FOLDER, wanted.folder_id),
        created_by=None if wanted.user_id is None else ids.native(ids.USER, wanted.user_id),
        tenant_id=wanted.tenant_id,
        archived=None if wanted.show_archived else False,
    )


async def _count(tx: Tx, actor: Actor, wanted: LinkFilter) -> int:
    one = msgspec.structs.replace(wanted, count=True, page=PageRequest(limit=1))
    return (await links.list_links(tx, actor, one)).total or 0


async def _groups(tx: Tx, actor: Actor, by: GroupBy) -> list[tuple[str, dict[str, Any]]]:
    """What links are counted by: how each group is shown, and the members of a filter that choose it."""
    every = PageRequest(limit=limits.GROUPS_MAX)
    if by == "domain":
        own = await domains.of_workspace(tx, actor.workspace_id, limits.GROUPS_MAX)
        default = [(tx.installation.public_host, {"domain_id": DEFAULT_DOMAIN})]
        return default + [(each.host, {"domain_id": each.id}) for each in own]
    if by == "tagId":
        found = await tags.rows.page(tx, actor.workspace_id, every)
        return [(ids.shown(ids.TAG, tag.id), {"tags": (), "tag_ids": (tag.id,)}) for tag in found.items]
    if by == "userId":
        makers = await stored_links.makers(tx, actor.workspace_id, limits.GROUPS_MAX)
        return [(ids.shown(ids.USER, each), {"created_by": each}) for each in makers]
    kept = await folders.rows.page(tx, actor.workspace_id, every)
    return [(ids.shown(ids.FOLDER, folder.id), {"folder_id": folder.id}) for folder in kept.items]


def _cursor(order: LinkSort, view: LinkView) -> str:
    value = {"scans": view.scans.human, "last_scan": view.scans.last_ms}.get(order, view.link.created_ms)
    return encode_cursor(order, value, view.link.id)


HANDLERS = [list_links, count_links]
