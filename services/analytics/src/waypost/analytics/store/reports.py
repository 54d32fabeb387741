"""Answers from the store. Every function takes a cursor of its own: readers never wait for the writer."""

import duckdb
import pyarrow as pa

from waypost.analytics.store.schema import DAY_MS, HOUR_MS
from waypost.wire.queries import SummaryAnswer, SummaryQuery

_SUMMARY = """
    SELECT coalesce(sum(total), 0)::BIGINT, coalesce(sum(human), 0)::BIGINT, coalesce(sum(bot), 0)::BIGINT,
        coalesce(sum(qr), 0)::BIGINT, count(DISTINCT link)
    FROM link_hours
    WHERE workspace = (SELECT workspace FROM workspaces WHERE workspace_id = $workspace_id)
    AND hour >= $from_hour AND hour < $to_hour"""
_UNIQUES = f"""
    SELECT count(DISTINCT (visitor, at_ms // {DAY_MS})) FROM scans
    WHERE workspace = (SELECT workspace FROM workspaces WHERE workspace_id = $workspace_id)
    AND at_ms >= $from_ms AND at_ms < $to_ms AND first"""
_OF_LINKS = " AND link IN (SELECT l.link FROM links l JOIN wanted ON wanted.link_id = l.link_id)"


def summary(cursor: duckdb.DuckDBPyConnection, query: SummaryQuery) -> SummaryAnswer:
    """Counts from the rollups, unique visitors from the scans."""
    of_links = ""
    if query.link_ids:
        cursor.register("wanted", pa.table({"link_id": pa.array(query.link_ids, pa.binary())}))
        of_links = _OF_LINKS
    counts = cursor.execute(
        _SUMMARY + of_links,
        {
            "workspace_id": query.workspace_id,
            "from_hour": query.from_ms // HOUR_MS,
            "to_hour": -(-query.to_ms // HOUR_MS),
        },
    ).fetchall()[0]
    unique = cursor.execute(
        _UNIQUES + of_links,
        {"workspace_id": query.workspace_id, "from_ms": query.from_ms, "to_ms": query.to_ms},
    ).fetchall()[0][0]
    return SummaryAnswer(counts[0], counts[1], unique, counts[2], counts[3], counts[4])
