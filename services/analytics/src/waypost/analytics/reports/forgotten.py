"""Days whose scans a workspace no longer keeps: what the hourly rollup and the uniques of closed days still say.

Every count of an hour stays. Of people told apart, an hour knows how many of its visits were the first of their
link and day; what a day as a whole knows better is shared out over its hours in that proportion.
"""

from waypost.analytics.reports.calendar import DAY_MS, HOUR_MS
from waypost.analytics.reports.scope import Scope
from waypost.analytics.reports.uniques import uniques_by_day
from waypost.wire.filters import Counts

HOUR_FIGURES = (
    "coalesce(sum(total), 0) AS total, coalesce(sum(human), 0) AS human, coalesce(sum(uniques), 0) AS uniques,"
    " coalesce(sum(bot), 0) AS bot, coalesce(sum(qr), 0) AS qr"
)
"""The five counts of hours; of one link over whole days, its uniques are exact."""


def added(one: Counts, other: Counts) -> Counts:
    """The counts of two ranges that share no day."""
    return Counts(
        one.total + other.total,
        one.human + other.human,
        one.unique + other.unique,
        one.bot + other.bot,
        one.qr + other.qr,
    )


def kept_from_ms(scope: Scope) -> int:
    """When the scans that are still kept begin; 0 when none were forgotten."""
    rows = scope.reader.rows(
        "SELECT coalesce(max(forgotten_before_day), 0) FROM retention"
        f" WHERE workspace = {scope.workspace or 0}",
        {},
    )
    return int(rows[0][0]) * DAY_MS


def counts_by_step(scope: Scope, step: str, from_ms: int, to_ms: int) -> dict[int, Counts]:
    """Counts of a scope without filters per step; `step` is SQL that reads an instant, as it would a scan's.

    An hour counts for the step in which it begins, which matters in zones that are half an hour off.
    """
    day = scope.reader.divided("at_ms", DAY_MS)
    hours = (
        f"SELECT CAST(hour AS BIGINT) * {HOUR_MS} AS at_ms, total, human, uniques, bot, qr FROM link_hours"
        f" WHERE {scope.where(from_ms, to_ms, of_hours=True)}"
    )
    parts = scope.reader.rows(
        f"SELECT {step} AS step, {day} AS day, {HOUR_FIGURES} FROM ({hours}) AS hours GROUP BY step, day", {}
    )
    visits: dict[int, int] = {}
    for _, of_day, _, _, first, _, _ in parts:
        visits[int(of_day)] = visits.get(int(of_day), 0) + int(first)
    known = visits
    if len(scope.links) != 1:
        known = uniques_by_day(scope, from_ms // DAY_MS * DAY_MS, to_ms)
    found: dict[int, Counts] = {}
    seen: dict[int, int] = {}
    for part in sorted(parts):
        number, of_day, total, human, first, bot, qr = map(int, part)
        share = min(1.0, known.get(of_day, 0) / max(visits[of_day], 1))
        before = seen.get(of_day, 0)
        seen[of_day] = before + first
        # Of rounded sums, so that the parts of a day are together what the day is.
        people = round((before + first) * share) - round(before * share)
        found[number] = added(found.get(number, Counts()), Counts(total, human, people, bot, qr))
    return found


def counts_by_link(scope: Scope, from_ms: int, to_ms: int) -> dict[int, Counts]:
    """Counts of a scope without filters per link that had any; unique are visits that were the first of their
    link and day."""
    rows = scope.reader.rows(
        f"SELECT link, {HOUR_FIGURES} FROM link_hours WHERE {scope.where(from_ms, to_ms, of_hours=True)}"
        " GROUP BY link",
        {},
    )
    return {int(link): Counts(*map(int, figures)) for link, *figures in rows}
