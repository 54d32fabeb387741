"""Scans one by one: listed, exported and followed live. All of them stream in constant memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get
from litestar.params import FromQuery, PathParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage, Stream

from waypost.control.api.routes.analytics import SCOPED_EXACTLY, InScope
from waypost.control.api.routes.parameters import nothing
from waypost.control.api.schemas.events import EventList, to_event_list, to_events
from waypost.control.core import link_views, links, scan_settings
from waypost.control.model.faults import Invalid, InvalidCursor, Unavailable
from waypost.control.model.links import LinkView
from waypost.control.surface.call import Call, Caller, still_may
from waypost.wire.ids import to_bytes, to_text
from waypost.wire.limits import SCANS_PER_PAGE_MAX
from waypost.wire.scan_events import ExportChunk, ExportQuery, ScanEventV1, ScansAnswer, ScansQuery
from waypost.wire.upkeep import Changed, EraseLink

TAGS = ["Events"]
TAIL_EVERY_S = 0.5
TAIL_SECONDS_MAX = 3_600
"""A tail ends after an hour; the browser reconnects by itself and goes on behind the last event."""
TAIL_SILENCE_S = 15.0
_ID_DIGITS_MAX = 18
_FAR_FUTURE_MS = 4_102_444_800_000
_MEDIA = {"csv": "text/csv", "ndjson": "application/x-ndjson"}


@get("/v1/events", scope="events:read", operation_id="listEvents", tags=TAGS, dependencies=SCOPED_EXACTLY)
async def list_events(
    call: Caller,
    scoped: InScope,
    limit: Annotated[int, QueryParameter(ge=1, le=SCANS_PER_PAGE_MAX)] = 100,
    cursor: Annotated[
        str, QueryParameter(max_length=32, description="`next_cursor` of the page before.")
    ] = "",
) -> EventList:
    """List scans, newest first, with the links they belong to."""
    query = ScansQuery(**scoped.wire(), before=_number(cursor) if cursor else 0, limit=limit)
    answer = await call.control.bus.ask(query, ScansAnswer)
    return to_event_list(answer, await _links_of(call, answer.scans))


async def _links_of(call: Call, scans: Sequence[ScanEventV1]) -> dict[str, LinkView]:
    """The links of these scans that still exist, by id."""
    ids = sorted({to_text(each.link_id) for each in scans})
    return await call.read(lambda tx: link_views.known(tx, call.actor, ids)) if ids else {}


@get(
    "/v1/events/export",
    scope="events:read",
    operation_id="exportEvents",
    tags=TAGS,
    dependencies=SCOPED_EXACTLY,
)
async def export_events(
    call: Caller,
    scoped: InScope,
    format: FromQuery[Literal["csv", "ndjson"]] = "csv",  # noqa: A002 - the name of the query parameter
) -> Stream:
    """Export scans, oldest first: CSV that is safe in a spreadsheet, or one JSON object a line. Any size."""
    chunks = call.control.bus.export(ExportQuery(**scoped.wire(), format=format))
    first = await anext(chunks)
    headers = {"Content-Disposition": f'attachment; filename="events.{format}"'}
    return Stream(_texts(first, chunks), media_type=_MEDIA[format], headers=headers)


async def _texts(first: ExportChunk, others: AsyncIterator[ExportChunk]) -> AsyncIterator[bytes]:
    """A failure in the middle ends the connection without its last chunk, so a client sees that it has not
    everything."""
    yield first.data
    async for chunk in others:
        yield chunk.data


@get(
    "/v1/events/stream",
    scope="events:read",
    operation_id="streamEvents",
    tags=TAGS,
    dependencies=SCOPED_EXACTLY,
)
async def stream_events(
    call: Caller,
    scoped: InScope,
    since: Annotated[
        str, QueryParameter(max_length=32, description="Replay from behind this event id.")
    ] = "",
    replay: Annotated[
        bool,
        QueryParameter(description="Begin with what happened since `start`, which alone asks for it too."),
    ] = False,
) -> ServerSentEvent:
    """Follow scans live (server-sent events). `Last-Event-ID`, `since`, `start` or `replay` go back first."""
    live = {**scoped.wire(), "to_ms": _FAR_FUTURE_MS}
    if "end" in call.request.query_params:
        raise Invalid("end", "a live stream has none")
    if resumed := call.request.headers.get("last-event-id", ""):
        after = _event_id("Last-Event-ID", resumed)
    elif since:
        after = _event_id("since", since)
    elif replay or "start" in call.request.query_params:
        after = 0
    else:
        query = ScansQuery(**{**live, "filters": ()}, limit=1)
        newest = await call.control.bus.ask_together(query, ScansAnswer)
        after = newest.scans[0].id if newest.scans else 0
    first = await _behind(
        call, live, after
    )  # what cannot be asked is refused while there is a status to say so
    return ServerSentEvent(_tail(call, live, first))


async def _behind(call: Call, live: dict[str, Any], after: int) -> ScansAnswer:
    """Scans behind an id, none while analytics is away. Tails of the same scans ask together."""
    try:
        query = ScansQuery(**live, after=after, limit=SCANS_PER_PAGE_MAX)
        return await call.control.bus.ask_together(query, ScansAnswer)
    except Unavailable:
        return ScansAnswer((), after)


async def _tail(
    call: Call, live: dict[str, Any], answer: ScansAnswer
) -> AsyncIterator[ServerSentEventMessage]:
    """Scans as they come, from the first answer on, as long as the key may see them. While analytics is away,
    comments keep the connection alive."""
    loop = asyncio.get_running_loop()
    end = loop.time() + TAIL_SECONDS_MAX
    spoken = loop.time()
    after = 0
    yield ServerSentEventMessage(data=None, comment="live", retry=2_000)
    while not call.control.is_ending:
        if answer.scans and not await still_may(call, "events:read"):
            return
        for event in to_events(answer.scans, await _links_of(call, answer.scans)):
            spoken = loop.time()
            yield ServerSentEventMessage(data=msgspec.json.encode(event), event="scan", id=event.id)
        after = max(after, answer.cursor)
        if loop.time() - spoken > TAIL_SILENCE_S:
            spoken = loop.time()
            yield ServerSentEventMessage(data=None, comment="still here")
        if len(answer.scans) < SCANS_PER_PAGE_MAX:
            # At the same moments for all tails, so that equal questions meet.
            await asyncio.sleep(TAIL_EVERY_S - loop.time() % TAIL_EVERY_S)
        if loop.time() >= end:
            return
        answer = await _behind(call, live, after)


@delete(
    "/v1/links/{link_id:str}/scans",
    scope="events:write",
    operation_id="eraseLinkScans",
    tags=TAGS,
    status_code=204,
)
async def erase_link_scans(
    call: Caller, link_id: Annotated[str, PathParameter(max_length=64)]
) -> Response[None]:
    """Forget every scan of a link for good, its counts too; also of a link that was deleted. The log keeps who
    asked for it."""
    await call.read(lambda tx: links.require_scanned(tx, call.actor, [link_id]))
    await call.control.bus.ask(EraseLink(to_bytes(call.actor.workspace_id), to_bytes(link_id)), Changed)
    return await call.write(
        lambda tx: scan_settings.note_erased(tx, call.actor, link_id), nothing, status=204
    )


def _number(text: str) -> int:
    if not _is_number(text):
        raise InvalidCursor("cursor", "is not one of this list")
    return int(text)


def _event_id(field: str, text: str) -> int:
    if not _is_number(text):
        raise Invalid(field, "is not the id of an event")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS_MAX


HANDLERS = [list_events, export_events, stream_events, erase_link_scans]
