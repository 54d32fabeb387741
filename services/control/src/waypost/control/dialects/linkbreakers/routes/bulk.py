"""Many links at once: all of them or none; at once, or as a job that is looked up."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from waypost.control.core import jobs, link_bulk
from waypost.control.core.link_bulk import CreateRow
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import base_url, case_of, gives, shown, takes
from waypost.control.dialects.linkbreakers.errors import in_batch
from waypost.control.dialects.linkbreakers.mapping.jobs import to_job
from waypost.control.dialects.linkbreakers.mapping.links import to_create
from waypost.control.dialects.linkbreakers.schemas.jobs import JobOut
from waypost.control.dialects.linkbreakers.schemas.links import BulkCreate, LinkCreate, LinksAnswer
from waypost.control.dialects.linkbreakers.showing import Shown, look_up
from waypost.control.dialects.linkbreakers.spelling import decode, read, spell
from waypost.control.dialects.linkbreakers.templating import create_link, dressed
from waypost.control.model.faults import Fault, Invalid, JobNotFound
from waypost.control.model.jobs import JobKind
from waypost.control.model.links import CreateLink
from waypost.control.store.tx import Tx
from waypost.control.surface.call import AnyRequest, Call, Caller

TAG = "Links"
KIND: JobKind = "links.create"


class _Made(Struct):
    id: str


@post("/v1/links/bulk", scope="links:write", **takes(BulkCreate, LinksAnswer, TAG))
async def create_bulk(call: Caller, data: JSONBody[BulkCreate]) -> Response[Any]:
    """Create up to 250 links in one transaction; the answer keeps their order."""
    return await _create(call, data.links)


@post("/v1/links/batch", scope="links:write", **gives(LinksAnswer, TAG))
async def create_batch(call: Caller, request: AnyRequest) -> Response[Any]:
    """The same with a bare array as its body."""
    return await _create(call, decode(await request.body()))


async def _create(call: Call, items: object) -> Response[Any]:
    commands = to_commands(items)
    case = case_of(call)

    async def work(tx: Tx) -> Shown:
        views = []
        for index, command in enumerate(commands):
            try:
                views.append(await create_link(tx, call, command))
            except Fault as fault:
                raise in_batch(fault, index) from None
        return await look_up(tx, call, views)

    return await call.write(work, lambda found: spell(LinksAnswer(links=found.links(call)), case))


@post("/v1/links/bulk/jobs", scope="links:write", **takes(BulkCreate, JobOut, TAG, status=202))
async def create_bulk_job(call: Caller, data: JSONBody[BulkCreate]) -> Response[Any]:
    """The same as a job. So few links are made before the answer leaves, so that the job is over at once."""
    commands = to_commands(data.links)
    case, base = case_of(call), base_url(call)

    async def work(tx: Tx) -> JobOut:
        rows = [CreateRow(await dressed(tx, call, command)) for command in commands]
        results = await link_bulk.run_rows(tx, call.actor, list(enumerate(rows)), atomic=True)
        return to_job(await jobs.keep_done(tx, call.actor, KIND, results), results, base)

    answer = await call.write(work, lambda job: spell(job, case), status=202)
    # A replayed answer names the job of the first call.
    answer.headers["Location"] = f"{base}/v1/jobs/{msgspec.json.decode(answer.content, type=_Made).id}"
    return answer


@get("/v1/jobs/{job_id:str}", scope="links:read", **gives(JobOut, TAG))
async def get_job(call: Caller, job_id: FromPath[str]) -> Response[Any]:
    """How a job stands, and the links that it made."""

    async def work(tx: Tx) -> JobOut:
        job = await jobs.get_job(tx, call.actor, job_id)
        if job.kind != KIND:
            raise JobNotFound(job_id)
        found = await jobs.results_of(tx, call.actor, job_id, 0, limits.BULK_LINKS_MAX)
        return to_job(job, found.items, base_url(call))

    return shown(call, await call.read(work))


def to_commands(items: object) -> list[CreateLink]:
    """The commands of a batch. Raises the fault of the first item that is wrong."""
    if not isinstance(items, list) or not 1 <= len(items) <= limits.BULK_LINKS_MAX:
        raise Invalid("links", f"must be a list of 1 to {limits.BULK_LINKS_MAX} links")
    commands = []
    for index, item in enumerate(items):
        try:
            commands.append(to_create(read(item, LinkCreate)))
        except Fault as fault:
            raise in_batch(fault, index) from None
    return commands


HANDLERS = [create_bulk, create_batch, create_bulk_job, get_job]
