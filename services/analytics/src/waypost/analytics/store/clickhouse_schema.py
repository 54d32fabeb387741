"""The tables of the scan store in ClickHouse, and the views through which everything reads them.

Nothing is changed in place while scans are counted: every row is appended to a log and carries the number of
its commit. A commit is true once its row stands in `commits`; the views show rows of true commits only, and
of things that have a newest state the newest. What questions read has the names and columns of the DuckDB
store, so that both take the same SQL.
"""

from waypost.analytics.store.schema import FIRST, SCAN_COLUMNS

VERSION = 1
GENERATION_BITS = 32
"""A commit's number is the number of its writer, then how many that writer made before."""

NOW = (
    """(SELECT (commit, mapKeys(ended), mapValues(ended)) FROM commits ORDER BY commit DESC LIMIT 1) AS now"""
)
TRUE = (
    f"commit <= now.1 AND commit <= transform(bitShiftRight(commit, {GENERATION_BITS}), now.2, now.3, commit)"
)
"""Nothing behind the newest commit, and of writers that ended nothing behind their last."""

AGENT_TEXTS = (
    "user_agent", "os", "os_version", "browser", "browser_version", "device", "brand", "robot",
)  # fmt: skip
_LOGS: dict[str, tuple[str, str]] = {
    "scans_log": (
        ", ".join(f"{column.name} {column.clickhouse}" for column in (*SCAN_COLUMNS, FIRST))
        + ", INDEX by_click click_id TYPE bloom_filter GRANULARITY 4",
        "workspace, link, at_ms, id",
    ),
    "hours_log": (
        "hour Int32, workspace Int32, link Int32, total Int32, human Int32, uniques Int32, bot Int32, qr Int32",
        "workspace, link, hour",
    ),
    "totals_log": (
        "link Int32, workspace Int32, total Int64, human Int64, uniques Int64, bot Int64, qr Int64, last_ms Int64",
        "link, commit",
    ),
    "months_log": ("workspace Int32, month Int32, human Int64", "workspace, month"),
    "workspaces_log": ("workspace Int32, workspace_id String", "workspace_id"),
    "links_log": ("link Int32, link_id String", "link_id"),
    "agents_log": (
        "agent Int32, " + ", ".join(f"{name} String" for name in AGENT_TEXTS),
        "agent",
    ),
    "day_uniques_log": ("day Int32, workspace Int32, uniques Int64", "workspace, day"),
    "sketches_log": ("day Int32, workspace Int32, link Int32, sketch String", "workspace, link, day"),
    "conversions_log": (
        (
            "id Int64, workspace Int32, kind UInt8, external_id String, at_ms Int64, event_name String,"
            " customer_id String, amount Int64, currency String, metadata String, click_id String, link Int32,"
            " scan Int64, rule_id String, variant_id String"
        ),
        "workspace, at_ms, id",
    ),
    "quarantine_log": (
        "at_ms Int64, seq Int64, node String, epoch UInt64, scan_offset Int64, reason String, raw String",
        "seq",
    ),
    "outbox_log": ("number Int64, kind String, payload String", "number"),
    "spools_log": ("node String, epoch UInt64, next_offset Int64", "commit"),
    "gaps_log": ("node String, epoch UInt64, expected Int64, found Int64, seq Int64", "commit"),
    "thresholds_log": ("workspace_id String, link_id String, human Int64", "commit"),
    "watched_log": ("kind String, watched_id String", "commit"),
    "retention_log": ("workspace Int32, days Int32, forgotten_before_day Int32", "commit"),
    "settled_log": ("day Int32", "commit"),
    "days_log": ("day Int32, counted Int64, merged Int64", "commit"),
}
SNAPSHOTS = ("spools", "gaps", "thresholds", "watched", "retention", "settled", "days")
"""Small tables that a commit writes whole when it changed them; `versions` of a commit says which is theirs."""

_PLAIN = {
    "workspaces": "workspace, workspace_id",
    "links": "link, link_id",
    "agents": ", ".join(("agent", *AGENT_TEXTS)),
    "scans": ", ".join(column.name for column in (*SCAN_COLUMNS, FIRST)),
    "conversions": (
        "id, workspace, kind, external_id, at_ms, event_name, customer_id, amount, currency, metadata, click_id,"
        " link, scan, rule_id, variant_id"
    ),
    "quarantine": "at_ms, seq, node, epoch, scan_offset, reason, raw",
    "outbox": "number, kind, payload",
}
_VIEWS: dict[str, str] = {
    **{
        name: f"SELECT * EXCEPT commit FROM {name}_log"
        f" WHERE commit = (SELECT versions['{name}'] FROM commits ORDER BY commit DESC LIMIT 1)"
        for name in SNAPSHOTS
    },
    **{name: f"WITH {NOW} SELECT {columns} FROM {name}_log WHERE {TRUE}" for name, columns in _PLAIN.items()},
    "link_hours": (
        f"WITH {NOW}, (SELECT (arrayPushFront(groupArray(day), -1), arrayPushFront(groupArray(merged), 0))"
        " FROM days) AS merges"
        f" SELECT hour, workspace, link, total, human, uniques, bot, qr, commit FROM hours_log WHERE {TRUE}"
        " AND commit >= transform(intDiv(hour, 24), merges.1, merges.2, 0)"
    ),
    "link_totals": (
        f"WITH {NOW} SELECT link, argMax(workspace, commit) AS workspace, argMax(total, commit) AS total,"
        " argMax(human, commit) AS human, argMax(uniques, commit) AS uniques, argMax(bot, commit) AS bot,"
        " argMax(qr, commit) AS qr, argMax(last_ms, commit) AS last_ms, max(commit) AS changed"
        f" FROM totals_log WHERE {TRUE} GROUP BY link"
    ),
    "workspace_months": (
        f"WITH {NOW} SELECT workspace, month, argMax(human, commit) AS human, max(commit) AS changed"
        f" FROM months_log WHERE {TRUE} GROUP BY workspace, month HAVING argMax(human, commit) > 0"
    ),
    "day_uniques": (
        "SELECT day, workspace, uniques FROM day_uniques_log WHERE (day, commit) IN (SELECT day, counted FROM days)"
    ),
    "sketches": (
        "SELECT day, workspace, link, sketch FROM sketches_log"
        " WHERE (day, commit) IN (SELECT day, counted FROM days)"
    ),
}
LOGS = tuple(_LOGS)
_WRITERS = (
    "CREATE TABLE IF NOT EXISTS writers (generation Int64, token String, at_ms Int64)"
    " ENGINE = MergeTree ORDER BY generation"
)
_COMMITS = (
    "CREATE TABLE IF NOT EXISTS commits (commit Int64, version Int32, stream_created String, stream_seq Int64,"
    " next_id Int64, announced Int64, events_given Int64, events_gone Int64, versions Map(String, Int64),"
    " ended Map(Int64, Int64)) ENGINE = MergeTree ORDER BY commit"
)


def statements() -> list[str]:
    """What makes the tables and views, unless they are there."""
    made = [_WRITERS, _COMMITS]
    for name, (columns, order) in _LOGS.items():
        by_month = (
            "PARTITION BY toYYYYMM(fromUnixTimestamp64Milli(at_ms, 'UTC')) " if name == "scans_log" else ""
        )
        made.append(
            f"CREATE TABLE IF NOT EXISTS {name} (commit Int64, {columns},"
            f" INDEX by_commit commit TYPE minmax GRANULARITY 1) ENGINE = MergeTree {by_month}ORDER BY ({order})"
        )
    return made + [f"CREATE OR REPLACE VIEW {name} AS {query}" for name, query in _VIEWS.items()]
