"""Scans, and their hours, put into the order in which questions read them, a block at a time.

Scans arrive in the order of time, so those of one link lie scattered over the whole table and a question
about it reads every row. Each full block of scans is written anew by workspace and link: a link's scans of
that block then stand side by side, and all others are passed over. Blocks follow each other by id still, so
lists, exports and ranges of time find their place. So with the hours of links: once enough days are over, they
become a block in which each link's hours stand side by side.
"""

import duckdb
import pyarrow as pa

from waypost.analytics.store.schema import ROW_GROUP_SCANS

PIECE_SCANS = 4 * ROW_GROUP_SCANS
"""So much is held in memory at a time, and written as whole row groups."""

BLOCK_PIECES = 3
"""Pieces of a block. A question about a link reads one or two row groups of each; an export of everything reads all
of a block for each of its windows, so more would make that slower than this makes questions quicker."""

HOURS_BLOCK_PIECES = 8
"""Pieces of a block of hours, which are narrow: writing one takes the writer about half a second."""


def block_scans() -> int:
    """Scans of a block."""
    return PIECE_SCANS * BLOCK_PIECES


def blocks_end(connection: duckdb.DuckDBPyConnection) -> int:
    """The first id that is not in a block that was put in order."""
    return int(connection.execute("SELECT coalesce(max(up_to), 1) FROM clustered").fetchall()[0][0])


def order_block(connection: duckdb.DuckDBPyConnection, first: int) -> int:
    """Write the scans of the block from `first` anew, inside the caller's transaction; the end of the block."""
    end = first + block_scans()
    # Rows that are written here have higher row ids than all that were there, which are known by theirs.
    highest = connection.execute("SELECT coalesce(max(rowid), -1) FROM scans").fetchall()[0][0]
    block = f"id >= {first} AND id < {end} AND rowid <= {highest}"
    ids = connection.sql(f"SELECT id FROM scans WHERE {block} ORDER BY workspace, link, id").to_arrow_table()
    for start in range(0, ids.num_rows, PIECE_SCANS):
        connection.register("piece", ids.slice(start, PIECE_SCANS))
        rows = connection.sql(
            f"SELECT * FROM scans WHERE {block} AND id IN (SELECT id FROM piece) ORDER BY workspace, link, id"
        ).to_arrow_table()
        connection.unregister("piece")
        _append(connection, "scans", rows)
    connection.execute(f"DELETE FROM scans WHERE {block}")
    connection.execute("DELETE FROM clustered")
    connection.execute("INSERT INTO clustered VALUES (?)", [end])
    return end


def order_hours(connection: duckdb.DuckDBPyConnection) -> bool:
    """Write the oldest settled days of `link_hours` that fill a block anew, by workspace, link and hour, inside
    the caller's transaction; False when they fill none yet. A day that is opened again leaves its block and
    stands by itself from then on."""
    first = connection.execute("SELECT coalesce(max(up_to_day), 0) FROM ordered_hours").fetchall()[0][0]
    days = connection.execute(
        "SELECT hour // 24 AS day, count(*), day IN (SELECT day FROM settled) FROM link_hours"
        f" WHERE hour >= {first * 24} GROUP BY day ORDER BY day"
    ).fetchall()
    full = PIECE_SCANS * HOURS_BLOCK_PIECES
    count, end = 0, first
    for day, rows, is_settled in days:
        if not is_settled or count >= full:
            break
        count, end = count + rows, day + 1
    if count < full:
        return False
    block = f"hour >= {first * 24} AND hour < {end * 24}"
    ordered = connection.sql(
        f"SELECT * FROM link_hours WHERE {block} ORDER BY workspace, link, hour"
    ).to_arrow_table()
    connection.execute(f"DELETE FROM link_hours WHERE {block}")
    for start in range(0, ordered.num_rows, PIECE_SCANS):
        _append(connection, "link_hours", ordered.slice(start, PIECE_SCANS))
    connection.execute("DELETE FROM ordered_hours")
    connection.execute("INSERT INTO ordered_hours VALUES (?)", [end])
    return True


def _append(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Rows in this order: through Arrow and a piece at a time, because an insert from a query keeps none."""
    connection.register("ordered", rows)
    connection.execute(f"INSERT INTO {table} SELECT * FROM ordered")
    connection.unregister("ordered")
