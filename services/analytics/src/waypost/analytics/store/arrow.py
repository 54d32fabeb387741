"""A commit's scans as one Arrow table in the column order of `schema.SCAN_COLUMNS`."""

from typing import Any

import numpy as np
import pyarrow as pa

from waypost.analytics.store.commit import Commit
from waypost.analytics.store.registry import Registry
from waypost.analytics.store.schema import SCAN_COLUMNS
from waypost.facts.agent import AgentReader

_TYPES: dict[str, pa.DataType] = {
    "BIGINT": pa.int64(),
    "UBIGINT": pa.uint64(),
    "INTEGER": pa.int32(),
    "UINTEGER": pa.uint32(),
    "UTINYINT": pa.uint8(),
    "VARCHAR": pa.string(),
    "BLOB": pa.binary(),
}
_NO_VISITOR = bytes(8)
_NO_UTM = ("", "", "", "", "")
_UTM_COLUMNS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def scan_table(
    commit: Commit, first_id: int, workspaces: Registry[bytes], links: Registry[bytes], agents: Registry[str]
) -> pa.Table:
    """The scans of a commit, numbered from `first_id`, with numbers in place of long names."""
    columns = commit.columns
    made: dict[str, Any] = {
        "id": np.arange(first_id, first_id + len(columns), dtype=np.int64),
        "workspace": workspaces.numbers(columns["workspace_id"]),
        "link": links.numbers(columns["link_id"]),
        "agent": agents.numbers(columns["user_agent"]),
        "visitor": visitor_numbers(columns["visitor"]),
        "verdict": commit.verdicts,
        "reason": commit.reasons,
    }
    made.update(_utm_columns(columns["utm"]))
    return pa.table(
        {
            column.name: _array(
                made[column.name] if column.name in made else columns[column.name], _TYPES[column.duckdb]
            )
            for column in SCAN_COLUMNS
        }
    )


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    """A column. Many hold one value throughout, and comparing with it costs less than converting."""
    if isinstance(values, list) and values.count(values[0]) == len(values):
        return pa.repeat(pa.scalar(values[0], kind), len(values))
    return pa.array(values, kind)


def _utm_columns(utm: list[Any]) -> dict[str, list[str]]:
    """The five fields as columns; most scans have none of them."""
    if utm.count(None) == len(utm):
        return dict.fromkeys(_UTM_COLUMNS, [""] * len(utm))
    fields = zip(*(each or _NO_UTM for each in utm), strict=True)
    return {name: list(values) for name, values in zip(_UTM_COLUMNS, fields, strict=True)}


def visitor_numbers(visitors: list[bytes]) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """Visitor hashes as 64-bit numbers; 0 stands for a visitor who is not told apart."""
    joined = b"".join(visitor or _NO_VISITOR for visitor in visitors)
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64)


def name_table(fresh: dict[bytes, int]) -> pa.Table:
    """Ids that are to be stored, with their numbers."""
    numbers = pa.array(list(fresh.values()), pa.int32())
    return pa.table({"number": numbers, "name": pa.array(list(fresh), pa.binary())})


def agent_table(fresh: dict[str, int], reader: AgentReader) -> pa.Table:
    """User agents that are to be stored, with what they say, in the order of the table `agents`."""
    agents = [reader.parse(text) for text in fresh]
    made: dict[str, Any] = {
        "agent": pa.array(list(fresh.values()), pa.int32()),
        "user_agent": pa.array(list(fresh), pa.string()),
        "os": [each.os for each in agents],
        "os_version": [each.os_version for each in agents],
        "browser": [each.browser for each in agents],
        "browser_version": [each.browser_version for each in agents],
        "device": [each.device for each in agents],
        "brand": [each.brand for each in agents],
        "robot": [each.robot.name for each in agents],
    }
    return pa.table(made)
