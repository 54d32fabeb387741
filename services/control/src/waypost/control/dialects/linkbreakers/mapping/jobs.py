"""Jobs in the vendor's words: a batch succeeds as a whole or not at all."""

from collections.abc import Sequence

import msgspec

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.jobs import JobError, JobOut, LinksMade
from waypost.control.model.jobs import Job, RowResult

_STATES = {"waiting": "PENDING", "running": "RUNNING", "failed": "FAILED"}
NOT_DONE = "not_done"
"""The code of a row that was undone because another failed."""


def to_job(job: Job, results: Sequence[RowResult], base_url: str) -> JobOut:
    """A job with the links it made, or the first thing that went wrong."""
    is_over = job.state in ("done", "failed")
    out = JobOut(
        id=job.id,
        status="JOB_STATUS_" + _STATES.get(job.state, "FAILED" if job.failed else "SUCCEEDED"),
        item_count=job.total,
        status_url=f"{base_url}/v1/jobs/{job.id}",
        created_at=at(job.created_ms),
        completed_at=at(job.updated_ms) if is_over else None,
    )
    if not is_over:
        return out
    culprit = next((row for row in results if row.status == "failed" and row.code != NOT_DONE), None)
    if job.failed or culprit:
        return msgspec.structs.replace(out, error=_error(culprit))
    return msgspec.structs.replace(
        out, links_bulk_create=LinksMade(link_ids=[row.id for row in results if row.id])
    )


def _error(culprit: RowResult | None) -> JobError:
    if culprit is None:
        return JobError(code_type="INTERNAL", message="The batch could not be finished.")
    code = "SHORTLINK_ALREADY_TAKEN" if culprit.code == "slug_taken" else "VALIDATION_FAILED"
    return JobError(code_type=code, message=f"links[{culprit.index}]: {culprit.detail}")
