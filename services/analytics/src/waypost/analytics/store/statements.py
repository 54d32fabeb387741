"""The SQL that makes a commit true in DuckDB, in the order in which it runs.

`incoming` is the commit's scans; `deltas` and `months` (see `sums`) are what the commit adds to the running
totals.
"""

from waypost.analytics.store.schema import COUNTED, DAY_MS, FIRST, HOUR_MS, SCAN_COLUMNS
from waypost.analytics.verdict import HUMAN

SUMS_OF_SCANS = (
    f"count(*) AS total, count(*) FILTER (WHERE verdict = {HUMAN}) AS human, count(*) FILTER (WHERE first) AS uniques,"
    f" count(*) FILTER (WHERE verdict <> {HUMAN}) AS bot,"
    f" count(*) FILTER (WHERE verdict = {HUMAN} AND source = 1) AS qr"
)
"""The five figures of scans that count."""

IS_PERSON = f"(verdict = {HUMAN} AND visitor <> 0 AND {COUNTED})"
_COLUMNS = ", ".join(column.name for column in (*SCAN_COLUMNS, FIRST))

FIRSTS = f"""
    SELECT id FROM (
        SELECT link, visitor, at_ms // {DAY_MS} AS day, min(id) AS id FROM incoming
        WHERE {IS_PERSON} GROUP BY link, visitor, day) i
    WHERE NOT EXISTS (SELECT 1 FROM scans s
                      WHERE s.first AND s.at_ms >= $from_ms AND s.at_ms < $to_ms AND s.link = i.link
                      AND s.visitor = i.visitor AND s.at_ms // {DAY_MS} = i.day)"""
"""Scans that are the first of their visitor, link and day, in this commit and in the days that it touches; the
bounds let whole row groups be left unread. Run before `incoming` has the column `first`."""

STORE_SCANS = f"INSERT INTO scans ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming"

STORE_HOURS = f"""
    INSERT INTO link_hours
    SELECT hour, workspace, link, total, human, uniques, bot, qr FROM (
        SELECT at_ms // {HOUR_MS} AS hour, workspace, link, {SUMS_OF_SCANS}
        FROM incoming WHERE {COUNTED} GROUP BY hour, workspace, link)"""

UPDATE_TOTALS = """
    UPDATE link_totals t SET workspace = d.workspace, total = t.total + d.total, human = t.human + d.human,
        uniques = t.uniques + d.uniques, bot = t.bot + d.bot, qr = t.qr + d.qr,
        last_ms = greatest(t.last_ms, d.last_ms), changed = $number
    FROM deltas d WHERE d.link = t.link"""

INSERT_TOTALS = """
    INSERT INTO link_totals
    SELECT link, workspace, total, human, uniques, bot, qr, last_ms, $number
    FROM deltas WHERE link NOT IN (SELECT link FROM link_totals)"""

UPDATE_MONTHS = """
    UPDATE workspace_months w SET human = w.human + m.human, changed = $number
    FROM months m WHERE m.workspace = w.workspace AND m.month = w.month"""

INSERT_MONTHS = """
    INSERT INTO workspace_months
    SELECT m.workspace, m.month, m.human, $number FROM months m
    WHERE NOT EXISTS (
        SELECT 1 FROM workspace_months w WHERE w.workspace = m.workspace AND w.month = m.month)"""

REOPEN_DAYS = "DELETE FROM settled WHERE day IN (SELECT unnest($days))"
"""Scans that come late for a day that was counted for good."""

LEAVE_SPOOLS = "DELETE FROM spools WHERE (node, epoch) IN (SELECT (node, epoch) FROM moved)"
MOVE_SPOOLS = "INSERT INTO spools SELECT * FROM moved"
"""`moved` is the commit's next offsets."""
