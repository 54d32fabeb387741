"""What is done to stored scans after they were counted: forget, judge again, compare and repair.

Every function runs inside the caller's transaction.
"""

from typing import Any

import duckdb
import pyarrow as pa

from waypost.analytics.store import statements
from waypost.analytics.store.schema import COUNTED, DAY_MS
from waypost.analytics.verdict import HUMAN, Judge

_IS_FIRST = f"""
    row_number() OVER (PARTITION BY link, visitor, at_ms // {DAY_MS}, {statements.IS_PERSON} ORDER BY id) = 1
    AND {statements.IS_PERSON}"""
_REAL_HOURS = f"""
    SELECT at_ms // 3600000 AS hour, workspace, link, {statements.SUMS_OF_SCANS}
    FROM scans WHERE {COUNTED} GROUP BY hour, workspace, link"""
_STORED_HOURS = """
    SELECT hour, workspace, link, sum(total) AS total, sum(human) AS human, sum(uniques) AS uniques,
        sum(bot) AS bot, sum(qr) AS qr FROM link_hours GROUP BY hour, workspace, link"""
_FORGOTTEN = """
    SELECT workspace FROM retention r WHERE r.workspace = h.workspace AND h.hour < r.forgotten_before_day * 24"""


def count_differences(connection: duckdb.DuckDBPyConnection) -> int:
    """Rows in which the rollup and the raw scans disagree; hours whose scans were forgotten are left out."""
    rows = connection.execute(
        f"SELECT count(*) FROM (({_REAL_HOURS} EXCEPT {_STORED_HOURS}) UNION ALL"
        f" (SELECT * FROM ({_STORED_HOURS}) h WHERE NOT EXISTS ({_FORGOTTEN}) EXCEPT {_REAL_HOURS}))"
    ).fetchall()
    return int(rows[0][0])


def rebuild(connection: duckdb.DuckDBPyConnection, commit: int) -> None:
    """Make the rollups anew from the raw scans, keeping the hours whose scans were forgotten; totals and
    months follow from the hours."""
    run = connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM link_hours h WHERE EXISTS ({_FORGOTTEN})")
    run("DELETE FROM link_hours")
    run("INSERT INTO link_hours SELECT * FROM kept")
    run(f"INSERT INTO link_hours SELECT * FROM ({_REAL_HOURS}) ORDER BY workspace, link, hour")
    retotal(connection, commit)
    run("DELETE FROM settled")
    run("DELETE FROM ordered_hours")


def retotal(connection: duckdb.DuckDBPyConnection, commit: int) -> None:
    """Make running totals and workspace months from the hours, and have all that changed announced."""
    run = connection.execute
    run(
        "CREATE OR REPLACE TEMP TABLE lasts AS SELECT link, max(at_ms) AS last_ms FROM scans"
        f" WHERE {COUNTED} AND verdict = {HUMAN} GROUP BY link"
    )
    run(
        f"""CREATE OR REPLACE TEMP TABLE summed AS
        SELECT h.link, t.workspace, h.total, h.human, h.uniques, h.bot, h.qr,
            greatest(t.last_ms, coalesce(l.last_ms, 0)) AS last_ms, {commit} AS changed
        FROM (SELECT link, sum(total) AS total, sum(human) AS human, sum(uniques) AS uniques, sum(bot) AS bot,
                sum(qr) AS qr FROM link_hours GROUP BY link) h
        JOIN link_totals t ON t.link = h.link LEFT JOIN lasts l ON l.link = h.link"""
    )
    # Links without any hour left keep a row of zeros, so that control hears of it.
    run(
        f"""INSERT INTO summed SELECT link, workspace, 0, 0, 0, 0, 0, 0, {commit} FROM link_totals
        WHERE link NOT IN (SELECT link FROM link_hours)"""
    )
    run("DELETE FROM link_totals")
    run("INSERT INTO link_totals SELECT * FROM summed")
    run(
        f"""CREATE OR REPLACE TEMP TABLE remonthed AS
        SELECT workspace, (year(epoch_ms(hour::BIGINT * 3600000)) * 12 + month(epoch_ms(hour::BIGINT * 3600000))
            - 1)::INTEGER AS month, sum(human) AS human, {commit} AS changed FROM link_hours GROUP BY 1, 2"""
    )
    run("DELETE FROM workspace_months")
    run("INSERT INTO workspace_months SELECT * FROM remonthed")


FACTS = """
    SELECT DISTINCT s.agent, a.user_agent, s.method, s.purpose, s.asn
    FROM scans s JOIN agents a ON a.agent = s.agent"""
"""What stored verdicts rest on."""


def judgement(facts: list[tuple[Any, ...]], judge: Judge) -> pa.Table:
    """The verdict of today on each combination of `FACTS`."""
    judged = [judge((user_agent, method, purpose, asn)) for _, user_agent, method, purpose, asn in facts]
    return pa.table(
        {
            "agent": pa.array([row[0] for row in facts], pa.int32()),
            "method": pa.array([row[2] for row in facts], pa.string()),
            "purpose": pa.array([row[3] for row in facts], pa.string()),
            "asn": pa.array([row[4] for row in facts], pa.uint32()),
            "verdict": pa.array([verdict for verdict, _ in judged], pa.uint8()),
            "reason": pa.array([reason for _, reason in judged], pa.string()),
        }
    )


def reclassify(connection: duckdb.DuckDBPyConnection, judge: Judge) -> int:
    """Judge every stored scan again and mark first visits anew; returns how many verdicts or reasons changed.

    Only the combinations of agent, method, purpose and network are judged, not every scan.
    """
    connection.register("judgement", judgement(connection.execute(FACTS).fetchall(), judge))
    same = "j.agent = s.agent AND j.method = s.method AND j.purpose = s.purpose AND j.asn = s.asn"
    changed = connection.execute(
        f"SELECT count(*) FROM scans s JOIN judgement j ON {same} WHERE s.verdict <> j.verdict OR s.reason <> j.reason"
    ).fetchall()[0][0]
    if changed:
        connection.execute(
            f"UPDATE scans s SET verdict = j.verdict, reason = j.reason FROM judgement j"
            f" WHERE {same} AND (s.verdict <> j.verdict OR s.reason <> j.reason)"
        )
        mark_first(connection)
    connection.unregister("judgement")
    return int(changed)


def mark_first(connection: duckdb.DuckDBPyConnection) -> None:
    """Say anew which scan is the first of its visitor, link and day."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE firsts AS SELECT id FROM (SELECT id, {_IS_FIRST} AS f FROM scans) WHERE f"
    )
    connection.execute(
        "UPDATE scans SET first = (id IN (SELECT id FROM firsts)) WHERE first <> (id IN (SELECT id FROM firsts))"
    )


def forget_old(connection: duckdb.DuckDBPyConnection, now_ms: int) -> int:
    """Delete raw scans that are older than their workspace keeps them. Counts and sketches stay.

    Only settled days go, because their unique visitors have been counted.
    """
    today = now_ms // DAY_MS
    gone = 0
    for workspace, days, before in connection.execute(
        "SELECT workspace, days, forgotten_before_day FROM retention WHERE days > 0"
    ).fetchall():
        oldest_kept = today - days
        unsettled = connection.execute(
            f"SELECT min(hour // 24) FROM link_hours WHERE workspace = {workspace} AND hour // 24 >= {before}"
            " AND hour // 24 NOT IN (SELECT day FROM settled)"
        ).fetchall()[0][0]
        limit = oldest_kept if unsettled is None else min(oldest_kept, unsettled)
        if limit <= before:
            continue
        gone += connection.execute(
            f"DELETE FROM scans WHERE workspace = {workspace} AND at_ms < {limit * DAY_MS}"
        ).fetchall()[0][0]
        connection.execute(
            f"UPDATE retention SET forgotten_before_day = {limit} WHERE workspace = {workspace}"
        )
    return gone


def erase_link(connection: duckdb.DuckDBPyConnection, workspace: int, link: int, commit: int) -> int:
    """Forget a link: scans, rollups, sketches, conversions; its totals become zero and are announced."""
    of_link = f"workspace = {workspace} AND link = {link}"
    rows = connection.execute(f"DELETE FROM scans WHERE {of_link}").fetchall()[0][0]
    for table in ("link_hours", "sketches", "conversions"):
        connection.execute(f"DELETE FROM {table} WHERE {of_link}")
    connection.execute("DELETE FROM settled")
    connection.execute(
        f"UPDATE link_totals SET total = 0, human = 0, uniques = 0, bot = 0, qr = 0, last_ms = 0, changed = {commit}"
        f" WHERE {of_link}"
    )
    return int(rows)


def erase_visitor(connection: duckdb.DuckDBPyConnection, workspace: int, visitor: int) -> int:
    """Cut the tie between a visitor and their scans: the counts stay, the person behind them is gone.

    The visitor's number, place within the country, network, language, referrer and click id are blanked.
    Sketches hold only hashes of a number that no longer exists anywhere.
    """
    where = f"workspace = {workspace} AND visitor = {visitor}"
    clicks = f"SELECT id FROM scans WHERE {where}"
    connection.execute(
        "UPDATE conversions SET customer_id = '', metadata = '', click_id = ''"
        f" WHERE workspace = {workspace} AND scan IN ({clicks})"
    )
    rows = connection.execute(
        "UPDATE scans SET visitor = 0, region = '', city = '', language = '', referrer = '', asn = 0,"
        f" click_id = ''::BLOB, detail = '' WHERE {where}"
    ).fetchall()[0][0]
    return int(rows)
