"""Many links at once, as JSON or CSV, and the jobs that do them."""

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from msgspec import Struct

from waypost.control import limits
from waypost.control.api.csv_rows import read_rows
from waypost.control.api.routes.parameters import Cursor, Id, Limit, page_request
from waypost.control.api.schemas.links import LinkCreate, LinkPatch, to_create, to_update
from waypost.control.api.schemas.more import (
    BulkCreate,
    BulkDelete,
    BulkOut,
    BulkUpdate,
    JobList,
    JobOut,
    JobResults,
    to_bulk,
    to_bulk_job,
    to_job,
)
from waypost.control.core import jobs, link_bulk
from waypost.control.core.link_bulk import CreateRow, DeleteRow, Row, UpdateRow
from waypost.control.model.faults import Fault, Invalid, InvalidCursor, Malformed, TooLarge
from waypost.control.model.jobs import JobKind, RowResult
from waypost.control.store import jobs as stored
from waypost.control.surface.call import AnyRequest, Call, Caller
from waypost.control.surface.undecodable import invalid_of

TAGS = ["Bulk"]
BulkRows = list[tuple[int, Row | RowResult]]


class _Named(Struct, frozen=True):
    id: str


def create_row(index: int, body: dict[str, object]) -> Row | RowResult:
    """The command of a row to create, or why it is none."""
    try:
        return CreateRow(to_create(msgspec.convert(body, LinkCreate)))
    except msgspec.ValidationError as error:
        return link_bulk.failed(index, invalid_of(str(error)))
    except Fault as fault:
        return link_bulk.failed(index, fault)


def update_row(index: int, body: dict[str, object]) -> Row | RowResult:
    """The command of a row to change, or why it is none."""
    try:
        link_id = msgspec.convert(body, _Named).id
        rest = {name: value for name, value in body.items() if name != "id"}
        return UpdateRow(link_id, to_update(msgspec.convert(rest, LinkPatch)))
    except msgspec.ValidationError as error:
        return link_bulk.failed(index, invalid_of(str(error)))
    except Fault as fault:
        return link_bulk.failed(index, fault)


async def answer_rows(
    call: Call, kind: JobKind, rows: BulkRows, *, dry_run: bool, atomic: bool
) -> Response[BulkOut]:
    """Do the rows now, or hand them to a job when they are many. Raises TooLarge, Invalid, InProgress."""
    if len(rows) > limits.BULK_ROWS_MAX:
        raise TooLarge("rows", limits.BULK_ROWS_MAX)
    if len(rows) <= limits.BULK_ROWS_AT_ONCE:
        return await call.write(
            lambda tx: link_bulk.run_rows(tx, call.actor, rows, dry_run=dry_run, atomic=atomic), to_bulk
        )
    if dry_run or atomic:
        why = f"is possible for at most {limits.BULK_ROWS_AT_ONCE} rows"
        raise Invalid("dry_run" if dry_run else "atomic", why)
    return await call.write(
        lambda tx: jobs.start_job(tx, call.actor, kind, [row for _, row in rows]), to_bulk_job, status=202
    )


@post(
    "/v1/links/bulk",
    scope="links:write",
    operation_id="bulkCreateLinks",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.BULK_BODY_BYTES_MAX,
)
async def bulk_create(call: Caller, data: JSONBody[BulkCreate]) -> Response[BulkOut]:
    """Create many links. Up to 1,000 rows at once; more become a job (202) with results to read later."""
    rows: BulkRows = [(index, create_row(index, body)) for index, body in enumerate(data.rows)]
    return await answer_rows(call, "links.create", rows, dry_run=data.dry_run, atomic=data.atomic)


@post(
    "/v1/links/bulk/update",
    scope="links:write",
    operation_id="bulkUpdateLinks",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.BULK_BODY_BYTES_MAX,
)
async def bulk_update(call: Caller, data: JSONBody[BulkUpdate]) -> Response[BulkOut]:
    """Change many links, each by its own row."""
    rows: BulkRows = [(index, update_row(index, body)) for index, body in enumerate(data.rows)]
    return await answer_rows(call, "links.update", rows, dry_run=data.dry_run, atomic=data.atomic)


@post(
    "/v1/links/bulk/delete",
    scope="links:write",
    operation_id="bulkDeleteLinks",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.BULK_BODY_BYTES_MAX,
)
async def bulk_delete(call: Caller, data: JSONBody[BulkDelete]) -> Response[BulkOut]:
    """Delete many links."""
    rows: BulkRows = [(index, DeleteRow(link_id)) for index, link_id in enumerate(data.ids)]
    return await answer_rows(call, "links.delete", rows, dry_run=data.dry_run, atomic=data.atomic)


@post(
    "/v1/links/import",
    scope="links:write",
    operation_id="importLinks",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.BULK_BODY_BYTES_MAX,
)
async def import_links(
    call: Caller, request: AnyRequest, dry_run: FromQuery[bool] = False, atomic: FromQuery[bool] = False
) -> Response[BulkOut]:
    """Create links from CSV (`Content-Type: text/csv`), one a line, the first line naming the members.

    Lists are separated by `|`; `metadata.<key>` and `utm.<name>` are columns of their own.
    """
    raw = await request.body()
    try:
        bodies = read_rows(raw)
    except ValueError as error:
        raise Malformed("", str(error)) from error
    rows: BulkRows = [(index, create_row(index, body)) for index, body in enumerate(bodies)]
    return await answer_rows(call, "links.create", rows, dry_run=dry_run, atomic=atomic)


@get("/v1/jobs", scope="links:read", operation_id="listJobs", tags=TAGS)
async def list_jobs(call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = "") -> JobList:
    """List the jobs of the workspace, newest first."""
    wanted = page_request(limit, cursor)
    page = await call.read(lambda tx: stored.rows.page(tx, call.actor.workspace_id, wanted))
    return JobList(data=[to_job(job) for job in page.items], next_cursor=page.next_cursor or None)


@get("/v1/jobs/{job_id:str}", scope="links:read", operation_id="getJob", tags=TAGS)
async def get_job(call: Caller, job_id: Id) -> JobOut:
    """Read how far a job is."""
    return to_job(await call.read(lambda tx: stored.rows.get(tx, call.actor.workspace_id, job_id)))


@get("/v1/jobs/{job_id:str}/results", scope="links:read", operation_id="getJobResults", tags=TAGS)
async def get_job_results(
    call: Caller, job_id: Id, limit: Limit = limits.PAGE_ITEMS_DEFAULT, cursor: Cursor = ""
) -> JobResults:
    """Read what became of a job's rows, in their order."""
    if cursor and not (cursor.isdecimal() and len(cursor) < 12):
        raise InvalidCursor("cursor", "is not a cursor of this list")
    page = await call.read(lambda tx: jobs.results_of(tx, call.actor, job_id, int(cursor or 0), limit))
    return JobResults(data=list(page.items), next_cursor=page.next_cursor or None)


HANDLERS = [bulk_create, bulk_update, bulk_delete, import_links, list_jobs, get_job, get_job_results]
