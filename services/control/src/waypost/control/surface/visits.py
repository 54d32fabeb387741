"""What analytics knows of visitors: the scan behind a click id, how often a profile came, and forgetting it."""

from collections.abc import Sequence
from uuid import UUID

from waypost.control.core import form_submissions
from waypost.control.core.visitors import mark_of
from waypost.control.model.visitors import SeenScan, VisitorView, Visits
from waypost.control.surface.call import Call
from waypost.wire.filters import Filter
from waypost.wire.ids import to_bytes, to_text
from waypost.wire.limits import BREAKDOWN_ROWS_MAX, QUERY_FILTER_VALUES_MAX
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery
from waypost.wire.scan_events import ScanEventV1, ScansAnswer, ScansQuery
from waypost.wire.upkeep import Changed, EraseVisitor

DAY_MS = 24 * 3600 * 1000
NUMBER_CHARACTERS = 16
"""A visitor's number of a day; a click id has twice as many."""

_LED_ON = Filter("outcome", ("redirect", "page_click"))
"""How a click id leaves: also behind a page of a link, where it is no visit of its own."""

COUNTED_DAYS_MAX = 20
"""Days of each profile that lists count."""


def numbers_of(view: VisitorView) -> list[str]:
    """The numbers of the days on which a profile was seen, newest first."""
    return [mark for mark in reversed(view.marks) if len(mark) == NUMBER_CHARACTERS]


async def seen_scan(call: Call, known_as: str) -> SeenScan:
    """The scan that a click id belongs to; an empty one for anything else. Raises Invalid, Unavailable."""
    mark = mark_of(known_as)
    if len(mark) == NUMBER_CHARACTERS:
        return SeenScan(visitor=mark)
    if not mark:
        return SeenScan()
    at_ms = UUID(mark).int >> 80
    found = await _scans(call, (Filter("click", (mark,)), _LED_ON), at_ms - DAY_MS, at_ms + DAY_MS, 1)
    if not found:
        return SeenScan()
    scan = found[0]
    return SeenScan(scan.visitor, to_text(scan.link_id), scan.rule_id, scan.at_ms)


async def scans_of(call: Call, view: VisitorView, limit: int) -> list[ScanEventV1]:
    """The newest scans of a profile. Raises Unavailable."""
    numbers = numbers_of(view)[:QUERY_FILTER_VALUES_MAX]
    if not numbers:
        return []
    return await _scans(call, (Filter("visitor", tuple(numbers)),), 0, call.now_ms + DAY_MS, limit)


async def visits_of(call: Call, views: Sequence[VisitorView]) -> dict[str, Visits]:
    """How often each profile came. Raises Unavailable."""
    owners = {number: view.visitor.id for view in views for number in numbers_of(view)[:COUNTED_DAYS_MAX]}
    numbers = list(owners)
    scans: dict[str, int] = {}
    codes: dict[str, set[str]] = {}
    devices: dict[str, set[tuple[str, ...]]] = {}
    for start in range(0, len(numbers), QUERY_FILTER_VALUES_MAX):
        some = tuple(numbers[start : start + QUERY_FILTER_VALUES_MAX])
        for row in (await _broken_down(call, some, "link", "source")).rows:
            number, link_id, source = row.values
            owner = owners[number]
            scans[owner] = scans.get(owner, 0) + row.counts.human
            if source == "qr":
                codes.setdefault(owner, set()).add(link_id)
        for row in (await _broken_down(call, some, "os", "browser")).rows:
            devices.setdefault(owners[row.values[0]], set()).add(row.values[1:])
    return {
        view.visitor.id: Visits(
            scans.get(view.visitor.id, 0),
            len(devices.get(view.visitor.id, ())),
            len(codes.get(view.visitor.id, ())),
        )
        for view in views
    }


async def forget_scans(call: Call, numbers: Sequence[str]) -> None:
    """Cut the tie between visitors' numbers and their scans and answers to forms; what was counted stays.

    Raises Unavailable.
    """
    async with call.control.database.write() as tx:
        for number in numbers:
            await form_submissions.forget_visitor(tx, call.actor, number)
    for number in numbers:
        await call.control.bus.ask(EraseVisitor(to_bytes(call.actor.workspace_id), number), Changed)


async def _scans(
    call: Call, which: tuple[Filter, ...], from_ms: int, to_ms: int, limit: int
) -> list[ScanEventV1]:
    query = ScansQuery(
        workspace_id=to_bytes(call.actor.workspace_id),
        from_ms=max(from_ms, 0),
        to_ms=to_ms,
        filters=which,
        limit=limit,
    )
    return list((await call.control.bus.ask(query, ScansAnswer)).scans)


async def _broken_down(call: Call, numbers: tuple[str, ...], *by: str) -> BreakdownAnswer:
    query = BreakdownQuery(
        workspace_id=to_bytes(call.actor.workspace_id),
        from_ms=0,
        to_ms=call.now_ms + DAY_MS,
        filters=(Filter("visitor", numbers),),
        dimensions=("visitor", *by),
        limit=BREAKDOWN_ROWS_MAX,
    )
    return await call.control.bus.ask(query, BreakdownAnswer)
