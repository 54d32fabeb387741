"""Visitors: identified, listed, searched, changed, forgotten; and figures of what is known of them."""

from collections.abc import Callable
from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct, UnsetType

from waypost.control.core import visitors
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.mapping.visitors import (
    to_csv,
    to_filter,
    to_visitor,
    to_write,
    type_of,
    with_visits,
)
from waypost.control.dialects.linkbreakers.people import (
    links_of,
    page_by_visits,
    shown_visitors,
    with_captured,
)
from waypost.control.dialects.linkbreakers.query import Query
from waypost.control.dialects.linkbreakers.schemas.text import Csv
from waypost.control.dialects.linkbreakers.schemas.visitors import (
    AttributeFilterIn,
    AttributeKeyOut,
    AttributeKeys,
    IdentifyAnswer,
    IdentifyIn,
    Success,
    VisitorOut,
    VisitorPatch,
    VisitorsAnswer,
    VisitorSearch,
    VisitorsPage,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.visitors import Identified, Identify, VisitorFilter, VisitorView, Visits
from waypost.control.store import visitors as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.control.surface.visits import forget_scans, numbers_of, scans_of, seen_scan, visits_of

TAG = "Visitors"
PATH = "/v1/visitors"
ONE = PATH + "/{visitor_id:str}"
FORMATS = ("RESPONSE_FORMAT_JSON", "RESPONSE_FORMAT_CSV")
SORTS = (
    "VISITOR_SORT_FIELD_CREATED_AT",
    "VISITOR_SORT_FIELD_VISIT_COUNT",
    "VISITOR_SORT_FIELD_DEVICE_COUNT",
    "VISITOR_SORT_FIELD_QRCODE_COUNT",
)
_COUNTS: dict[str, Callable[[Visits], int]] = {
    SORTS[1]: lambda visits: visits.scans,
    SORTS[2]: lambda visits: visits.devices,
    SORTS[3]: lambda visits: visits.codes,
}
DIRECTIONS = ("SORT_DIRECTION_DESC", "SORT_DIRECTION_ASC")
RELATIONS = frozenset({"devices", "events", "links"})


@post("/v1/visitor/identify", scope="visitors:write", **takes(IdentifyIn, IdentifyAnswer, TAG))
async def identify(call: Caller, data: JSONBody[IdentifyIn]) -> Response[Any]:
    """Say who came with an `lbid`. A publishable token fills gaps only, and is told no more than it sent."""
    case, lbid = case_of(call), data.lbid or ""
    command = Identify(
        known_as=lbid,
        scan=await seen_scan(call, lbid),
        visitor=to_write(data.visitor),
        set_once=bool(data.set_once),
    )

    def render(found: Identified) -> Any:
        return spell(IdentifyAnswer(created=found.is_new, visitor=to_visitor(found.view)), case)

    async def work(tx: Tx) -> Identified:
        mark = visitors.mark_of(lbid)
        is_known = bool(await stored.by_marks(tx, call.actor.workspace_id, [mark] if mark else []))
        found = await visitors.identify(tx, call.actor, command)
        # The first time only: later, somebody may have said something else.
        return found if is_known else await with_captured(tx, call, command, found)

    return await call.write(work, render)


@get(PATH, scope="visitors:read", **gives(VisitorsAnswer, TAG))
async def list_visitors(call: Caller) -> Response[Any]:
    """Visitors: `email`, `search`, `link_id`, `sort_field`, `sort_direction`, `include`, as JSON or CSV."""
    return await _listed(call, query_of(call), ())


@post(f"{PATH}/search", scope="visitors:read", **takes(VisitorSearch, VisitorsAnswer, TAG))
async def search_visitors(call: Caller, data: JSONBody[VisitorSearch]) -> Response[Any]:
    """The same with up to 20 tests of attributes, all of which must hold."""
    given = {name: getattr(data, name) for name in data.__struct_fields__ if name != "attribute_filters"}
    pairs = [
        (name, str(each))
        for name, value in given.items()
        if value is not None and not isinstance(value, UnsetType)
        for each in (value if isinstance(value, list) else [value])
    ]
    return await _listed(call, Query(pairs), tuple(data.attribute_filters or ()))


@get(f"{PATH}/attributes", scope="visitors:read", **gives(AttributeKeys, TAG))
async def list_attribute_keys(call: Caller) -> Response[Any]:
    """The keys in use, of the visitors of one link or of all."""
    link_id = query_of(call).text("link_id")
    keys = await call.read(lambda tx: stored.attribute_keys(tx, call.actor.workspace_id, link_id))
    return shown(
        call,
        AttributeKeys(
            attribute_keys=[each.key for each in keys],
            attributes=[AttributeKeyOut(key=each.key, type=type_of(each.type)) for each in keys],
        ),
    )


@get(ONE, scope="visitors:read", **gives(VisitorOut, TAG))
async def get_visitor(call: Caller, visitor_id: FromPath[str]) -> Response[Any]:
    """One visitor; `include` adds devices, events, links."""
    view = await call.read(lambda tx: visitors.get_visitor(tx, call.actor, visitor_id))
    return shown(call, (await _with_relations(call, [view], query_of(call).included()))[0])


@patch(ONE, scope="visitors:write", **takes(VisitorPatch, VisitorOut, TAG))
async def update_visitor(
    call: Caller, visitor_id: FromPath[str], data: JSONBody[VisitorPatch]
) -> Response[Any]:
    """Change what is known; null removes a key."""
    case, command = case_of(call), to_write(data.visitor)
    before = await call.read(lambda tx: visitors.get_visitor(tx, call.actor, visitor_id))
    visits = (await visits_of(call, [before]))[visitor_id]

    def render(view: VisitorView) -> Any:
        return spell(to_visitor(view, visits), case)

    return await call.write(lambda tx: visitors.update_visitor(tx, call.actor, visitor_id, command), render)


@delete(ONE, scope="visitors:write", **gives(Success, TAG))
async def delete_visitor(call: Caller, visitor_id: FromPath[str]) -> Response[Any]:
    """Forget a visitor; their scans stay counted, and nobody can tell any more that they were theirs."""
    visitors.require_reading(call.actor)
    view = await call.read(lambda tx: visitors.get_visitor(tx, call.actor, visitor_id))
    await forget_scans(call, numbers_of(view))
    return await call.write(lambda tx: visitors.delete_visitor(tx, call.actor, visitor_id), _gone)


@delete(f"{ONE}/attributes/{{attribute_key:str}}", scope="visitors:write", **gives(Success, TAG))
async def delete_attribute(
    call: Caller, visitor_id: FromPath[str], attribute_key: FromPath[str]
) -> Response[Any]:
    """Forget one attribute of a visitor."""
    return await call.write(
        lambda tx: visitors.remove_attribute(tx, call.actor, visitor_id, attribute_key),
        lambda had: {"success": had},
    )


async def _listed(call: Call, query: Query, tests: tuple[AttributeFilterIn, ...]) -> Response[Any]:
    filters = tuple(to_filter(each, index) for index, each in enumerate(tests))
    sort = query.choice("sort_field", SORTS, SORTS[0])
    descending = query.choice("sort_direction", DIRECTIONS, DIRECTIONS[0]) == DIRECTIONS[0]
    email, search, link_id = query.text("email").lower(), query.text("search"), query.text("link_id")
    pager = pager_of(call, "visitors", email, search, link_id, sort, descending, filters)
    token = query.text("page_token") or query.text("cursor")
    size = query.page_items(limits.VISITORS_DEFAULT, limits.VISITORS_MAX)
    wanted = VisitorFilter(
        email=email,
        search=search,
        link_id=link_id,
        attributes=filters,
        descending=descending,
        page=PageRequest(limit=size, after=pager.open(token) if token else ""),
        count=True,
    )
    kind = query.choice("response_format", FORMATS, FORMATS[0])
    page = await (_page(call, wanted) if sort == SORTS[0] else page_by_visits(call, wanted, _COUNTS[sort]))
    found = await _with_relations(call, page.items, query.included())
    if kind == FORMATS[1]:
        return shown(call, VisitorsAnswer(csv=Csv(csv_data=to_csv(found))))
    answer = VisitorsPage(
        visitors=found,
        total_count=page.total or 0,
        has_more=bool(page.next_cursor),
        next_page_token=pager.seal(page.next_cursor),
    )
    return shown(call, VisitorsAnswer(json=answer))


async def _page(call: Call, wanted: VisitorFilter) -> Page[VisitorView]:
    return await call.read(lambda tx: visitors.list_visitors(tx, call.actor, wanted))


async def _with_relations(
    call: Call, views: tuple[VisitorView, ...] | list[VisitorView], included: frozenset[str]
) -> list[VisitorOut]:
    found = await shown_visitors(call, views)
    if not included & RELATIONS:
        return found
    result = []
    for view, out in zip(views, found, strict=True):
        scans = await scans_of(call, view, limits.VISITOR_SCANS_MAX)
        links = await links_of(call, scans)
        result.append(with_visits(out, scans, links, included))
    return result


def _gone(_view: Struct) -> dict[str, bool]:
    return {"success": True}


HANDLERS = [
    identify,
    list_visitors,
    search_visitors,
    list_attribute_keys,
    get_visitor,
    update_visitor,
    delete_visitor,
    delete_attribute,
]
