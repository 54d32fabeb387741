"""Events: the article's path answers flat or as CSV, the generated client's path wraps both."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from waypost.control.dialects.linkbreakers.asked import gives, pager_of, query_of, shown
from waypost.control.dialects.linkbreakers.mapping.events import scan_id_of, to_csv, to_event
from waypost.control.dialects.linkbreakers.mapping.traces import to_traces
from waypost.control.dialects.linkbreakers.mapping.workspaces import to_workspace
from waypost.control.dialects.linkbreakers.people import links_of, people_of, visitor_filters
from waypost.control.dialects.linkbreakers.query import Query
from waypost.control.dialects.linkbreakers.schemas.events import (
    EventOut,
    EventsAnswer,
    EventsWrapped,
    TracesAnswer,
)
from waypost.control.dialects.linkbreakers.schemas.links import LinkOut
from waypost.control.dialects.linkbreakers.schemas.text import Csv
from waypost.control.model.faults import EventNotFound, Invalid, InvalidCursor
from waypost.control.store import links as stored
from waypost.control.store import workspaces
from waypost.control.surface.call import Call, Caller
from waypost.wire.filters import Filter
from waypost.wire.ids import to_bytes, to_text
from waypost.wire.limits import SCANS_PER_PAGE_MAX
from waypost.wire.queries import SummaryAnswer, SummaryQuery
from waypost.wire.scan_events import ScanEventV1, ScansAnswer, ScansQuery

TAG = "Events"
FORMATS = ("RESPONSE_FORMAT_JSON", "RESPONSE_FORMAT_CSV")
_DAY_MS = 24 * 3600 * 1000


class Asked(Struct, frozen=True, kw_only=True):
    """Which events are wanted."""

    from_ms: int
    to_ms: int
    link_ids: tuple[bytes, ...] = ()
    filters: tuple[Filter, ...] = ()
    items: int
    before: int


class Found(Struct, frozen=True, kw_only=True):
    """A page of events with what was looked up for them."""

    scans: list[ScanEventV1]
    events: list[EventOut]
    links: dict[str, LinkOut]
    total: int
    next_page_token: str

    def csv(self) -> str:
        """The page as a spreadsheet reads it."""
        return to_csv(zip(self.scans, self.events, strict=True), self.links)

    def answer(self) -> EventsAnswer:
        """The page as objects."""
        return EventsAnswer(
            events=self.events,
            total_count=self.total,
            has_more=bool(self.next_page_token),
            next_page_token=self.next_page_token,
        )


@get("/v1/events/list", scope="analytics:read", **gives(EventsAnswer, TAG))
async def list_events(call: Caller) -> Response[Any]:
    """Events of a time, newest first; with `response_format=RESPONSE_FORMAT_CSV` as a file."""
    kind = query_of(call).choice("response_format", FORMATS, FORMATS[0])
    found = await _find(call)
    if kind == FORMATS[0]:
        return shown(call, found.answer())
    headers = {
        "Content-Disposition": 'attachment; filename="events.csv"',
        "X-Next-Page-Token": found.next_page_token,
    }
    return Response(found.csv().encode(), media_type="text/csv", headers=headers)


@get("/v1/events", scope="analytics:read", **gives(EventsWrapped, TAG))
async def list_wrapped_events(call: Caller) -> Response[Any]:
    """The same for the generated client, which looks inside `json` or `csv`."""
    kind = query_of(call).choice("response_format", FORMATS, FORMATS[0])
    found = await _find(call)
    if kind == FORMATS[0]:
        return shown(call, EventsWrapped(json=found.answer()))
    return shown(call, EventsWrapped(csv=Csv(csv_data=found.csv())))


@get("/v1/events/{event_id:str}/traces", scope="analytics:read", **gives(TracesAnswer, TAG))
async def list_event_traces(call: Caller, event_id: FromPath[str]) -> Response[Any]:
    """The steps that a visit went through."""
    scan_id = scan_id_of(call.actor.workspace_id, event_id)
    wanted = Asked(from_ms=0, to_ms=call.now_ms + _DAY_MS, items=1, before=(scan_id or 0) + 1)
    scans = (await _scans(call, wanted))[0] if scan_id else []
    if not scans or scans[0].id != scan_id:
        raise EventNotFound(event_id)
    link_id = to_text(scans[0].link_id)
    events, _ = await _shown(call, scans)
    found = await call.read(lambda tx: stored.get_many(tx, call.actor.workspace_id, [link_id]))
    traces = to_traces(scans[0], events[0], found[0] if found else None)
    return shown(call, TracesAnswer(traces=traces))


async def _find(call: Call) -> Found:
    query = query_of(call)
    start, end = query.time_ms("start_date"), query.time_ms("end_date")
    link_id, visitor_id = query.text("link_id"), query.text("visitor_id")
    pager = pager_of(call, "events", start, end, link_id, visitor_id)
    filters = await visitor_filters(call, visitor_id)
    asked = _asked(call, query, start, end, query.page(pager).after, filters or ())
    if filters is None or (link_id and not asked.link_ids):
        return Found(scans=[], events=[], links={}, total=0, next_page_token="")
    scans, cursor = await _scans(call, asked)
    total = (await call.control.bus.ask(_summary(call, asked), SummaryAnswer)).total
    events, links = await _shown(call, scans)
    token = pager.seal(str(cursor)) if cursor else ""
    return Found(scans=scans, events=events, links=links, total=total, next_page_token=token)


async def _shown(call: Call, scans: list[ScanEventV1]) -> tuple[list[EventOut], dict[str, LinkOut]]:
    """Scans as events with what the caller included, and their links."""
    workspace = await call.read(lambda tx: workspaces.get(tx, call.actor.workspace_id))
    links = await links_of(call, scans)
    people = await people_of(call, scans)
    place, included = to_workspace(workspace), query_of(call).included()
    if query_of(call).text("response_format").endswith("_CSV"):
        included |= {"visitor"}
    events = [
        to_event(scan, place, links.get(to_text(scan.link_id)), included, person)
        for scan, person in zip(scans, people, strict=True)
    ]
    return events, links


def _asked(call: Call, query: Query, start: int, end: int, after: str, filters: tuple[Filter, ...]) -> Asked:
    if end and end < start:
        raise Invalid("end_date", "lies before start_date")
    if after and not after.isdecimal():
        raise InvalidCursor("cursor", "is not a token of this list")
    return Asked(
        from_ms=start,
        to_ms=(end or call.now_ms + _DAY_MS) + 1,
        link_ids=_known_ids(query.text("link_id")),
        filters=filters,
        items=query.page_items(),
        before=int(after or 0),
    )


def _known_ids(link_id: str) -> tuple[bytes, ...]:
    # An id that is none is as unknown as one of nobody: the list is empty, not wrong.
    try:
        return (to_bytes(link_id),) if link_id else ()
    except ValueError:
        return ()


async def _scans(call: Call, asked: Asked) -> tuple[list[ScanEventV1], int]:
    """A page of scans and the cursor behind it, 0 at the end; analytics gives out at most 500 at once."""
    found: list[ScanEventV1] = []
    before = asked.before
    while len(found) < asked.items:
        wanted = min(asked.items - len(found), SCANS_PER_PAGE_MAX)
        question = ScansQuery(
            workspace_id=to_bytes(call.actor.workspace_id),
            from_ms=asked.from_ms,
            to_ms=asked.to_ms,
            link_ids=asked.link_ids,
            filters=asked.filters,
            before=before,
            limit=wanted,
        )
        answer = await call.control.bus.ask(question, ScansAnswer)
        found += answer.scans
        before = answer.cursor
        if not before:
            break
    return found, before


def _summary(call: Call, asked: Asked) -> SummaryQuery:
    return SummaryQuery(
        workspace_id=to_bytes(call.actor.workspace_id),
        from_ms=asked.from_ms,
        to_ms=asked.to_ms,
        link_ids=asked.link_ids,
        filters=asked.filters,
    )


HANDLERS = [list_events, list_wrapped_events, list_event_traces]
