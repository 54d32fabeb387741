"""Days that are over: their unique visitors are counted once, exactly per workspace and as sketches per link."""

from itertools import groupby
from operator import itemgetter

import duckdb
import pyarrow as pa
from datasketches import hll_sketch, hll_union, tgt_hll_type
from msgspec import Struct

from waypost.analytics.limits import SETTLE_AFTER_MS
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.uniques import SKETCH_LOG2_BUCKETS
from waypost.analytics.store.schema import COUNTED, DAY_MS
from waypost.analytics.verdict import HUMAN

_PEOPLE = f"verdict = {HUMAN} AND visitor <> 0 AND {COUNTED}"


def joined(stored: bytes, sketch: hll_sketch) -> bytes:
    """A stored sketch that has also seen what another one saw."""
    union = hll_union(SKETCH_LOG2_BUCKETS)
    union.update(hll_sketch.deserialize(stored))
    union.update(sketch)
    return bytes(union.get_result(tgt_hll_type.HLL_4).serialize_compact())


def open_days(reader: Reader, now_ms: int) -> list[int]:
    """Days with scans that are over and not settled, oldest first."""
    today = (now_ms - SETTLE_AFTER_MS) // DAY_MS
    day = reader.divided("hour", 24)
    rows = reader.rows(
        f"SELECT DISTINCT {day} AS day FROM link_hours WHERE {day} < {today}"
        f" AND {day} NOT IN (SELECT day FROM settled) ORDER BY day",
        {},
    )
    return [int(row[0]) for row in rows]


class Prepared(Struct, frozen=True):
    """A day counted from the scans up to `last_id`."""

    day: int
    last_id: int
    uniques: pa.Table
    sketches: pa.Table


def prepare(reader: Reader, day: int) -> Prepared:
    """Count a day, beside the writer. What was counted of it before is joined, because its scans may be
    gone by now."""
    low, high = day * DAY_MS, (day + 1) * DAY_MS
    people = f"at_ms >= {low} AND at_ms < {high} AND {_PEOPLE}"
    last = last_id(reader, day)
    uniques = reader.table(
        f"SELECT {day} AS day, workspace, count(DISTINCT visitor) AS uniques FROM scans"
        f" WHERE {people} GROUP BY workspace",
        {},
    )
    return Prepared(day, last, uniques, _sketches(reader, day, people))


def finish(connection: duckdb.DuckDBPyConnection, prepared: Prepared) -> None:
    """Store what was counted, inside the caller's transaction."""
    day = prepared.day
    run = connection.execute
    connection.register("sketched", prepared.sketches)
    connection.register("counted", prepared.uniques)
    run(f"DELETE FROM sketches WHERE day = {day}")
    run("INSERT INTO sketches SELECT * FROM sketched")
    # A workspace whose scans of that day were forgotten keeps the figure it had.
    kept = f"SELECT workspace FROM retention WHERE forgotten_before_day > {day}"
    run(f"DELETE FROM day_uniques WHERE day = {day} AND workspace NOT IN ({kept})")
    run(f"INSERT INTO day_uniques SELECT * FROM counted WHERE workspace NOT IN ({kept})")
    connection.unregister("sketched")
    connection.unregister("counted")
    run(f"INSERT INTO settled VALUES ({day})")
    # Deltas of one hour and link become one row, in the order in which links are asked about.
    of_day = f"hour >= {day * 24} AND hour < {day * 24 + 24}"
    run(
        "CREATE OR REPLACE TEMP TABLE merged AS SELECT hour, workspace, link, sum(total), sum(human), sum(uniques),"
        f" sum(bot), sum(qr) FROM link_hours WHERE {of_day} GROUP BY hour, workspace, link"
    )
    is_merged = f"SELECT (SELECT count(*) FROM merged) = (SELECT count(*) FROM link_hours WHERE {of_day})"
    if run(is_merged).fetchall()[0][0]:
        return  # they stay in their block, if they are in one
    run(f"DELETE FROM link_hours WHERE {of_day}")
    run("INSERT INTO link_hours SELECT * FROM merged ORDER BY workspace, link, hour")


def last_id(reader: Reader, day: int) -> int:
    """The newest scan of a day."""
    rows = reader.rows(
        f"SELECT coalesce(max(id), 0) FROM scans WHERE at_ms >= {day * DAY_MS} AND at_ms < {(day + 1) * DAY_MS}",
        {},
    )
    return int(rows[0][0])


def _sketches(reader: Reader, day: int, condition: str) -> pa.Table:
    """One sketch per link: the visitors seen now, joined with the sketch that was there."""
    known = {
        (workspace, link): bytes(sketch)
        for workspace, link, sketch in reader.rows(
            f"SELECT workspace, link, sketch FROM sketches WHERE day = {day}", {}
        )
    }
    batches = reader.batches(
        f"SELECT DISTINCT workspace, link, visitor FROM scans WHERE {condition} ORDER BY workspace, link"
    )
    rows = (
        row for batch in batches for row in zip(*[each.to_pylist() for each in batch.columns], strict=True)
    )
    for key, group in groupby(rows, key=itemgetter(0, 1)):
        sketch = hll_sketch(SKETCH_LOG2_BUCKETS, tgt_hll_type.HLL_4)
        for _, _, visitor in group:
            sketch.update(visitor)
        known[key] = joined(known[key], sketch) if key in known else sketch.serialize_compact()
    return pa.table(
        {
            "day": pa.array([day] * len(known), pa.int32()),
            "workspace": pa.array([key[0] for key in known], pa.int32()),
            "link": pa.array([key[1] for key in known], pa.int32()),
            "sketch": pa.array(list(known.values()), pa.binary()),
        }
    )
