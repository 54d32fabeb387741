"""Who scans were by: profiles that customers made known, and the links of what they scanned."""

import re
from collections.abc import Callable, Sequence

import msgspec

from waypost.control.core import link_views, visitors
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.drawing import zone_of
from waypost.control.dialects.linkbreakers.library import files_of
from waypost.control.dialects.linkbreakers.mapping.steps import graph_of, lowered
from waypost.control.dialects.linkbreakers.mapping.visitors import to_visitor
from waypost.control.dialects.linkbreakers.schemas.links import LinkOut
from waypost.control.dialects.linkbreakers.schemas.visitors import VisitorOut
from waypost.control.dialects.linkbreakers.showing import Shown, look_up
from waypost.control.dialects.linkbreakers.workflow.captures import captured
from waypost.control.dialects.linkbreakers.workflow.ways import saves
from waypost.control.model.faults import InvalidCursor
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.visitors import (
    Identified,
    Identify,
    VisitorFilter,
    VisitorNotFound,
    VisitorView,
    Visits,
    WriteVisitor,
)
from waypost.control.store import links as stored_links
from waypost.control.store import visitors as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call
from waypost.control.surface.visits import numbers_of, visits_of
from waypost.wire.filters import Filter
from waypost.wire.ids import to_text
from waypost.wire.limits import QUERY_FILTER_VALUES_MAX
from waypost.wire.scan_events import ScanEventV1

_OLDER = "older "
_NUMBER = re.compile(r"[0-9a-f]{16}\Z")


async def visitor_filters(call: Call, visitor_id: str) -> tuple[Filter, ...] | None:
    """The filter that leaves one visitor's scans, none for everybody's; None for a visitor without any."""
    if not visitor_id:
        return ()
    if _NUMBER.match(visitor_id):
        return (Filter("visitor", (visitor_id,)),)
    try:
        view = await call.read(lambda tx: visitors.get_visitor(tx, call.actor, visitor_id))
    except VisitorNotFound:
        return None
    numbers = tuple(numbers_of(view)[:QUERY_FILTER_VALUES_MAX])
    return (Filter("visitor", numbers),) if numbers else None


async def with_captured(tx: Tx, call: Call, command: Identify, found: Identified) -> Identified:
    """A profile with what the steps of a workflow save about the scan that it was tied to just now.

    A key that may not read visitors is told no more than it sent.
    """
    link_id = command.scan.link_id
    living = await stored_links.get_many(tx, call.actor.workspace_id, [link_id] if link_id else [])
    link = next(iter(living), None)
    if link is None or not any(saves(step) for step in graph_of(link)):
        return found
    graph = graph_of(link)
    lowered_way = lowered(link, graph, await zone_of(tx, call), await files_of(tx, call, graph))
    latest, first = captured(lowered_way, link, command.scan)
    told = set(command.visitor.attributes)
    for values, set_once in ((latest, command.set_once), (first, True)):
        fresh = {key: value for key, value in values.items() if key not in told}
        if not fresh:
            continue
        said = msgspec.structs.replace(command, visitor=WriteVisitor(attributes=fresh), set_once=set_once)
        after = await visitors.identify(tx, call.actor, said)
        found = Identified(after.view, found.is_new) if call.actor.may("visitors:read") else found
    return found


async def people_of(call: Call, scans: Sequence[ScanEventV1]) -> list[VisitorOut | None]:
    """The profile of each scan's visitor; None where nobody said who it was."""
    marks = {mark for scan in scans for mark in (scan.visitor, scan.click_id) if mark}

    async def work(tx: Tx) -> tuple[dict[str, str], list[VisitorView]]:
        known = await stored.by_marks(tx, call.actor.workspace_id, sorted(marks))
        people = {visitor.id: visitor for visitor in known.values()}
        owners = {mark: visitor.id for mark, visitor in known.items()}
        return owners, await stored.views(tx, list(people.values()))

    owners, views = await call.read(work)
    shown = {visitor.id: visitor for visitor in await shown_visitors(call, views)}
    return [shown.get(owners.get(scan.click_id) or owners.get(scan.visitor, "")) for scan in scans]


async def shown_visitors(call: Call, views: Sequence[VisitorView]) -> list[VisitorOut]:
    """Profiles with how often they came. Raises Unavailable."""
    visits = await visits_of(call, views)
    return [to_visitor(view, visits[view.visitor.id]) for view in views]


async def links_of(call: Call, scans: Sequence[ScanEventV1]) -> dict[str, LinkOut]:
    """The living links that were scanned, by id."""
    ids = sorted({to_text(scan.link_id) for scan in scans})
    if not ids:
        return {}

    async def work(tx: Tx) -> Shown:
        living = await stored_links.get_many(tx, call.actor.workspace_id, ids)
        return await look_up(tx, call, await link_views.views(tx, living))

    return {link.id: link for link in (await call.read(work)).links(call)}


async def page_by_visits(
    call: Call, wanted: VisitorFilter, count_of: Callable[[Visits], int]
) -> Page[VisitorView]:
    """A page in the order of a count: of the newest profiles that match, then the older ones as they were made.

    Analytics counts visits, so only so many are put in order. Raises InvalidCursor, Unavailable.
    """
    start, older = 0, ""
    if wanted.page.after.startswith(_OLDER):
        older = wanted.page.after.removeprefix(_OLDER)
    elif wanted.page.after:
        if not wanted.page.after.isdecimal():
            raise InvalidCursor("page_token", "is not a token of this list")
        start = int(wanted.page.after)
    limit = wanted.page.limit if older else limits.VISITORS_SORTED_MAX
    newest = msgspec.structs.replace(wanted, descending=True, page=PageRequest(limit=limit, after=older))
    found = await call.read(lambda tx: visitors.list_visitors(tx, call.actor, newest))
    behind = f"{_OLDER}{found.next_cursor}" if found.next_cursor else ""
    if older:
        return Page(found.items, behind, found.total)
    visits = await visits_of(call, found.items)
    ordered = sorted(
        found.items, key=lambda view: count_of(visits[view.visitor.id]), reverse=wanted.descending
    )
    end = start + wanted.page.limit
    return Page(tuple(ordered[start:end]), str(end) if end < len(ordered) else behind, found.total)
