"""The columns of a scan as people and programs read them: one table for lists, tails and exports."""

from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.reports.dimensions import OUTCOMES, SOURCES
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.analytics.verdict import HUMAN, VERDICTS


class Shown(Struct, frozen=True):
    """One column: its SQL, its name in JSON, its heading in a spreadsheet, the words of its codes."""

    sql: str
    name: str
    heading: str
    words: tuple[str, ...] = ()


COLUMNS = (
    Shown("id", "id", "Event ID"),
    Shown("at_ms", "at_ms", "Scanned at"),
    Shown("link", "link_id", "Link ID"),
    Shown("verdict", "verdict", "Verdict", VERDICTS),
    Shown("reason", "reason", "Reason"),
    Shown("source", "source", "Source", SOURCES),
    Shown("outcome", "outcome", "Outcome", OUTCOMES),
    Shown(f"(verdict = {HUMAN} AND visitor <> 0 AND NOT first)", "repeat", "Returning"),
    Shown("visitor", "visitor", "Visitor ID"),
    Shown("method", "method", "Method"),
    Shown("domain", "domain", "Domain"),
    Shown("country", "country", "Country"),
    Shown("region", "region", "Region"),
    Shown("city", "city", "City"),
    Shown("continent", "continent", "Continent"),
    Shown("asn", "asn", "Network"),
    Shown("language", "language", "Language"),
    Shown("referrer", "referrer", "Referrer"),
    Shown("user_agent", "user_agent", "User agent"),
    Shown("os", "os", "OS"),
    Shown("os_version", "os_version", "OS version"),
    Shown("browser", "browser", "Browser"),
    Shown("browser_version", "browser_version", "Browser version"),
    Shown("device", "device", "Device type"),
    Shown("brand", "brand", "Brand"),
    Shown("robot", "robot", "Robot"),
    Shown("rule_id", "rule_id", "Rule"),
    Shown("variant_id", "variant_id", "Variant"),
    Shown("utm_source", "utm_source", "UTM source"),
    Shown("utm_medium", "utm_medium", "UTM medium"),
    Shown("utm_campaign", "utm_campaign", "UTM campaign"),
    Shown("utm_term", "utm_term", "UTM term"),
    Shown("utm_content", "utm_content", "UTM content"),
    Shown("lower(hex(click_id))", "click_id", "Click ID"),
    Shown("detail", "item", "Item"),
)
_SELECTED = ", ".join(f"{column.sql} AS {column.name}" for column in COLUMNS)


def select(scope: Scope, condition: str, order: str, limit: int) -> str:
    """SQL for so many scans of a scope. The limit is taken before the agents are joined."""
    inner = f"SELECT * FROM scans WHERE {scope.where()} AND {condition} ORDER BY id {order} LIMIT {limit}"
    return f"SELECT {_SELECTED} FROM ({inner}) AS taken JOIN agents ON taken.agent = agents.agent ORDER BY id {order}"


def read_window(scope: Scope, after: int, rows: int) -> pa.Table:
    """The next so many scans above an id, oldest first. Finding where the window ends reads one narrow
    column; sorting wide rows in the database would cost more than reading them."""
    reader, where = scope.reader, f"{scope.where()} AND id > {after}"
    ids = f"SELECT id FROM scans WHERE {where} ORDER BY id LIMIT {rows}"
    last = reader.rows(f"SELECT coalesce(max(id), {after}) FROM ({ids}) AS ids", scope.texts)[0][0]
    inner = f"SELECT * FROM scans WHERE {where} AND id <= {last}"
    sql = f"SELECT {_SELECTED} FROM ({inner}) AS taken JOIN agents ON taken.agent = agents.agent"
    table = reader.table(sql, scope.texts)
    return table.take(pc.sort_indices(table["id"]))


def words(reader: Reader, table: pa.Table) -> pa.Table:
    """The same rows with codes, links, visitors and times as text."""
    made: dict[str, Any] = {}
    for column in COLUMNS:
        values = table[column.name].combine_chunks()
        if column.words:
            made[column.name] = pc.take(pa.array(column.words), values.cast(pa.int32()))
        elif column.name == "link_id":
            made[column.name] = _links(reader, values)
        elif column.name == "visitor":
            made[column.name] = pa.array([f"{value:016x}" if value else "" for value in values.to_pylist()])
        else:
            made[column.name] = values
    return pa.table(made)


def _links(reader: Reader, numbers: pa.Array) -> pa.Array:
    encoded = numbers.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    ids = reader.link_ids(known)
    return pc.take(pa.array([str(UUID(bytes=ids[number])) for number in known], pa.string()), encoded.indices)
