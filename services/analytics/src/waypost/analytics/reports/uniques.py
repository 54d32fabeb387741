"""Unique visitors of a scope without filters: from closed days that were counted once, else from the scans.

A visitor's number changes every UTC day, so a range's visitors are the sum over its days, and a day that
is over never needs to be counted again: `day_uniques` holds its exact figure per workspace. For sets of
links, `sketches` (HyperLogLog, about 1.6 % off) answer once the scans themselves are gone.
"""

from collections.abc import Iterable

from datasketches import hll_sketch, hll_union

from waypost.analytics.reports.calendar import DAY_MS
from waypost.analytics.reports.scope import VISITOR, Scope

SKETCH_LOG2_BUCKETS = 12
"""2^12 buckets: a standard error of 1.04 / sqrt(4096) = 1.6 % (Flajolet et al. 2007); few visitors are
kept one by one and counted exactly."""


def uniques(scope: Scope, from_ms: int, to_ms: int) -> int:
    """Unique visitors in a range."""
    if scope.is_empty:
        return 0
    settled = _settled(scope, from_ms, to_ms)
    return sum(settled.values()) + sum(_counted(scope, _ranges(settled, from_ms, to_ms)).values())


def uniques_by_day(scope: Scope, from_ms: int, to_ms: int) -> dict[int, int]:
    """UTC day to unique visitors, for a range of whole days."""
    if scope.is_empty:
        return {}
    settled = _settled(scope, from_ms, to_ms)
    return settled | _counted(scope, _ranges(settled, from_ms, to_ms))


def union_size(sketches: Iterable[bytes]) -> int:
    """How many visitors several sketches saw together."""
    union = hll_union(SKETCH_LOG2_BUCKETS)
    for sketch in sketches:
        union.update(hll_sketch.deserialize(sketch))
    return round(float(union.get_result().get_estimate()))


def _settled(scope: Scope, from_ms: int, to_ms: int) -> dict[int, int]:
    """Whole days whose figure is known: of the workspace, or of links whose scans are gone."""
    low, high = -(-from_ms // DAY_MS), to_ms // DAY_MS
    forgotten = scope.reader.rows(
        f"SELECT coalesce(max(forgotten_before_day), 0) FROM retention WHERE workspace = {scope.workspace}",
        {},
    )[0][0]
    if not scope.of_links():
        rows = scope.reader.rows(
            f"SELECT day, uniques FROM day_uniques WHERE workspace = {scope.workspace} AND day >= {low}"
            f" AND day < {high} AND (day IN (SELECT day FROM settled) OR day < {forgotten})",
            {},
        )
        return {int(day): int(count) for day, count in rows}
    if forgotten <= low:
        return {}
    rows = scope.reader.rows(
        f"SELECT day, sketch FROM sketches WHERE workspace = {scope.workspace} AND day >= {low}"
        f" AND day < {min(high, forgotten)}{''.join(f' AND {each}' for each in scope.of_links())}",
        {},
    )
    by_day: dict[int, list[bytes]] = {}
    for day, sketch in rows:
        by_day.setdefault(int(day), []).append(bytes(sketch))
    return {day: union_size(sketches) for day, sketches in by_day.items()}


def _ranges(settled: dict[int, int], from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """What is left of a range without its settled days."""
    left: list[tuple[int, int]] = []
    at_ms = from_ms
    for day in sorted(settled):
        if day * DAY_MS > at_ms:
            left.append((at_ms, day * DAY_MS))
        at_ms = (day + 1) * DAY_MS
    if at_ms < to_ms:
        left.append((at_ms, to_ms))
    return left


def _counted(scope: Scope, ranges: list[tuple[int, int]]) -> dict[int, int]:
    """Visitors per day, counted from the scans."""
    if not ranges:
        return {}
    day = scope.reader.divided("at_ms", DAY_MS)
    within = " OR ".join(f"(at_ms >= {low} AND at_ms < {high})" for low, high in ranges)
    where = scope.where(ranges[0][0], ranges[-1][1])
    rows = scope.reader.rows(
        f"SELECT {day} AS day, count(DISTINCT visitor) FROM scans WHERE {where} AND ({within}) AND {VISITOR}"
        " GROUP BY day",
        scope.texts,
    )
    return {int(number): int(count) for number, count in rows}
