"""Questions control asks analytics over request/reply, and their answers.

A request is one member of `Query`, tagged by `kind`; the reply is `Reply`.
"""

from typing import Literal

from msgspec import Raw, Struct

from waypost.wire.conversion import Conversions, ConversionsQuery, RecordConversion
from waypost.wire.filters import Counts, LinkGroups, ScopedQuery
from waypost.wire.scan_events import ExportQuery, ScansQuery
from waypost.wire.upkeep import (
    EraseLink,
    EraseVisitor,
    RebuildRollups,
    Reclassify,
    SetRetention,
    SetThresholds,
    Watch,
)

Granularity = Literal["hour", "day", "week", "month"]


class LinkTotalsQuery(Struct, frozen=True, tag="link_totals", tag_field="kind"):
    """Totals of some links, answered by a list of LinkTotalsV1. At most QUERY_LINK_IDS_MAX ids; unknown
    links are left out of the answer."""

    link_ids: tuple[bytes, ...]


class SummaryQuery(
    ScopedQuery, frozen=True, kw_only=True, tag="summary", tag_field="kind", omit_defaults=True
):
    """Counts of a range; with `compare`, also of the range of equal length before it."""

    compare: bool = False


class SummaryAnswer(Struct, frozen=True):
    """What a summary says."""

    total: int
    human: int
    unique: int
    bot: int
    qr: int
    links: int
    """Links that had at least one scan in the range."""
    conversions: Conversions = Conversions()
    previous: Counts | None = None


class SeriesQuery(ScopedQuery, frozen=True, kw_only=True, tag="series", tag_field="kind", omit_defaults=True):
    """Counts per hour, day, week (from Monday) or month of a zone, without gaps. At most
    SERIES_POINTS_MAX points."""

    granularity: Granularity = "day"


class SeriesPoint(Struct, frozen=True, array_like=True):
    """One step: when it begins, and its counts."""

    start_ms: int
    counts: Counts


class BreakdownQuery(
    ScopedQuery, frozen=True, kw_only=True, tag="breakdown", tag_field="kind", omit_defaults=True
):
    """Counts per value of one to three dimensions, largest first by `order`. At most BREAKDOWN_ROWS_MAX.
    `groups` makes further dimensions, with QUERY_GROUP_MEMBERS_MAX members in all."""

    dimensions: tuple[str, ...]
    groups: tuple[LinkGroups, ...] = ()
    order: Literal["total", "human", "unique", "bot", "qr"] = "human"
    limit: int = 100
    offset: int = 0
    conversions: bool = False


class BreakdownRow(Struct, frozen=True, omit_defaults=True):
    """One combination of values, in the order of the dimensions. Links are UUID text."""

    values: tuple[str, ...]
    counts: Counts
    conversions: Conversions | None = None


class BreakdownAnswer(Struct, frozen=True):
    """A page of rows, the counts of everything in scope, and how many rows there are in all."""

    rows: tuple[BreakdownRow, ...]
    overall: Counts
    rows_total: int


class ExperimentQuery(
    ScopedQuery, frozen=True, kw_only=True, tag="experiment", tag_field="kind", omit_defaults=True
):
    """How the variants of one link do: visitors and conversions of each, and whether one is better.

    `by` is `rule` or `variant`; `goal` what counts as success. `alpha` is the chance of a false winner
    over the whole life of the experiment, however often it is looked at.
    """

    by: Literal["rule", "variant"] = "variant"
    goal: Literal["lead", "sale"] = "lead"
    alpha: float = 0.05


class Arm(Struct, frozen=True):
    """One variant: people, those of them who converted, and the interval the rate lies in at any time."""

    variant: str
    people: int
    converted: int
    rate: float
    rate_low: float
    rate_high: float


class ExperimentAnswer(Struct, frozen=True):
    """`winner` is None while no variant is better than all others beyond doubt; `p_value` is always valid:
    it may be looked at after every scan."""

    arms: tuple[Arm, ...]
    winner: str | None
    p_value: float
    people_needed: int
    """A rough guess of how many more people it takes at the difference seen so far; 0 when decided."""


class FunnelAnswer(Struct, frozen=True):
    """From a scan to money: every request, people, visitors, leads, customers who bought, sales."""

    total: int
    human: int
    unique: int
    leads: int
    buyers: int
    sales: int
    amounts: tuple[tuple[str, int], ...] = ()


class FunnelQuery(ScopedQuery, frozen=True, kw_only=True, tag="funnel", tag_field="kind", omit_defaults=True):
    """The steps from scan to sale in one scope. Answered by FunnelAnswer."""


class UsageQuery(Struct, frozen=True, tag="usage", tag_field="kind"):
    """Human scans of a workspace per month, newest first. Answered by a list of UsageMonth."""

    workspace_id: bytes


class UsageMonth(Struct, frozen=True):
    """`month` is year * 12 + month - 1, in UTC."""

    month: int
    human: int


class StatusQuery(Struct, frozen=True, tag="status", tag_field="kind"):
    """How the service is doing."""


class HeldSpool(Struct, frozen=True):
    """Scans [expected, found) of a spool are missing; it is not counted further until they come."""

    node: str
    epoch: int
    expected: int
    found: int


class StatusAnswer(Struct, frozen=True):
    """`stream_seq` is how far the stream of scans was read; `behind` how many messages wait in it."""

    scans: int
    stream_seq: int
    behind: int
    quarantined: int
    held: tuple[HeldSpool, ...]


class AcceptGapQuery(Struct, frozen=True, tag="accept_gap", tag_field="kind"):
    """An operator gives up the missing scans of a held spool. Answered by the HeldSpool that was freed."""

    node: str
    epoch: int


Report = (
    SummaryQuery | SeriesQuery | BreakdownQuery | ExperimentQuery | FunnelQuery | ScansQuery | ExportQuery
    | ConversionsQuery
)  # fmt: skip
"""Questions about scans in a scope."""

Command = (
    RecordConversion
    | SetRetention
    | EraseLink
    | EraseVisitor
    | Reclassify
    | RebuildRollups
    | Watch
    | SetThresholds
)
"""What changes the store; carried out between two commits."""

Query = Report | Command | LinkTotalsQuery | UsageQuery | StatusQuery | AcceptGapQuery


UNAVAILABLE = "unavailable"
"""The code of an error that is nobody's mistake and may be gone when one asks again."""


class QueryError(Struct, frozen=True):
    """Why a question was not answered: a stable code, the field at fault, a sentence."""

    code: str
    message: str
    field: str = ""


_NIL = Raw(b"\xc0")


class Reply(Struct, frozen=True, omit_defaults=True):
    """`answer` holds the msgpack of the query's answer type; it is nil when `error` is set."""

    answer: Raw = _NIL
    error: QueryError | None = None
