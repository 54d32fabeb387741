"""Jobs, the rows they still have to do, and what became of the ones they did."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ForeignKey, Index, Table, delete, select

from waypost.control.model.faults import JobNotFound
from waypost.control.model.jobs import Job, RowResult
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

jobs = Table(
    "jobs",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("kind", Plain, nullable=False),
    Column("state", Plain, nullable=False),
    Column("total", Number, nullable=False),
    Column("done", Number, nullable=False),
    Column("succeeded", Number, nullable=False),
    Column("failed", Number, nullable=False),
    Column("actor", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("reason", Plain, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
    Index(None, "state", "created_ms"),
)
job_rows = Table(
    "job_rows",
    metadata,
    Column("job_id", Plain, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("index", Number, primary_key=True, autoincrement=False),
    Column("input", Json),
    Column("result", Json),
)
rows = Rows(jobs, Job, JobNotFound)


async def add_rows(tx: Tx, job_id: str, inputs: Sequence[Any]) -> None:
    """Give a job its rows."""
    await tx.run_many(
        job_rows.insert(),
        [
            {"job_id": job_id, "index": index, "input": each, "result": None}
            for index, each in enumerate(inputs)
        ],
    )


async def next_inputs(tx: Tx, job_id: str, after: int, limit: int) -> list[tuple[int, Any]]:
    """The next rows from an index on."""
    statement = select(job_rows.c.index, job_rows.c.input).where(
        job_rows.c.job_id == job_id, job_rows.c.index >= after
    )
    found = await tx.rows(statement.order_by(job_rows.c.index).limit(limit))
    return [(row["index"], row["input"]) for row in found]


async def keep_results(tx: Tx, job_id: str, results: Sequence[RowResult]) -> None:
    """Put results in the place of the rows they came from."""
    statement = tx.insert(job_rows)
    upsert = statement.on_conflict_do_update(
        index_elements=[job_rows.c.job_id, job_rows.c.index],
        set_={"input": statement.excluded.input, "result": statement.excluded.result},
    )
    await tx.run_many(
        upsert,
        [{"job_id": job_id, "index": each.index, "input": None, "result": each} for each in results],
    )


async def results(tx: Tx, job_id: str, after: int, limit: int) -> list[RowResult]:
    """Results in order of their rows, from an index on."""
    statement = select(job_rows.c.result).where(
        job_rows.c.job_id == job_id, job_rows.c.index >= after, job_rows.c.result.is_not(None)
    )
    found = await tx.rows(statement.order_by(job_rows.c.index).limit(limit))
    return [_result(row["result"]) for row in found]


def _result(plain: Any) -> RowResult:

    return msgspec.convert(plain, RowResult)


async def next_job(tx: Tx) -> Job | None:
    """The oldest job of links that is not done."""
    waiting = jobs.c.state.in_(("waiting", "running")) & (jobs.c.kind != "qr.batch")
    statement = select(jobs).where(waiting).order_by(jobs.c.created_ms)
    row = await tx.row(statement.limit(1))
    return None if row is None else read(row, Job)


async def unfinished(tx: Tx, workspace_id: str) -> bool:
    """Whether a workspace has a job of links that is not done."""
    statement = select(jobs.c.id).where(
        jobs.c.workspace_id == workspace_id,
        jobs.c.state.in_(("waiting", "running")),
        jobs.c.kind != "qr.batch",
    )
    return await tx.row(statement) is not None


async def batch_since(tx: Tx, workspace_id: str, since_ms: int) -> bool:
    """Whether a workspace has a batch of codes under way that moved since; a silent one died with its process."""
    statement = select(jobs.c.id).where(
        jobs.c.workspace_id == workspace_id,
        jobs.c.kind == "qr.batch",
        jobs.c.state == "running",
        jobs.c.updated_ms > since_ms,
    )
    return await tx.row(statement) is not None


async def forget(tx: Tx, before_ms: int, limit: int) -> int:
    """Remove finished jobs with their rows; return how many."""
    over = jobs.c.state.in_(("done", "failed")) | (jobs.c.kind == "qr.batch")
    old = select(jobs.c.id).where(jobs.c.updated_ms < before_ms, over)
    return await tx.run(delete(jobs).where(jobs.c.id.in_(old.limit(limit))))
