"""Bulk operations, history, schedules, safety and rules as JSON."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.api.mapping import always_time, to_ms, to_time
from waypost.control.api.schemas.links import LinkPatch
from waypost.control.api.schemas.rules import RuleIn
from waypost.control.model.changes import Change
from waypost.control.model.jobs import Job, JobKind, JobState, RowResult, ScheduledChange
from waypost.control.model.safety import Report, ReportState
from waypost.rules import Decision, Finding, Verdict, Visit

RawRows = Annotated[
    list[dict[str, Any]],
    Meta(min_length=1, description="Each row is judged by itself, so a bad one does not stop the others."),
]


class BulkCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Links to make: each row is the body of a single creation."""

    rows: RawRows
    dry_run: bool = False
    atomic: bool = False


class BulkUpdate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Links to change: each row is the body of a single change with the link's `id` beside."""

    rows: RawRows
    dry_run: bool = False
    atomic: bool = False


class BulkDelete(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Links to delete."""

    ids: Annotated[list[str], Meta(min_length=1)]
    dry_run: bool = False
    atomic: bool = False


class BulkOut(Struct, frozen=True, kw_only=True):
    """What became of each row; or, when there were many, the job that does them."""

    total: int
    succeeded: int
    failed: int
    results: list[RowResult]
    job_id: str | None = None


class JobOut(Struct, frozen=True, kw_only=True):
    """A job and how far it is."""

    id: str
    kind: JobKind
    state: JobState
    total: int
    done: int
    succeeded: int
    failed: int
    created_at: datetime
    updated_at: datetime


class JobList(Struct, frozen=True, kw_only=True):
    """A page of jobs."""

    data: list[JobOut]
    next_cursor: str | None


class JobResults(Struct, frozen=True, kw_only=True):
    """A page of results, in order of the rows."""

    data: list[RowResult]
    next_cursor: str | None


class SlugOut(Struct, frozen=True, kw_only=True):
    """A slug, and whether a link of this workspace could have it now."""

    slug: str
    available: bool


class DuplicateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The slug of the copy; random when left out."""

    slug: str | None = None


class ChangeOut(Struct, frozen=True, kw_only=True):
    """One write: who did what to which thing. `diff` maps members to their values before and after."""

    id: str
    at: datetime
    action: str
    kind: str
    subject_id: str
    version: int | None
    actor_kind: str
    actor_id: str
    actor_name: str
    diff: dict[str, list[Any]]


class ChangeList(Struct, frozen=True, kw_only=True):
    """A page of changes, newest first."""

    data: list[ChangeOut]
    next_cursor: str | None


class RollbackBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version to go back to."""

    version: int


class ScheduleBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change and its time."""

    at: datetime
    change: LinkPatch


class ScheduledOut(Struct, frozen=True, kw_only=True):
    """A planned change."""

    id: str
    link_id: str
    at: datetime
    change: dict[str, Any]
    created_at: datetime


class ScheduledList(Struct, frozen=True, kw_only=True):
    """What is planned for a link, in order."""

    data: list[ScheduledOut]


class ReportBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wrong with a short link."""

    short_url: Annotated[str, Meta(max_length=4096)]
    reason: str
    contact: str = ""


class ReportTaken(Struct, frozen=True, kw_only=True):
    """The report was taken."""

    id: str


class ReportOut(Struct, frozen=True, kw_only=True):
    """An abuse report."""

    id: str
    link_id: str
    short_url: str
    reason: str
    contact: str | None
    state: ReportState
    created_at: datetime
    closed_at: datetime | None


class CloseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the link comes down."""

    take_down: bool


class BlockBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a link is blocked."""

    reason: str


class CheckBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules to look at before they go live."""

    rules: list[RuleIn]
    target_url: str | None = None


class CheckOut(Struct, frozen=True, kw_only=True):
    """What to mend; rules with an error are not accepted on a link."""

    findings: list[Finding]


class VisitBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of an imagined visit; what is left out is unknown."""

    at: datetime | None = None
    country: str = ""
    region: str = ""
    city: str = ""
    continent: str = ""
    os: str = ""
    device: str = ""
    browser: str = ""
    brand: str = ""
    actor: str = ""
    language: str = ""
    referrer_host: str = ""
    query: dict[str, str] = {}
    source: str = ""
    ip: str = ""
    returning: bool | None = None
    scan_count: int | None = None
    attributes: Annotated[
        dict[str, str | bool | int | float],
        Meta(max_length=100, description="What is known of the visitor, for `visitor` conditions."),
    ] = {}
    seed: Annotated[str, Meta(max_length=64, description="Any text; the same one draws the same shares.")] = (
        ""
    )


class ExplainBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit, and rules to try instead of the link's own."""

    visit: VisitBody
    rules: list[RuleIn] | UnsetType = UNSET


class ExplainOut(Struct, frozen=True, kw_only=True):
    """Where the visit would go, and why: one verdict per rule, in order."""

    decision: Decision
    verdicts: list[Verdict]


def to_bulk(results: list[RowResult]) -> BulkOut:
    """The results of rows as JSON."""
    failures = sum(result.status == "failed" for result in results)
    return BulkOut(total=len(results), succeeded=len(results) - failures, failed=failures, results=results)


def to_bulk_job(job: Job) -> BulkOut:
    """A job just started, as the answer to a bulk request."""
    return BulkOut(total=job.total, succeeded=0, failed=0, results=[], job_id=job.id)


def to_job(job: Job) -> JobOut:
    """A job as JSON."""
    return JobOut(
        id=job.id,
        kind=job.kind,
        state=job.state,
        total=job.total,
        done=job.done,
        succeeded=job.succeeded,
        failed=job.failed,
        created_at=always_time(job.created_ms),
        updated_at=always_time(job.updated_ms),
    )


def to_change(change: Change) -> ChangeOut:
    """A change as JSON."""
    return ChangeOut(
        id=change.id,
        at=always_time(change.created_ms),
        action=change.action,
        kind=change.kind,
        subject_id=change.subject_id,
        version=change.version or None,
        actor_kind=change.actor_kind,
        actor_id=change.actor_id,
        actor_name=change.actor_name,
        diff=dict(_shown(name, pair) for name, pair in change.diff.items()),
    )


def _shown(name: str, pair: tuple[Any, Any]) -> tuple[str, list[Any]]:
    """A member in the API's own words: times are RFC 3339 and named `*_at`."""
    if not name.endswith("_ms"):
        return name, list(pair)
    return f"{name.removesuffix('_ms')}_at", [
        to_time(value) if isinstance(value, int) else value for value in pair
    ]


def to_scheduled(planned: ScheduledChange) -> ScheduledOut:
    """A planned change as JSON, its members as a `PATCH` names them."""
    return ScheduledOut(
        id=planned.id,
        link_id=planned.link_id,
        at=always_time(planned.due_ms),
        change=dict(
            _planned(name, value) for name, value in planned.command.items() if name != "expiry_in_past"
        ),
        created_at=always_time(planned.created_ms),
    )


def _planned(name: str, value: Any) -> tuple[str, Any]:
    if not name.endswith("_ms"):
        return name, value
    return f"{name.removesuffix('_ms')}_at", to_time(value)


def to_report(report: Report) -> ReportOut:
    """A report as JSON."""
    return ReportOut(
        id=report.id,
        link_id=report.link_id,
        short_url=report.short_url,
        reason=report.reason,
        contact=report.contact or None,
        state=report.state,
        created_at=always_time(report.created_ms),
        closed_at=to_time(report.closed_ms),
    )


def to_visit(body: VisitBody, now_ms: int) -> Visit:
    """The visit that `decide` takes."""
    facts = {
        name: getattr(body, name) for name in body.__struct_fields__ if name not in ("at", "query", "seed")
    }
    query, seed = tuple(body.query.items()), body.seed.encode()
    return Visit(at_ms=to_ms(body.at) or now_ms, query=query, seed=seed, **facts)
