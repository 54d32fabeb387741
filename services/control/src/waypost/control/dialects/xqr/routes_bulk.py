"""`/api/v1/links/bulk`: many links at once, each on its own, and looking the batch up afterwards."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, patch, post
from litestar.params import JSONBody, PathParameter

from waypost.control.core import jobs, links
from waypost.control.core.link_bulk import CreateRow, Row, UpdateRow, failed, run_rows
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, wrap, wrap_batch, wrapping
from waypost.control.dialects.xqr.errors import code_of, member
from waypost.control.dialects.xqr.features import require_rules
from waypost.control.dialects.xqr.mapping_links import to_create, to_link
from waypost.control.dialects.xqr.mapping_values import always_time
from waypost.control.dialects.xqr.schemas_links import (
    BatchOut,
    BulkCreate,
    BulkCreated,
    BulkError,
    BulkStatus,
    BulkUpdated,
    LinkCreate,
)
from waypost.control.dialects.xqr.zone import zone_of
from waypost.control.model.faults import Fault, Invalid
from waypost.control.model.jobs import Job, JobState, RowResult
from waypost.control.model.links import UpdateLink
from waypost.control.model.plans import Plan
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAGS = ["Links"]
BatchId = Annotated[str, PathParameter(description="The batch's UUID.", max_length=64)]
_STATUSES: dict[JobState, str] = {
    "waiting": "pending",
    "running": "processing",
    "done": "completed",
    "failed": "failed",
}


@post("/api/v1/links/bulk", scope="links:write", operation_id="bulkCreateLinks", tags=TAGS, status_code=201)
async def bulk_create(call: Caller, data: JSONBody[BulkCreate]) -> Response[Envelope[BulkCreated]]:
    """Create up to 100 links. Some may fail; the answer is 201 all the same and says which."""

    async def make(tx: Tx) -> BulkCreated:
        zone = await zone_of(tx, call.actor)
        plan = tx.installation.plan(call.actor.plan)
        rows = [(index, _row(index, item, zone, plan)) for index, item in enumerate(data.links)]
        results = await run_rows(tx, call.actor, rows)
        job = await jobs.keep_done(tx, call.actor, "links.create", results)
        made = [await links.get_link(tx, call.actor, each.id) for each in results if each.id]
        errors = [_error(each, data.links[each.index]) for each in results if each.status == "failed"]
        return BulkCreated(created=[to_link(view, zone) for view in made], errors=errors, batch_id=job.id)

    return await call.write(make, lambda done: wrap_batch(call, done, done.batch_id), status=201)


@get("/api/v1/links/bulk/{batch_id:str}", scope="links:read", operation_id="getBulkStatus", tags=TAGS)
async def bulk_status(call: Caller, batch_id: BatchId) -> Envelope[BatchOut]:
    """How far a batch is, and what came of it."""
    job = await call.read(lambda tx: jobs.get_job(tx, call.actor, batch_id))
    page = await call.read(lambda tx: jobs.results_of(tx, call.actor, batch_id, 0, limits.BULK_LINKS_MAX))
    return wrap(call, _batch(job, page.items))


@patch("/api/v1/links/bulk/status", scope="links:write", operation_id="bulkUpdateStatus", tags=TAGS)
async def bulk_enable(call: Caller, data: JSONBody[BulkStatus]) -> Response[Envelope[BulkUpdated]]:
    """Enable or disable links. Unknown ones are left out of the count."""
    command = UpdateLink(active=data.enabled)
    rows = [(index, UpdateRow(link_id, command)) for index, link_id in enumerate(dict.fromkeys(data.ids))]

    async def change(tx: Tx) -> BulkUpdated:
        results = await run_rows(tx, call.actor, rows)
        return BulkUpdated(sum(each.status == "updated" for each in results))

    return await call.write(change, wrapping(call, lambda done: done))


def _row(index: int, item: dict[str, Any], zone: str, plan: Plan) -> Row | RowResult:
    """An item as a row, or at once as the result that says why it is none."""
    try:
        body = msgspec.convert(item, LinkCreate)
        require_rules(plan, body.routing_rules)
        return CreateRow(to_create(body, zone))
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        return failed(index, Invalid(path.rstrip("`"), reason))
    except Fault as fault:
        return failed(index, fault)


def _error(result: RowResult, item: dict[str, Any] | None = None) -> BulkError:
    message, named = result.detail, f"{result.field}: "
    if result.field and message.startswith(named):
        message = f"{member(result.field)}: {message.removeprefix(named)}"
    told = BulkError(index=result.index, code=code_of(result.code), message=message)
    if item is None:
        return told
    return msgspec.structs.replace(told, url=str(item.get("url") or item.get("destination") or ""))


def _batch(job: Job, results: tuple[RowResult, ...]) -> BatchOut:
    is_over = job.state in ("done", "failed")
    return BatchOut(
        batch_id=job.id,
        status=_STATUSES[job.state],  # type: ignore[arg-type]  # the table has only these words
        total=job.total,
        processed=job.done,
        succeeded=job.succeeded,
        failed=job.failed,
        progress=100 * job.done // max(job.total, 1),
        created=[each.id for each in results if each.status == "created"],
        errors=[_error(each) for each in results if each.status == "failed"],
        created_at=always_time(job.created_ms),
        completed_at=always_time(job.updated_ms) if is_over else None,
    )


HANDLERS = [bulk_create, bulk_status, bulk_enable]
