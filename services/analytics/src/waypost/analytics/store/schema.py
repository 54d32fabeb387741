"""The tables of the scan store, and how each column of a scan is typed.

Ids of links, workspaces and agents are small numbers here, because 16 random bytes on every row
would be half of the disk. No table has an index: everything is found by scanning compact columns.
"""

from msgspec import Struct

from waypost.wire.scan import Outcome

VERSION = 1


class Column(Struct, frozen=True):
    """One column of `scans`: its name and its type in each engine."""

    name: str
    duckdb: str
    clickhouse: str


_TEXT = ("VARCHAR", "LowCardinality(String)")

SCAN_COLUMNS = (
    Column("id", "BIGINT", "Int64"),
    Column("at_ms", "BIGINT", "Int64"),
    Column("workspace", "INTEGER", "Int32"),
    Column("link", "INTEGER", "Int32"),
    Column("visitor", "UBIGINT", "UInt64"),
    Column("agent", "INTEGER", "Int32"),
    Column("verdict", "UTINYINT", "UInt8"),
    Column("reason", *_TEXT),
    Column("source", "UTINYINT", "UInt8"),
    Column("outcome", "UTINYINT", "UInt8"),
    Column("method", *_TEXT),
    Column("purpose", *_TEXT),
    Column("country", *_TEXT),
    Column("region", *_TEXT),
    Column("city", *_TEXT),
    Column("continent", *_TEXT),
    Column("asn", "UINTEGER", "UInt32"),
    Column("language", *_TEXT),
    Column("referrer", *_TEXT),
    Column("domain", *_TEXT),
    Column("rule_id", *_TEXT),
    Column("variant_id", *_TEXT),
    Column("utm_source", *_TEXT),
    Column("utm_medium", *_TEXT),
    Column("utm_campaign", *_TEXT),
    Column("utm_term", *_TEXT),
    Column("utm_content", *_TEXT),
    Column("click_id", "BLOB", "String"),
    Column("detail", "VARCHAR", "String"),
)
"""What comes with a scan. `id` counts scans in the order of arrival; `visitor` 0 means unknown."""

FIRST = Column("first", "BOOLEAN", "Bool")
"""The first human scan of this visitor of this link on this UTC day: what `unique` counts."""

COUNTED_OUTCOMES = (Outcome.REDIRECT, Outcome.PAGE, Outcome.PREVIEW, Outcome.FALLBACK)
COUNTED = f"outcome IN ({', '.join(str(int(outcome)) for outcome in COUNTED_OUTCOMES)})"
"""The answers that are a scan. A password form, an interstitial or a
click inside a page is a step of a visit; a closed link's page is not a visit."""

ROW_GROUP_SCANS = 30_720
"""What DuckDB reads or leaves unread as a whole: a quarter of its usual row group. The scans of one link and block
are few, so questions about a link read half as much; appending is as fast, and the file is 1 % larger."""

DAY_MS = 86_400_000
HOUR_MS = 3_600_000

_SCANS = ", ".join(f"{column.name} {column.duckdb} NOT NULL" for column in (*SCAN_COLUMNS, FIRST))

DUCKDB_SCRIPT = f"""
CREATE TABLE state (
    version INTEGER, commits BIGINT, stream_created VARCHAR, stream_seq BIGINT, next_id BIGINT,
    announced BIGINT);
INSERT INTO state VALUES ({VERSION}, 0, '', 0, 1, 0);
CREATE TABLE spools (node VARCHAR NOT NULL, epoch UBIGINT NOT NULL, next_offset BIGINT NOT NULL);
CREATE TABLE gaps (node VARCHAR, epoch UBIGINT, expected BIGINT, found BIGINT, seq BIGINT);
CREATE TABLE quarantine (
    at_ms BIGINT, seq BIGINT, node VARCHAR, epoch UBIGINT, scan_offset BIGINT, reason VARCHAR, raw BLOB);
CREATE TABLE workspaces (workspace INTEGER NOT NULL, workspace_id BLOB NOT NULL);
CREATE TABLE links (link INTEGER NOT NULL, link_id BLOB NOT NULL);
CREATE TABLE agents (
    agent INTEGER NOT NULL, user_agent VARCHAR NOT NULL, os VARCHAR NOT NULL, os_version VARCHAR NOT NULL,
    browser VARCHAR NOT NULL, browser_version VARCHAR NOT NULL, device VARCHAR NOT NULL,
    brand VARCHAR NOT NULL, robot VARCHAR NOT NULL);
CREATE TABLE scans ({_SCANS});
CREATE TABLE link_hours (
    hour INTEGER NOT NULL, workspace INTEGER NOT NULL, link INTEGER NOT NULL,
    total INTEGER NOT NULL, human INTEGER NOT NULL, uniques INTEGER NOT NULL,
    bot INTEGER NOT NULL, qr INTEGER NOT NULL);
CREATE TABLE link_totals (
    link INTEGER NOT NULL, workspace INTEGER NOT NULL,
    total BIGINT NOT NULL, human BIGINT NOT NULL, uniques BIGINT NOT NULL,
    bot BIGINT NOT NULL, qr BIGINT NOT NULL, last_ms BIGINT NOT NULL, changed BIGINT NOT NULL);
CREATE TABLE workspace_months (
    workspace INTEGER NOT NULL, month INTEGER NOT NULL, human BIGINT NOT NULL, changed BIGINT NOT NULL);
CREATE TABLE settled (day INTEGER NOT NULL);
CREATE TABLE day_uniques (day INTEGER NOT NULL, workspace INTEGER NOT NULL, uniques BIGINT NOT NULL);
CREATE TABLE sketches (
    day INTEGER NOT NULL, workspace INTEGER NOT NULL, link INTEGER NOT NULL, sketch BLOB NOT NULL);
CREATE TABLE conversions (
    id BIGINT NOT NULL, workspace INTEGER NOT NULL, kind UTINYINT NOT NULL, external_id VARCHAR NOT NULL,
    at_ms BIGINT NOT NULL, event_name VARCHAR NOT NULL, customer_id VARCHAR NOT NULL, amount BIGINT NOT NULL,
    currency VARCHAR NOT NULL, metadata VARCHAR NOT NULL, click_id VARCHAR NOT NULL, link INTEGER NOT NULL,
    scan BIGINT NOT NULL, rule_id VARCHAR NOT NULL, variant_id VARCHAR NOT NULL);
CREATE TABLE retention (workspace INTEGER NOT NULL, days INTEGER NOT NULL, forgotten_before_day INTEGER NOT NULL);
CREATE TABLE thresholds (workspace_id BLOB NOT NULL, link_id BLOB NOT NULL, human BIGINT NOT NULL);
CREATE TABLE watched (kind VARCHAR NOT NULL, id BLOB NOT NULL);
CREATE SEQUENCE outbox_number;
CREATE TABLE outbox (number BIGINT NOT NULL, kind VARCHAR NOT NULL, payload BLOB NOT NULL);
"""
"""`link_hours` holds one row per commit, hour and link, to be added up; so writing it is only appending.
`changed` is the commit that touched a row last; `announced` the commit up to which totals were sent.
A day in `settled` is over, and its `day_uniques` and `sketches` are made; scans that come late open it again."""

DUCKDB_ADDITIONS = """
CREATE TABLE IF NOT EXISTS clustered (up_to BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS ordered_hours (up_to_day INTEGER NOT NULL);
"""
"""What was added since the first store of this version; run at every start."""
