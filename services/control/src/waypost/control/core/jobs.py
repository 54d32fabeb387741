"""Jobs: many rows done a few at a time, beside other writers, with progress that survives a kill."""

from collections.abc import Sequence

import msgspec

from waypost.control import limits
from waypost.control.core.link_bulk import Row, from_plain, run_rows, to_plain
from waypost.control.model.access import Actor
from waypost.control.model.faults import InProgress, TooLarge
from waypost.control.model.jobs import Job, JobKind, RowResult
from waypost.control.model.page import Page
from waypost.control.store import jobs
from waypost.control.store.tx import Tx


async def start_job(tx: Tx, actor: Actor, kind: JobKind, rows: Sequence[Row | RowResult]) -> Job:
    """Keep rows for the worker. Raises TooLarge; InProgress while the workspace has another job."""
    if len(rows) > limits.BULK_ROWS_MAX:
        raise TooLarge("rows", limits.BULK_ROWS_MAX)
    if await jobs.unfinished(tx, actor.workspace_id):
        raise InProgress
    job = Job(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        kind=kind,
        total=len(rows),
        actor=msgspec.to_builtins(actor),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await jobs.rows.insert(tx, job)
    await jobs.add_rows(tx, job.id, [to_plain(row) for row in rows])
    return job


async def keep_done(tx: Tx, actor: Actor, kind: JobKind, results: Sequence[RowResult]) -> Job:
    """Keep what was done at once as a finished job, for callers who look it up afterwards."""
    failures = sum(result.status == "failed" for result in results)
    job = Job(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        kind=kind,
        state="done",
        total=len(results),
        done=len(results),
        succeeded=len(results) - failures,
        failed=failures,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await jobs.rows.insert(tx, job)
    await jobs.keep_results(tx, job.id, results)
    return job


async def get_job(tx: Tx, actor: Actor, job_id: str) -> Job:
    """One job. Raises JobNotFound."""
    return await jobs.rows.get(tx, actor.workspace_id, job_id)


async def advance(tx: Tx) -> bool:
    """Do the next rows of the oldest job, in one transaction; False when there is nothing to do."""
    job = await jobs.next_job(tx)
    if job is None:
        return False
    actor = msgspec.convert(job.actor, Actor)
    found = await jobs.next_inputs(tx, job.id, job.done, limits.JOB_ROWS_PER_TRANSACTION)
    results = await run_rows(tx, actor, [(index, from_plain(plain)) for index, plain in found])
    await jobs.keep_results(tx, job.id, results)
    failures = sum(result.status == "failed" for result in results)
    done = job.done + len(results)
    after = msgspec.structs.replace(
        job,
        state="done" if done >= job.total or not results else "running",
        done=done,
        failed=job.failed + failures,
        succeeded=job.succeeded + len(results) - failures,
        updated_ms=tx.now_ms,
    )
    await jobs.rows.save(tx, after)
    return True


async def results_of(tx: Tx, actor: Actor, job_id: str, after: int, limit: int) -> Page[RowResult]:
    """The results of a job's rows from an index on. Raises JobNotFound."""
    await jobs.rows.get(tx, actor.workspace_id, job_id)
    found = await jobs.results(tx, job_id, after, limit + 1)
    more = len(found) > limit
    return Page(tuple(found[:limit]), str(found[limit].index) if more else "")
