"""Summaries, time series, usage and the funnel: the figures of a whole scope."""

from waypost.analytics.reports import calendar
from waypost.analytics.reports.conversions import buyers, of_scope
from waypost.analytics.reports.forgotten import HOUR_FIGURES, added, counts_by_step, kept_from_ms
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import FIGURES, Scope
from waypost.analytics.reports.uniques import uniques, uniques_by_day
from waypost.wire.filters import Counts
from waypost.wire.limits import SERIES_POINTS_MAX
from waypost.wire.queries import (
    FunnelAnswer,
    FunnelQuery,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
    UsageMonth,
    UsageQuery,
)


def summary(reader: Reader, query: SummaryQuery) -> SummaryAnswer:
    """Counts of a scope, with what it led to and, when asked, the counts of the range before it."""
    scope = Scope(reader, query)
    counts = figures(scope, query.from_ms, query.to_ms)
    links = _links(scope, counts)
    previous = None
    if query.compare:
        length_ms = query.to_ms - query.from_ms
        previous = figures(scope, max(0, query.from_ms - length_ms), query.from_ms)
    return SummaryAnswer(
        counts.total, counts.human, counts.unique, counts.bot, counts.qr, links, of_scope(scope), previous
    )


def _links(scope: Scope, counts: Counts) -> int:
    """Links of a scope that had a scan; of a single one its counts say it."""
    if len(scope.links) == 1:
        return min(1, counts.total)
    is_of_hours = scope.is_plain and _whole(scope.query.from_ms, scope.query.to_ms, calendar.HOUR_MS)
    table, where = ("link_hours", scope.where(of_hours=True)) if is_of_hours else ("scans", scope.where())
    rows = scope.reader.rows(f"SELECT count(DISTINCT link) FROM {table} WHERE {where}", scope.texts)
    return int(rows[0][0])


def figures(scope: Scope, from_ms: int, to_ms: int) -> Counts:
    """The five counts of a scope in another range: from the rollups where they can say it."""
    if not (scope.is_plain and _whole(from_ms, to_ms, calendar.HOUR_MS)):
        rows = scope.reader.rows(
            f"SELECT {FIGURES} FROM scans WHERE {scope.where(from_ms, to_ms)}", scope.texts
        )
        return Counts(*rows[0])
    rows = scope.reader.rows(
        f"SELECT {HOUR_FIGURES} FROM link_hours WHERE {scope.where(from_ms, to_ms, of_hours=True)}",
        scope.texts,
    )
    total, human, uniques, bot, qr = map(int, rows[0])
    return Counts(total, human, _unique(scope, from_ms, to_ms, uniques), bot, qr)


def _whole(from_ms: int, to_ms: int, step_ms: int) -> bool:
    """Whether a range cuts off no part of an hour or day."""
    return from_ms % step_ms == 0 and to_ms % step_ms == 0


def _unique(scope: Scope, from_ms: int, to_ms: int, of_links: int) -> int:
    """Unique visitors of a plain scope. Of one link over whole days the rollup knows them; of many links
    they are not the sum, because a visitor may have scanned several."""
    if len(scope.links) == 1 and _whole(from_ms, to_ms, calendar.DAY_MS):
        return of_links
    return uniques(scope, from_ms, to_ms)


def series(reader: Reader, query: SeriesQuery) -> list[SeriesPoint]:
    """Counts per step, without gaps."""
    scope = Scope(reader, query)
    steps = calendar.starts(scope.zone, query.from_ms, query.to_ms, query.granularity, SERIES_POINTS_MAX)
    found = _of_rollups(scope, query)
    if found is None:
        found = _of_scans(scope, query)
    none = Counts()
    return [SeriesPoint(max(at_ms, query.from_ms), found.get(step, none)) for step, at_ms in steps]


def _of_scans(scope: Scope, query: SeriesQuery) -> dict[int, Counts]:
    """Counted from the scans; without filters, what came before the kept ones is told by the rollups."""
    step = _step(scope, query)
    kept_ms = min(kept_from_ms(scope), query.to_ms) if scope.is_plain and not scope.is_empty else 0
    from_ms = max(query.from_ms, kept_ms)
    rows = scope.reader.rows(
        f"SELECT {step} AS step, {FIGURES} FROM scans WHERE {scope.where(from_ms)} GROUP BY step", scope.texts
    )
    found = {int(row[0]): Counts(*row[1:]) for row in rows}
    if query.from_ms < from_ms:
        for number, old in counts_by_step(scope, step, query.from_ms, from_ms).items():
            found[number] = added(old, found.get(number, Counts()))
    return found


def _of_rollups(scope: Scope, query: SeriesQuery) -> dict[int, Counts] | None:
    """Days of UTC of a plain scope: the common chart, answered without reading scans. None when it is
    another question."""
    whole = _whole(query.from_ms, query.to_ms, calendar.DAY_MS)
    if (
        not (scope.is_plain and whole and query.granularity == "day" and query.zone == "UTC")
        or scope.is_empty
    ):
        return None
    rows = scope.reader.rows(
        f"SELECT {scope.reader.divided('hour', 24)} AS step, {HOUR_FIGURES} FROM link_hours"
        f" WHERE {scope.where(of_hours=True)} GROUP BY step",
        scope.texts,
    )
    found = {int(row[0]): Counts(*map(int, row[1:])) for row in rows}
    if len(scope.links) == 1:
        return found
    per_day = uniques_by_day(scope, query.from_ms, query.to_ms)
    return {
        step: Counts(each.total, each.human, per_day.get(step, 0), each.bot, each.qr)
        for step, each in found.items()
    }


def _step(scope: Scope, query: SeriesQuery) -> str:
    reader = scope.reader
    match query.granularity:
        case "hour":
            return reader.divided(f"(at_ms + {scope.offset(calendar.HOUR_MS)})", calendar.HOUR_MS)
        case "day":
            return reader.divided(scope.local_ms(), calendar.DAY_MS)
        case "week":
            return reader.divided(f"({scope.local_ms()} + {3 * calendar.DAY_MS})", 7 * calendar.DAY_MS)
        case "month":
            return reader.month(scope.local_ms())


def funnel(reader: Reader, query: FunnelQuery) -> FunnelAnswer:
    """From scans to money."""
    scope = Scope(reader, query)
    counts = figures(scope, query.from_ms, query.to_ms)
    made = of_scope(scope)
    return FunnelAnswer(
        counts.total, counts.human, counts.unique, made.leads, buyers(scope), made.sales, made.amounts
    )


def usage(reader: Reader, query: UsageQuery) -> list[UsageMonth]:
    """Human scans per month, newest first."""
    workspace = reader.workspace_number(query.workspace_id)
    rows = reader.rows(
        f"SELECT month, sum(human) FROM workspace_months WHERE workspace = {workspace or 0}"
        " GROUP BY month ORDER BY month DESC",
        {},
    )
    return [UsageMonth(int(month), int(human)) for month, human in rows]
