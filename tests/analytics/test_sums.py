"""Adding up a commit's scans on arrays: the same figures as one scan at a time, and none from none."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from tests.analytics.scans import DAY_MS

from waypost.analytics.limits import AT_MS_MAX, AT_MS_MIN
from waypost.analytics.store import sums
from waypost.analytics.store.schema import COUNTED_OUTCOMES
from waypost.analytics.verdict import HUMAN
from waypost.wire.scan import Outcome

MOMENTS = [
    datetime(2025, 12, 31, 23, 59, 59, 999_000, UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 31, 12, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime.fromtimestamp(AT_MS_MIN / 1000, UTC),
    datetime.fromtimestamp(AT_MS_MAX / 1000 - 1, UTC),
]


def scans(count: int) -> pa.Table:
    """Scans with what sums look at, and a column that they do not."""
    number = np.arange(count)
    moments = np.array([int(moment.timestamp() * 1000) for moment in MOMENTS], dtype=np.int64)
    return pa.table(
        {
            "at_ms": moments[number % len(moments)],
            "workspace": (number % 7 % 3 + 2**31 - 3).astype(np.int32),
            "link": (number % 11).astype(np.int32),
            "verdict": (number % 5 % 2).astype(np.uint8),
            "source": (number % 2).astype(np.uint8),
            "outcome": (number % len(Outcome)).astype(np.uint8),
            "city": pa.array(["Berlin"] * count, pa.string()),
            "first": number % 9 == 0,
        }
    )


def test_months_are_those_of_the_calendar() -> None:
    """Control bills by them; so the first and the last moment of a month must not change places."""
    table = scans(2_000)
    wanted: Counter[tuple[int, int]] = Counter()
    for row in table.to_pylist():
        if row["outcome"] in COUNTED_OUTCOMES and row["verdict"] == HUMAN:
            day = datetime.fromtimestamp(row["at_ms"] / 1000, UTC)
            wanted[row["workspace"], day.year * 12 + day.month - 1] += 1
    found = sums.months(sums.counted(table))
    assert {(row["workspace"], row["month"]): row["human"] for row in found.to_pylist()} == wanted
    assert (found.num_rows, found.schema.field("month").type) == (len(wanted), pa.int32())


def test_nothing_is_added_up_of_nothing() -> None:
    """A commit may hold robots only, or no visit at all."""
    nobody = sums.counted(scans(0))
    assert (sums.months(nobody).num_rows, sums.deltas(nobody).num_rows, sums.days(nobody)) == (0, 0, [])
    robots = scans(20).filter(pa.array([number % 5 % 2 == 1 for number in range(20)]))
    assert sums.months(sums.counted(robots)).num_rows == 0
    assert sum(sums.deltas(sums.counted(robots))["human"].to_pylist()) == 0
    assert sums.days(robots)[0] * DAY_MS <= robots["at_ms"][0].as_py()
