"""What a commit adds to the running totals of links and to the months of workspaces.

The rows are at hand and their links already have small numbers; so adding up takes a few operations on arrays, a
third of what grouping them in SQL takes.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waypost.analytics.limits import AT_MS_MAX
from waypost.analytics.store.schema import COUNTED_OUTCOMES, DAY_MS
from waypost.analytics.verdict import HUMAN
from waypost.wire.scan import Source

Numbers = np.ndarray[Any, Any]
_MONTHS_BEFORE_1970 = 1970 * 12
_MONTHS_MAX = np.int64(1 << 16)
"""More than there are months, so that a workspace and a month together are one number."""
_LOOKED_AT = ("at_ms", "workspace", "link", "verdict", "source", "first")
"""What a visit is added up by; all that is kept of one, since the other columns are many."""


def days(scans: pa.Table) -> list[int]:
    """The days of UTC on which there were scans."""
    found: list[int] = pc.unique(pa.array(scans["at_ms"].to_numpy() // DAY_MS)).to_pylist()
    return found


def counted(scans: pa.Table) -> pa.Table:
    """The scans that are visits, of those in `scans`, which has the columns of the table `scans`; of each what
    adding up looks at."""
    outcomes = pa.array([int(outcome) for outcome in COUNTED_OUTCOMES], pa.uint8())
    is_visit = pc.is_in(scans["outcome"], value_set=outcomes)
    return scans.select(_LOOKED_AT).filter(is_visit).combine_chunks()


def deltas(visits: pa.Table) -> pa.Table:
    """By link: its workspace (the last one counts), how many visits of each sort, and when a person came last."""
    links = visits["link"].combine_chunks().dictionary_encode()
    at, count = links.indices.to_numpy(), len(links.dictionary)
    human = visits["verdict"].to_numpy() == HUMAN
    first = visits["first"].to_numpy()
    qr = human & (visits["source"].to_numpy() == Source.QR)
    workspaces = np.zeros(count, dtype=np.int32)
    workspaces[at] = visits["workspace"].to_numpy()
    last_ms = np.zeros(count, dtype=np.int64)
    np.maximum.at(last_ms, at[human], visits["at_ms"].to_numpy()[human])
    return pa.table(
        {
            "link": links.dictionary,
            "workspace": workspaces,
            "total": np.bincount(at, minlength=count),
            "human": np.bincount(at[human], minlength=count),
            "uniques": np.bincount(at[first], minlength=count),
            "bot": np.bincount(at[~human], minlength=count),
            "qr": np.bincount(at[qr], minlength=count),
            "last_ms": last_ms,
        }
    )


def months(visits: pa.Table) -> pa.Table:
    """By workspace and month of UTC: how many visits of people."""
    people = visits.filter(pc.equal(visits["verdict"], HUMAN))
    day = people["at_ms"].to_numpy() // DAY_MS
    first_day = day.min(initial=AT_MS_MAX // DAY_MS)
    month_of = np.arange(first_day, day.max(initial=0) + 1).astype("datetime64[D]").astype("datetime64[M]")
    month = month_of.astype(np.int64)[day - first_day] + _MONTHS_BEFORE_1970
    keys = pa.array(people["workspace"].to_numpy() * _MONTHS_MAX + month).dictionary_encode()
    workspaces, months = np.divmod(keys.dictionary.to_numpy(), _MONTHS_MAX)
    return pa.table(
        {
            "workspace": workspaces.astype(np.int32),
            "month": months.astype(np.int32),
            "human": np.bincount(keys.indices.to_numpy(), minlength=len(keys.dictionary)),
        }
    )
