"""What control sets for a workspace: retention, thresholds, and whose scans it wants to hear of.

Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from waypost.wire.upkeep import Watch


def set_retention(connection: duckdb.DuckDBPyConnection, workspace: int, days: int) -> None:
    """Keep what is known of the days that were forgotten already."""
    known = connection.execute(f"SELECT days FROM retention WHERE workspace = {workspace}").fetchall()
    if known:
        connection.execute(f"UPDATE retention SET days = {days} WHERE workspace = {workspace}")
    else:
        connection.execute(f"INSERT INTO retention VALUES ({workspace}, {days}, 0)")


def set_watch(connection: duckdb.DuckDBPyConnection, watch: Watch) -> None:
    """Replace the list."""
    kinds = ["workspace"] * len(watch.workspace_ids) + ["link"] * len(watch.link_ids)
    ids = pa.array([*watch.workspace_ids, *watch.link_ids], pa.binary())
    connection.execute("DELETE FROM watched")
    connection.register("rows", pa.table({"kind": pa.array(kinds, pa.string()), "id": ids}))
    connection.execute("INSERT INTO watched SELECT * FROM rows")
    connection.unregister("rows")


def set_thresholds(
    connection: duckdb.DuckDBPyConnection, workspace_id: bytes, link_id: bytes, counts: Sequence[int]
) -> None:
    """Replace those of one link or workspace."""
    key = [workspace_id, link_id]
    connection.execute("DELETE FROM thresholds WHERE workspace_id = ? AND link_id = ?", key)
    for count in counts:
        connection.execute("INSERT INTO thresholds VALUES (?, ?, ?)", [*key, count])
