"""Scans put into the order in which questions read them, a block at a time.

Scans arrive in the order of time, so those of one link lie scattered over the whole table and a question
about it reads every row. Each full block of scans is written anew by workspace and link: a link's scans of
that block then stand side by side, and all others are passed over. Blocks follow each other by id still, so
lists, exports and ranges of time find their place.
"""

import duckdb

PIECE_SCANS = 122_880
"""One row group of DuckDB: what it reads or leaves unread as a whole. So much is held in memory at a time."""

BLOCK_PIECES = 3
"""Row groups of a block. A question about a link reads one or two of them; an export of everything reads all
of them for each of its windows, so more would make that slower than this makes questions quicker."""


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
        # Through Arrow, because an insert from a query keeps no order.
        rows = connection.sql(
            f"SELECT * FROM scans WHERE {block} AND id IN (SELECT id FROM piece) ORDER BY workspace, link, id"
        ).to_arrow_table()
        connection.unregister("piece")
        connection.register("ordered", rows)
        connection.execute("INSERT INTO scans SELECT * FROM ordered")
        connection.unregister("ordered")
    connection.execute(f"DELETE FROM scans WHERE {block}")
    connection.execute("DELETE FROM clustered")
    connection.execute("INSERT INTO clustered VALUES (?)", [end])
    return end
