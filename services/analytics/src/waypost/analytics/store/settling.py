"""Days that are over: their unique visitors are counted once, exactly per workspace and as sketches per link."""

from itertools import groupby
from operator import itemgetter

import duckdb
import pyarrow as pa
from datasketches import hll_sketch, hll_union, tgt_hll_type
from msgspec import Struct

from waypost.analytics.limits import SETTLE_AFTER_MS
from waypost.analytics.reports.uniques import SKETCH_LOG2_BUCKETS
from waypost.analytics.store.schema import COUNTED, DAY_MS
from waypost.analytics.verdict import HUMAN

_PEOPLE = f"verdict = {HUMAN} AND visitor <> 0 AND {COUNTED}"
_ROWS_AT_ONCE = 50_000


def joined(stored: bytes, sketch: hll_sketch) -> bytes:
    """A stored sketch that has also seen what another one saw."""
    union = hll_union(SKETCH_LOG2_BUCKETS)
    union.update(hll_sketch.deserialize(stored))
    union.update(sketch)
    return bytes(union.get_result(tgt_hll_type.HLL_4).serialize_compact())


def open_days(connection: duckdb.DuckDBPyConnection, now_ms: int) -> list[int]:
    """Days with scans that are over and not settled, oldest first."""
    today = (now_ms - SETTLE_AFTER_MS) // DAY_MS
    rows = connection.execute(
        f"SELECT DISTINCT hour // 24 AS day FROM link_hours WHERE hour // 24 < {today}"
        " AND hour // 24 NOT IN (SELECT day FROM settled) ORDER BY day"
    ).fetchall()
    return [int(row[0]) for row in rows]


class Prepared(Struct, frozen=True):
    """A day counted from the scans up to `last_id`."""

    day: int
    last_id: int
    uniques: pa.Table
    sketches: pa.Table


def prepare(cursor: duckdb.DuckDBPyConnection, day: int) -> Prepared:
    """Count a day, beside the writer. What was counted of it before is joined, because its scans may be
    gone by now."""
    low, high = day * DAY_MS, (day + 1) * DAY_MS
    people = f"at_ms >= {low} AND at_ms < {high} AND {_PEOPLE}"
    last_id = _last_id(cursor, day)
    uniques = cursor.sql(
        f"SELECT {day} AS day, workspace, count(DISTINCT visitor) AS uniques FROM scans"
        f" WHERE {people} GROUP BY workspace"
    ).to_arrow_table()
    return Prepared(day, last_id, uniques, _sketches(cursor, day, people))


def finish(connection: duckdb.DuckDBPyConnection, prepared: Prepared) -> bool:
    """Store what was counted, inside the caller's transaction; False when scans of that day came meanwhile."""
    day = prepared.day
    if _last_id(connection, day) != prepared.last_id:
        return False
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
    run(f"DELETE FROM link_hours WHERE {of_day}")
    run("INSERT INTO link_hours SELECT * FROM merged ORDER BY workspace, link, hour")
    return True


def _last_id(connection: duckdb.DuckDBPyConnection, day: int) -> int:
    rows = connection.execute(
        f"SELECT coalesce(max(id), 0) FROM scans WHERE at_ms >= {day * DAY_MS} AND at_ms < {(day + 1) * DAY_MS}"
    ).fetchall()
    return int(rows[0][0])


def _sketches(connection: duckdb.DuckDBPyConnection, day: int, condition: str) -> pa.Table:
    """One sketch per link: the visitors seen now, joined with the sketch that was there."""
    known = {
        (workspace, link): bytes(sketch)
        for workspace, link, sketch in connection.execute(
            "SELECT workspace, link, sketch FROM sketches WHERE day = ?", [day]
        ).fetchall()
    }
    result = connection.execute(
        f"SELECT DISTINCT workspace, link, visitor FROM scans WHERE {condition} ORDER BY workspace, link"
    )
    rows = iter(lambda: result.fetchmany(_ROWS_AT_ONCE), [])
    for key, group in groupby((row for some in rows for row in some), key=itemgetter(0, 1)):
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
