"""What is done to scans in ClickHouse after they were counted: settle, forget, judge again, repair.

Deleting and judging change rows in place and wait until it is done. Each is written so that doing it again
after it was cut short does the rest.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from waypost.analytics.reports import conversions
from waypost.analytics.store import statements
from waypost.analytics.store.clickhouse_reader import quoted
from waypost.analytics.store.clickhouse_schema import NOW, SNAPSHOTS, TRUE
from waypost.analytics.store.clickhouse_server import Server
from waypost.analytics.store.clickhouse_writer import Standing
from waypost.analytics.store.schema import COUNTED, DAY_MS, HOUR_MS
from waypost.analytics.store.settling import Prepared
from waypost.analytics.store.upkeep import FACTS, judgement
from waypost.analytics.verdict import HUMAN, Judge

COMMITS_KEPT = 1_000
_SUMS = "sum(total) AS total, sum(human) AS human, sum(uniques) AS uniques, sum(bot) AS bot, sum(qr) AS qr"
_FORGOTTEN = "(SELECT workspace, forgotten_before_day * 24 AS kept_from FROM retention) AS r"
_REAL_HOURS = (
    f"SELECT hour, workspace, link, total, human, uniques, bot, qr FROM (SELECT intDiv(at_ms, {HOUR_MS}) AS hour,"
    f" workspace, link, {statements.SUMS_OF_SCANS} FROM scans WHERE {COUNTED} GROUP BY hour, workspace, link) AS s"
    f" LEFT JOIN {_FORGOTTEN} ON r.workspace = s.workspace WHERE hour >= kept_from"
)
_STORED_HOURS = f"SELECT hour, workspace, link, {_SUMS} FROM link_hours GROUP BY hour, workspace, link"
_KEPT_HOURS = (
    f"SELECT hour, workspace, link, total, human, uniques, bot, qr FROM ({_STORED_HOURS}) AS h"
    f" LEFT JOIN {_FORGOTTEN} ON r.workspace = h.workspace WHERE hour"
)
_FIGURES = ("total", "human", "uniques", "bot", "qr")


def merge_hours(server: Server, day: int, commit: int) -> None:
    """One row for each hour and link of a day, in place of one for each commit."""
    server.run(
        f"INSERT INTO hours_log (commit, hour, workspace, link, total, human, uniques, bot, qr)"
        f" SELECT {commit}, * FROM ({_STORED_HOURS} HAVING hour >= {day * 24} AND hour < {day * 24 + 24})"
    )


def uniques_of_day(server: Server, prepared: Prepared) -> pa.Table:
    """A workspace whose scans of that day were forgotten keeps the figure it had."""
    forgot = f"SELECT workspace FROM retention WHERE forgotten_before_day > {prepared.day}"
    kept = server.table(
        f"SELECT day, workspace, uniques FROM day_uniques WHERE day = {prepared.day} AND workspace IN ({forgot})"
    )
    without = pa.array([row[0] for row in server.rows(forgot)], pa.int32())
    counted = prepared.uniques.filter(pc.invert(pc.is_in(prepared.uniques["workspace"], without)))
    types = pa.schema([("day", pa.int32()), ("workspace", pa.int32()), ("uniques", pa.int64())])
    return pa.concat_tables([kept.cast(types), counted.cast(types)])


def conversion(number: int, workspace: int, values: Sequence[Any]) -> pa.Table:
    """One row of conversions."""
    names = ["id", "workspace", *conversions.FIELDS.replace(" ", "").split(",")[1:]]
    return pa.table({name: [value] for name, value in zip(names, [number, workspace, *values], strict=True)})


def zeros(workspace: int, links: Sequence[int]) -> pa.Table:
    """Totals of links that have no scans any more, so that control hears of it."""
    nothing = pa.array([0] * len(links), pa.int64())
    return pa.table(
        {
            "link": pa.array(links, pa.int32()),
            "workspace": pa.array([workspace] * len(links), pa.int32()),
            **dict.fromkeys((*_FIGURES, "last_ms"), nothing),
        }
    )


def erase_link(server: Server, workspace: int, link: int) -> int:
    """Delete a link's scans, rollups, sketches and conversions."""
    of_link = f"workspace = {workspace} AND link = {link}"
    rows = int(server.rows(f"SELECT count() FROM scans WHERE {of_link}")[0][0])
    for log in ("scans_log", "hours_log", "sketches_log", "conversions_log"):
        server.run(f"ALTER TABLE {log} DELETE WHERE {of_link}")
    return rows


def erase_visitor(server: Server, workspace: int, visitor: int) -> int:
    """Blank what could lead from a visitor's scans to the person. The conversions first: once the visitor
    is gone from the scans, nobody knows which they were."""
    where = f"workspace = {workspace} AND visitor = {visitor}"
    rows = int(server.rows(f"SELECT count() FROM scans WHERE {where}")[0][0])
    if rows:
        server.run(
            "ALTER TABLE conversions_log UPDATE customer_id = '', metadata = '', click_id = ''"
            f" WHERE workspace = {workspace} AND scan IN (SELECT id FROM scans WHERE {where})"
        )
        server.run(
            "ALTER TABLE scans_log UPDATE visitor = 0, region = '', city = '', language = '', referrer = '',"
            f" asn = 0, click_id = '', detail = '' WHERE {where}"
        )
    return rows


def forgetting(server: Server, now_ms: int) -> dict[int, int]:
    """Workspace to the day before which its scans may go now: only settled days, whose visitors are counted."""
    found = {}
    for workspace, days, before in server.rows(
        "SELECT workspace, days, forgotten_before_day FROM retention WHERE days > 0"
    ):
        oldest_kept = now_ms // DAY_MS - days
        unsettled = server.rows(
            f"SELECT intDiv(hour, 24) AS day FROM link_hours WHERE workspace = {workspace} AND day >= {before}"
            " AND day NOT IN (SELECT day FROM settled) ORDER BY day LIMIT 1"
        )
        limit = min(oldest_kept, unsettled[0][0]) if unsettled else oldest_kept
        if limit > before:
            found[workspace] = limit
    return found


def delete_forgotten(server: Server) -> int:
    """Delete the scans of forgotten days that are still there."""
    gone = 0
    for workspace, before in server.rows(
        "SELECT workspace, forgotten_before_day FROM retention WHERE days > 0 AND forgotten_before_day > 0"
    ):
        where = f"workspace = {workspace} AND at_ms < {before * DAY_MS}"
        count = int(server.rows(f"SELECT count() FROM scans WHERE {where}")[0][0])
        if count:
            server.run(f"ALTER TABLE scans_log DELETE WHERE {where}")
        gone += count
    return gone


def reclassify(server: Server, judge: Judge) -> int:
    """Judge every stored scan again and mark first visits anew; returns how many verdicts or reasons changed."""
    facts = "agent, method, purpose, asn"
    server.run(
        "CREATE OR REPLACE TABLE judgement (agent Int32, method String, purpose String, asn UInt32, verdict UInt8,"
        f" reason String) ENGINE = MergeTree ORDER BY ({facts})"
    )
    server.put("judgement", judgement(server.rows(FACTS), judge))
    wrong = server.rows(
        "SELECT j.verdict, j.reason, count() FROM scans s JOIN judgement j ON j.agent = s.agent AND"
        " j.method = s.method AND j.purpose = s.purpose AND j.asn = s.asn"
        " WHERE s.verdict <> j.verdict OR s.reason <> j.reason GROUP BY j.verdict, j.reason"
    )
    for verdict, reason, _ in wrong:
        same = f"verdict = {verdict} AND reason = {quoted(reason.encode())}"
        server.run(
            f"ALTER TABLE scans_log UPDATE verdict = {verdict}, reason = {quoted(reason.encode())}"
            f" WHERE ({facts}) IN (SELECT {facts} FROM judgement WHERE {same}) AND NOT ({same})"
        )
    mark_first(server)
    server.run("DROP TABLE judgement")
    return sum(int(count) for _, _, count in wrong)


def mark_first(server: Server) -> None:
    """Say anew which scan is the first of its visitor, link and day."""
    firsts = f"SELECT min(id) FROM scans WHERE {statements.IS_PERSON} GROUP BY link, visitor, intDiv(at_ms, {DAY_MS})"
    wrong = f"first <> (id IN ({firsts}))"
    if server.rows(f"SELECT count() FROM scans WHERE {wrong}")[0][0]:
        server.run(f"ALTER TABLE scans_log UPDATE first = (id IN ({firsts})) WHERE {wrong}")


def count_differences(server: Server) -> int:
    """Hours of links in which the rollup and the raw scans disagree; forgotten hours are left out."""
    signed = ", ".join(f"toInt64({name}) * side AS {name}" for name in _FIGURES)
    sums = " OR ".join(f"sum({name}) <> 0" for name in _FIGURES)
    both = (
        f"SELECT hour, workspace, link, {signed} FROM (SELECT *, toInt64(1) AS side FROM ({_REAL_HOURS}))"
        f" UNION ALL SELECT hour, workspace, link, {signed}"
        f" FROM (SELECT *, toInt64(-1) AS side FROM ({_KEPT_HOURS} >= kept_from))"
    )
    rows = server.rows(
        "SELECT count() FROM (SELECT 1 FROM (" + both + f") GROUP BY hour, workspace, link HAVING {sums})"
    )
    return int(rows[0][0])


def rebuild(server: Server, commit: int) -> list[int]:
    """Append every rollup as it follows from the raw scans and, where these were forgotten, from the hours.
    Returns the days whose older rows are replaced by this commit's."""
    hours = "commit, hour, workspace, link, total, human, uniques, bot, qr"
    server.run(
        f"INSERT INTO hours_log ({hours}) SELECT {commit}, * FROM ({_REAL_HOURS}"
        f" UNION ALL {_KEPT_HOURS} < kept_from)"
    )
    server.run(
        "INSERT INTO totals_log (commit, link, workspace, total, human, uniques, bot, qr, last_ms)"
        f" SELECT {commit}, t.link, t.workspace, h.total, h.human, h.uniques, h.bot, h.qr,"
        " if(h.rows > 0, greatest(t.last_ms, l.last_ms), 0) FROM link_totals t"
        f" LEFT JOIN (SELECT link, {_SUMS}, count() AS rows FROM hours_log WHERE commit = {commit} GROUP BY link) h"
        " ON h.link = t.link"
        f" LEFT JOIN (SELECT link, max(at_ms) AS last_ms FROM scans WHERE {COUNTED} AND verdict = {HUMAN}"
        " GROUP BY link) l ON l.link = t.link"
    )
    at = f"fromUnixTimestamp64Milli(toInt64(hour) * {HOUR_MS}, 'UTC')"
    server.run(
        f"INSERT INTO months_log (commit, workspace, month, human) SELECT {commit}, workspace, month, sum(human)"
        f" FROM (SELECT workspace, toYear({at}) * 12 + toMonth({at}) - 1 AS month, human FROM hours_log"
        f" WHERE commit = {commit} UNION ALL SELECT workspace, month, 0 FROM workspace_months)"
        " GROUP BY workspace, month"
    )
    rows = server.rows("SELECT DISTINCT intDiv(hour, 24) AS day FROM hours_log ORDER BY day")
    return [int(row[0]) for row in rows]


def sweep(server: Server, standing: Standing, *, wait: bool) -> None:
    """Delete what no view shows any more, because rows of true commits took its place. Whenever the server
    gets to it, it finds rows up to this commit that are not the newest then."""

    def delete(log: str, which: str) -> None:
        server.run(f"ALTER TABLE {log} DELETE WHERE {which}", wait=wait)

    for log, key in (("totals_log", "link"), ("months_log", "workspace, month")):
        newest = f"WITH {NOW} SELECT {key}, max(commit) FROM {log} WHERE {TRUE} GROUP BY {key}"
        delete(log, f"commit <= {standing.commit} AND ({key}, commit) NOT IN ({newest})")
    for name in SNAPSHOTS:
        delete(f"{name}_log", f"commit < {standing.versions.get(name, 0)}")
    for log in ("day_uniques_log", "sketches_log"):
        delete(log, f"commit <= {standing.commit} AND (day, commit) NOT IN (SELECT day, counted FROM days)")
    merged = (
        "SELECT intDiv(h.hour, 24), h.commit FROM hours_log h JOIN days d ON d.day = intDiv(h.hour, 24)"
        " WHERE h.commit < d.merged"
    )
    delete("hours_log", f"(intDiv(hour, 24), commit) IN ({merged})")
    delete("outbox_log", f"number <= {standing.events_gone}")
    kept = f"SELECT commit FROM commits ORDER BY commit DESC LIMIT {COMMITS_KEPT}"
    delete("commits", f"commit < (SELECT min(commit) FROM ({kept}))")
