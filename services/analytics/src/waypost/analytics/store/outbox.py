"""Events that must leave because scans were counted: written in the commit, published afterwards.

Two kinds: a count passed a threshold, and a watched link was scanned by a person.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from msgspec import Struct

from waypost.analytics.columns import Columns
from waypost.analytics.limits import OUTBOX_ROUND, OUTBOX_ROWS_MAX, THRESHOLD_EVENTS_PER_COMMIT_MAX
from waypost.analytics.reports.dimensions import OUTCOMES, SOURCES
from waypost.analytics.store.schema import COUNTED_OUTCOMES
from waypost.analytics.verdict import HUMAN, VERDICTS
from waypost.facts.agent import AgentReader
from waypost.runtime.logs import Log
from waypost.wire.codec import encode
from waypost.wire.scan_events import ScanEventV1
from waypost.wire.upkeep import ThresholdReachedV1, Watch

_log = Log(__name__)
SCANNED = "link.scanned"
THRESHOLD = "link.threshold"
QUOTA = "workspace.quota_near"
_POWERS = ", ".join(f"({10**exponent})" for exponent in range(10))
_LINKS_PASSED = f"""
    WITH passed AS (
        SELECT t.workspace, t.link, t.human - d.human AS before, t.human AS after
        FROM deltas d JOIN link_totals t ON t.link = d.link WHERE d.human > 0),
    named AS (
        SELECT w.workspace_id, l.link_id, p.before, p.after
        FROM passed p JOIN links l ON l.link = p.link JOIN workspaces w ON w.workspace = p.workspace)
    SELECT workspace_id, link_id, x.human, after FROM named, (VALUES {_POWERS}) x(human)
    WHERE before < x.human AND after >= x.human
    UNION
    SELECT n.workspace_id, n.link_id, x.human, n.after FROM named n
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
    events = [(THRESHOLD, encode(ThresholdReachedV1(row[0], row[1], row[2], row[3]))) for row in links]
    for workspace_id, threshold, human, month in connection.execute(_MONTHS_PASSED).fetchall():
        events.append((QUOTA, encode(ThresholdReachedV1(workspace_id, b"", threshold, human, month))))
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
    _queue(connection, [(SCANNED, encode(_event(columns, index, first_id, agents))) for index in wanted])


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


def _event(columns: Columns, index: int, first_id: int, agents: AgentReader) -> ScanEventV1:
    def value(name: str) -> str:
        return str(columns[name][index])

    agent = agents.parse(value("user_agent"))
    utm = columns["utm"][index] or ("", "", "", "", "")
    return ScanEventV1(
        id=first_id + index,
        at_ms=columns["at_ms"][index],
        workspace_id=columns["workspace_id"][index],
        link_id=columns["link_id"][index],
        verdict=VERDICTS[HUMAN],
        reason="human",
        source=SOURCES[columns["source"][index]],
        outcome=OUTCOMES[columns["outcome"][index]],
        visitor=columns["visitor"][index].hex(),
        method=value("method"),
        domain=value("domain"),
        country=value("country"),
        region=value("region"),
        city=value("city"),
        continent=value("continent"),
        asn=columns["asn"][index],
        language=value("language"),
        referrer=value("referrer"),
        user_agent=value("user_agent"),
        os=agent.os,
        os_version=agent.os_version,
        browser=agent.browser,
        browser_version=agent.browser_version,
        device=agent.device,
        brand=agent.brand,
        rule_id=value("rule_id"),
        variant_id=value("variant_id"),
        utm_source=utm[0],
        utm_medium=utm[1],
        utm_campaign=utm[2],
        utm_term=utm[3],
        utm_content=utm[4],
        click_id=columns["click_id"][index].hex(),
        item=value("detail"),
    )
