"""The columns of a scan as people and programs read them: one table for lists, tails and exports."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.limits import WINDOW_SLICES_MAX
from waypost.analytics.reports.dimensions import OUTCOMES, REASON, SOURCES
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.analytics.verdict import HUMAN, VERDICTS


class Shown(Struct, frozen=True):
    """One column: its SQL, its name in JSON, its heading in a spreadsheet, the words of its codes, and
    whether it is said by the user agent."""

    sql: str
    name: str
    heading: str
    words: tuple[str, ...] = ()
    of_agent: bool = False


COLUMNS = (
    Shown("id", "id", "Event ID"),
    Shown("at_ms", "at_ms", "Scanned at"),
    Shown("link", "link_id", "Link ID"),
    Shown("verdict", "verdict", "Verdict", VERDICTS),
    Shown(REASON, "reason", "Reason"),
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
    Shown("user_agent", "user_agent", "User agent", of_agent=True),
    Shown("os", "os", "OS", of_agent=True),
    Shown("os_version", "os_version", "OS version", of_agent=True),
    Shown("browser", "browser", "Browser", of_agent=True),
    Shown("browser_version", "browser_version", "Browser version", of_agent=True),
    Shown("device", "device", "Device type", of_agent=True),
    Shown("brand", "brand", "Brand", of_agent=True),
    Shown("robot", "robot", "Robot", of_agent=True),
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
_VISITOR_DIGITS = 16
_UUID_LETTERS = 36
_UUID_DIGITS = [place for place, letter in enumerate(str(UUID(int=0))) if letter != "-"]
_SELECTED = ", ".join(f"{column.sql} AS {column.name}" for column in COLUMNS)
_OF_SCAN = ", ".join(f"{column.sql} AS {column.name}" for column in COLUMNS if not column.of_agent)
_OF_AGENT = tuple(column.name for column in COLUMNS if column.of_agent)


def select(scope: Scope, condition: str, order: str, limit: int) -> str:
    """SQL for so many scans of a scope. The limit is taken before the agents are joined."""
    inner = f"SELECT * FROM scans WHERE {scope.where()} AND {condition} ORDER BY id {order} LIMIT {limit}"
    return f"SELECT {_SELECTED} FROM ({inner}) AS taken JOIN agents ON taken.agent = agents.agent ORDER BY id {order}"


def window_ends(scope: Scope, after: int, rows: int) -> list[int]:
    """The last ids of windows that together hold every scan above an id, each with about so many scans.

    One narrow column is read once for all of them; counting in slices of ids keeps the answer small.
    """
    reader, where = scope.reader, f"{scope.where()} AND id > {after}"
    highest = int(reader.rows("SELECT coalesce(max(id), 0) FROM scans", {})[0][0])
    width = max(rows // 4, (highest - after) // WINDOW_SLICES_MAX, 1)
    piece = reader.divided("id", width)
    slices = reader.rows(
        f"SELECT {piece} AS piece, count(*) FROM scans WHERE {where} GROUP BY piece ORDER BY piece",
        scope.texts,
    )
    ends: list[int] = []
    held = 0
    for number, count in slices:
        if not held or held + count > rows:
            ends.append(0)
            held = 0
        held += int(count)
        ends[-1] = (int(number) + 1) * width - 1
    return ends


def read_window(scope: Scope, after: int, up_to: int) -> pa.Table:
    """The scans between two ids, in any order: sorting wide rows would cost as much as reading them. So would
    joining what is said by a user agent, which comes as a dictionary of all that occur."""
    within = f"{scope.where()} AND id > {after} AND id <= {up_to}"
    table = scope.reader.table(f"SELECT {_OF_SCAN}, agent FROM scans WHERE {within}", scope.texts)
    seen = ",".join(map(str, table["agent"].unique().to_pylist() or [0]))
    agents = scope.reader.table(
        f"SELECT agent AS number, {', '.join(_OF_AGENT)} FROM agents"
        f" WHERE agent IN (SELECT {scope.reader.numbers('seen')})",
        {"seen": seen},
    )
    places = pc.index_in(table["agent"].combine_chunks(), agents["number"].combine_chunks())
    for name in _OF_AGENT:
        said = pa.DictionaryArray.from_arrays(places, agents[name].combine_chunks())
        table = table.append_column(name, said)
    return table


def words(reader: Reader, table: pa.Table) -> pa.Table:
    """The same rows with codes, links, visitors and times as text."""
    made: dict[str, Any] = {}
    for column in COLUMNS:
        values = table[column.name].combine_chunks()
        if column.words:
            made[column.name] = pa.DictionaryArray.from_arrays(values.cast(pa.int32()), column.words)
        elif column.name == "link_id":
            made[column.name] = _links(reader, values)
        elif column.name == "visitor":
            made[column.name] = _visitors(values)
        else:
            made[column.name] = values
    return pa.table(made)


def _visitors(numbers: pa.Array) -> pa.Array:
    """Sixteen hexadecimal digits each; nothing for who is not told apart."""
    values = numbers.to_numpy()
    digits = values.astype(">u8").tobytes().hex().encode()
    offsets = np.arange(0, len(digits) + 1, _VISITOR_DIGITS, dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(digits))
    return pc.if_else(pa.array(values == 0), "", texts)


def _links(reader: Reader, numbers: pa.Array) -> pa.Array:
    encoded = numbers.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    ids = reader.link_ids(known)
    return pa.DictionaryArray.from_arrays(encoded.indices, _uuids([ids[number] for number in known]))


def _uuids(ids: Sequence[bytes]) -> pa.StringArray:
    """Ids as UUIDs are written (RFC 9562, section 4)."""
    digits = np.frombuffer(b"".join(ids).hex().encode(), dtype=np.uint8).reshape(len(ids), 32)
    texts = np.full((len(ids), _UUID_LETTERS), ord("-"), dtype=np.uint8)
    texts[:, _UUID_DIGITS] = digits
    offsets = np.arange(0, texts.size + 1, _UUID_LETTERS, dtype=np.int32)
    return pa.StringArray.from_buffers(len(ids), pa.py_buffer(offsets), pa.py_buffer(texts))
