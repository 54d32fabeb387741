"""Events that must leave because scans were counted: written in the commit, published afterwards.

Two kinds: a count passed a threshold, and a watched link was scanned by a person.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from msgspec import Struct

from waypost.analytics.columns import Columns
from waypost.analytics.limits import OUTBOX_ROUND, OUTBOX_ROWS_MAX, THRESHOLD_EVENTS_PER_COMMIT_MAX
from waypost.analytics.reports.dimensions import SOURCES
from waypost.analytics.store.schema import COUNTED_OUTCOMES
from waypost.analytics.verdict import HUMAN
from waypost.facts.agent import AgentReader
from waypost.runtime.logs import Log
from waypost.wire.codec import encode
from waypost.wire.event import CountedScanV1, ScannedV1, ThresholdV1
from waypost.wire.upkeep import QuotaNearV1, Watch

_log = Log(__name__)
SCANNED = "link.scanned"
THRESHOLD = "link.threshold"
QUOTA = "workspace.quota_near"
_SCANS_PER_EVENT = 200
"""Cut well below the stream's 256 KiB a message, whatever visitors wrote into their headers."""
_UTM_NAMES = ("source", "medium", "campaign", "term", "content")
_POWERS = ", ".join(f"({10**exponent})" for exponent in range(10))
_LINKS_PASSED = f"""
    WITH passed AS (
        SELECT t.workspace, t.link, t.human - d.human AS before, t.human AS after, t.last_ms
        FROM deltas d JOIN link_totals t ON t.link = d.link WHERE d.human > 0),
    named AS (
        SELECT w.workspace_id, l.link_id, p.before, p.after, p.last_ms
        FROM passed p JOIN links l ON l.link = p.link JOIN workspaces w ON w.workspace = p.workspace)
    SELECT workspace_id, link_id, x.human, after, last_ms FROM named, (VALUES {_POWERS}) x(human)
    WHERE before < x.human AND after >= x.human
    UNION
    SELECT n.workspace_id, n.link_id, x.human, n.after, n.last_ms FROM named n
    JOIN thresholds x ON x.workspace_id = n.workspace_id AND x.link_id = n.link_id
    WHERE n.before < x.human AND n.after >= x.human
    ORDER BY 3 DESC, 2 LIMIT {THRESHOLD_EVENTS_PER_COMMIT_MAX}"""
_MONTHS_PASSED = """
    SELECT w.workspace_id, x.human, t.human, t.month
    FROM months m JOIN workspace_months t ON t.workspace = m.workspace AND t.month = m.month
    JOIN workspaces w ON w.workspace = t.workspace
    JOIN thresholds x ON x.workspace_id = w.workspace_id AND octet_length(x.link_id) = 0
    WHERE t.human - m.human < x.human AND t.human >= x.human"""


class Leaving(Struct, frozen=True):
    """An event on its way out; its number makes its publication idempotent."""

    number: int
    kind: str
    payload: bytes


def write_thresholds(connection: duckdb.DuckDBPyConnection) -> None:
    """Queue what this commit made pass a threshold; `deltas` and `months` are its temporary tables."""
    links = connection.execute(_LINKS_PASSED).fetchall()
    events = [
        (
            THRESHOLD,
            encode(
                ThresholdV1(
                    workspace_id=workspace_id,
                    link_id=link_id,
                    threshold=threshold,
                    scan_count=human,
                    at_ms=last_ms,
                )
            ),
        )
        for workspace_id, link_id, threshold, human, last_ms in links
    ]
    for workspace_id, threshold, human, month in connection.execute(_MONTHS_PASSED).fetchall():
        events.append((QUOTA, encode(QuotaNearV1(workspace_id, threshold, human, month))))
    _queue(connection, events)


def write_scanned(
    connection: duckdb.DuckDBPyConnection,
    columns: Columns,
    verdicts: Sequence[int],
    first_id: int,
    watch: Watch,
    agents: AgentReader,
) -> None:
    """Queue the human scans of watched workspaces and links."""
    workspaces, links = set(watch.workspace_ids), set(watch.link_ids)
    wanted = [
        index
        for index, (workspace, link) in enumerate(
            zip(columns["workspace_id"], columns["link_id"], strict=True)
        )
        if (workspace in workspaces or link in links)
        and verdicts[index] == HUMAN
        and columns["outcome"][index] in COUNTED_OUTCOMES
    ]
    scans = [_event(columns, index, first_id, agents) for index in wanted]
    batches = [scans[start : start + _SCANS_PER_EVENT] for start in range(0, len(scans), _SCANS_PER_EVENT)]
    _queue(connection, [(SCANNED, encode(ScannedV1(tuple(batch)))) for batch in batches])


def waiting(connection: duckdb.DuckDBPyConnection) -> list[Leaving]:
    """The oldest events that wait."""
    rows = connection.execute(
        f"SELECT number, kind, payload FROM outbox ORDER BY number LIMIT {OUTBOX_ROUND}"
    )
    return [Leaving(*row) for row in rows.fetchall()]


def _queue(connection: duckdb.DuckDBPyConnection, events: list[tuple[str, bytes]]) -> None:
    if not events:
        return
    room = OUTBOX_ROWS_MAX - connection.execute("SELECT count(*) FROM outbox").fetchall()[0][0]
    if len(events) > room:
        _log.error("events_not_announced", count=len(events) - max(room, 0), waiting=OUTBOX_ROWS_MAX)
        events = events[: max(room, 0)]
    table = pa.table(
        {"kind": [kind for kind, _ in events], "payload": pa.array([body for _, body in events], pa.binary())}
    )
    connection.register("leaving", table)
    connection.execute("INSERT INTO outbox SELECT nextval('outbox_number'), kind, payload FROM leaving")
    connection.unregister("leaving")


def _event(columns: Columns, index: int, first_id: int, agents: AgentReader) -> CountedScanV1:
    def value(name: str) -> str:
        return str(columns[name][index])

    agent = agents.parse(value("user_agent"))
    utm = columns["utm"][index] or ()
    return CountedScanV1(
        id=str(first_id + index),
        at_ms=columns["at_ms"][index],
        workspace_id=columns["workspace_id"][index],
        link_id=columns["link_id"][index],
        source=SOURCES[columns["source"][index]],
        visitor=columns["visitor"][index].hex(),
        country=value("country"),
        region=value("region"),
        city=value("city"),
        continent=value("continent"),
        device=agent.device,
        os=agent.os,
        browser=agent.browser,
        language=value("language"),
        referrer=value("referrer"),
        rule_id=value("rule_id"),
        variant_id=value("variant_id"),
        utm={name: text for name, text in zip(_UTM_NAMES, utm, strict=False) if text},
        detail=value("detail"),
    )
