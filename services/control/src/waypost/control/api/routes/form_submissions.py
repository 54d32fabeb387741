"""What visitors sent by forms: listed, exported, erased."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, delete, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from waypost.control import limits
from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.including import Show, ToLink
from waypost.control.api.routes.parameters import Cursor, Id, Limit, nothing, page_request
from waypost.control.api.schemas.form_submissions import (
    csv_header,
    csv_lines,
    to_submission,
)
from waypost.control.api.schemas.includes import FormSubmissionList, FormSubmissionWithIncluded
from waypost.control.core import form_submissions
from waypost.control.core.includes import refers_to_link
from waypost.control.model.forms import FormSubmission
from waypost.control.model.page import Page, PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAGS = ["Forms"]
_SHOW = Show(FormSubmissionWithIncluded, to_submission, refers_to_link)
_MEDIA = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
LinkId = Annotated[str, QueryParameter(max_length=64, description="Only answers to the form of this link.")]


@get("/v1/form-submissions", scope="visitors:read", operation_id="listFormSubmissions", tags=TAGS)
async def list_submissions(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    link_id: LinkId = "",
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
    include: ToLink = None,
) -> FormSubmissionList:
    """List what visitors sent, newest first."""
    wanted = page_request(limit, cursor)
    page, data = await _SHOW.all(
        call,
        lambda tx: form_submissions.list_submissions(
            tx, call.actor, wanted, link_id=link_id, start_ms=to_ms(start), end_ms=to_ms(end)
        ),
        lambda page: page.items,
        include,
    )
    return FormSubmissionList(data=data, next_cursor=page.next_cursor or None)


@get("/v1/form-submissions/export", scope="visitors:read", operation_id="exportFormSubmissions", tags=TAGS)
async def export_submissions(
    call: Caller,
    link_id: LinkId = "",
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
    format: FromQuery[Literal["csv", "ndjson"]] = "csv",  # noqa: A002 - the name of the query parameter
) -> Stream:
    """Export what visitors sent, newest first: CSV with a column for each field, safe in a spreadsheet, or one
    JSON object a line."""
    wanted = _Export(call, link_id, to_ms(start), to_ms(end))
    first = await wanted.page("")
    chunks = _csv(wanted, first) if format == "csv" else _ndjson(wanted, first)
    headers = {"Content-Disposition": f'attachment; filename="form-submissions.{format}"'}
    return Stream(chunks, media_type=_MEDIA[format], headers=headers)


@get(
    "/v1/form-submissions/{submission_id:str}",
    scope="visitors:read",
    operation_id="getFormSubmission",
    tags=TAGS,
)
async def get_submission(
    call: Caller, submission_id: Id, include: ToLink = None
) -> FormSubmissionWithIncluded:
    """Read what one visitor sent."""

    async def find(tx: Tx) -> FormSubmission:
        return await form_submissions.get_submission(tx, call.actor, submission_id)

    return (await _SHOW.one(call, find, include))[1]


@delete(
    "/v1/form-submissions/{submission_id:str}",
    scope="visitors:write",
    operation_id="eraseFormSubmission",
    tags=TAGS,
)
async def erase_submission(call: Caller, submission_id: Id) -> Response[None]:
    """Forget what one visitor sent, for good."""
    return await call.write(
        lambda tx: form_submissions.erase_submission(tx, call.actor, submission_id), nothing, status=204
    )


class _Export:
    """The pages of an export. What arrives after it began is left out, so each reading finds the same."""

    def __init__(self, call: Call, link_id: str, start_ms: int, end_ms: int) -> None:
        self._call = call
        self._link_id = link_id
        self._start_ms = start_ms
        self._end_ms = end_ms
        self._began_ms = call.now_ms

    async def page(self, after: str) -> Page[FormSubmission]:
        """One page."""
        wanted = PageRequest(limit=limits.PAGE_ITEMS_MAX, after=after)
        return await self._call.read(
            lambda tx: form_submissions.list_submissions(
                tx,
                self._call.actor,
                wanted,
                link_id=self._link_id,
                start_ms=self._start_ms,
                end_ms=self._end_ms,
                received_until_ms=self._began_ms,
            )
        )

    async def pages(self, first: Page[FormSubmission]) -> AsyncIterator[Page[FormSubmission]]:
        """All of them."""
        page = first
        yield page
        while page.next_cursor:
            page = await self.page(page.next_cursor)
            yield page


async def _csv(wanted: _Export, first: Page[FormSubmission]) -> AsyncIterator[bytes]:
    """The columns must be known before the first line, so all is read twice."""
    fields: dict[str, None] = {}
    async for page in wanted.pages(first):
        fields |= dict.fromkeys(each.name for submission in page.items for each in submission.values)
    yield csv_header(list(fields))
    async for page in wanted.pages(first):
        yield csv_lines(page.items, list(fields))


async def _ndjson(wanted: _Export, first: Page[FormSubmission]) -> AsyncIterator[bytes]:
    async for page in wanted.pages(first):
        yield b"".join(msgspec.json.encode(to_submission(each)) + b"\n" for each in page.items)


HANDLERS = [list_submissions, export_submissions, get_submission, erase_submission]
