"""Events that must leave because scans were counted: written in the commit, published afterwards.

Two kinds: a count passed a threshold, and a watched link was scanned by a person.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.limits import OUTBOX_ROUND, OUTBOX_ROWS_MAX, THRESHOLD_EVENTS_PER_COMMIT_MAX
from waypost.analytics.reports.dimensions import SOURCES
from waypost.analytics.store.commit import Commit
from waypost.analytics.store.schema import COUNTED_OUTCOMES
from waypost.analytics.verdict import HUMAN
from waypost.analytics.walk import UTM_COLUMNS
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
_AS_THEY_ARE = (
    "at_ms", "workspace_id", "link_id", "country", "region", "city", "continent", "language", "referrer",
    "rule_id", "variant_id", "detail",
)  # fmt: skip
_POWERS = ", ".join(f"({10**exponent})" for exponent in range(10))
_GROWN = """
    SELECT t.workspace, t.link, t.human - d.human AS before, t.human AS after, t.last_ms
    FROM deltas d JOIN link_totals t ON t.link = d.link WHERE d.human > 0"""
_ROUND_PASSED = f"""
    SELECT w.workspace_id, l.link_id, p.human, p.after, p.last_ms
    FROM (SELECT g.*, x.human FROM ({_GROWN}) g
          JOIN (VALUES {_POWERS}) x(human) ON g.before < x.human AND g.after >= x.human) p
    JOIN links l ON l.link = p.link JOIN workspaces w ON w.workspace = p.workspace"""
"""Names are looked up for the links that passed something, not for all that grew."""

_CHOSEN_PASSED = f"""
    SELECT x.workspace_id, x.link_id, x.human, g.after, g.last_ms
    FROM thresholds x JOIN links l ON l.link_id = x.link_id JOIN workspaces w ON w.workspace_id = x.workspace_id
    JOIN ({_GROWN}) g ON g.link = l.link AND g.workspace = w.workspace
    WHERE g.before < x.human AND g.after >= x.human"""
_IN_ORDER = f"ORDER BY 3 DESC, 2 LIMIT {THRESHOLD_EVENTS_PER_COMMIT_MAX}"
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
    """Queue what this commit made pass a threshold; `deltas` and `months` are what it adds."""
    chosen = connection.execute("SELECT count(*) FROM thresholds").fetchall()[0][0]
    passed = f"{_ROUND_PASSED} UNION {_CHOSEN_PASSED}" if chosen else _ROUND_PASSED
    links = connection.execute(f"{passed} {_IN_ORDER}").fetchall()
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
    months = connection.execute(_MONTHS_PASSED).fetchall() if chosen else []
    for workspace_id, threshold, human, month in months:
        events.append((QUOTA, encode(QuotaNearV1(workspace_id, threshold, human, month))))
    _queue(connection, events)


def write_scanned(
    connection: duckdb.DuckDBPyConnection,
    commit: Commit,
    first_id: int,
    watch: Watch,
    agents: AgentReader,
) -> None:
    """Queue the human scans of watched workspaces and links."""
    table = commit.scans
    watched = pc.or_(
        _among(table["workspace_id"], watch.workspace_ids), _among(table["link_id"], watch.link_ids)
    )
    counted = pc.is_in(table["outcome"], value_set=pa.array(COUNTED_OUTCOMES, pa.uint8()))
    person = pc.equal(commit.judgement.verdicts, HUMAN)
    wanted = np.flatnonzero(pc.and_(pc.and_(watched, counted), person).to_numpy())
    rows = zip((wanted + first_id).tolist(), table.take(wanted).to_pylist(), strict=True)
    scans = [_event(number, scan, agents) for number, scan in rows]
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


def _among(names: pa.ChunkedArray, wanted: Sequence[bytes]) -> pa.ChunkedArray:
    return pc.is_in(names.cast(pa.binary()), value_set=pa.array(wanted, pa.binary()))


def _event(number: int, scan: dict[str, Any], agents: AgentReader) -> CountedScanV1:
    agent = agents.parse(scan["user_agent"])
    return CountedScanV1(
        id=str(number),
        source=SOURCES[scan["source"]],
        visitor=f"{scan['visitor']:016x}" if scan["visitor"] else "",
        device=agent.device,
        os=agent.os,
        browser=agent.browser,
        utm={name.removeprefix("utm_"): scan[name] for name in UTM_COLUMNS if scan[name]},
        **{name: scan[name] for name in _AS_THEY_ARE},
    )
