"""A commit's scans as one Arrow table in the column order of `schema.SCAN_COLUMNS`."""

from typing import Any

import numpy as np
import pyarrow as pa

from waypost.analytics.store.commit import Commit
from waypost.analytics.store.registry import NameT, Registry
from waypost.analytics.store.schema import SCAN_COLUMNS
from waypost.facts.agent import AgentReader


def scan_table(
    commit: Commit, first_id: int, workspaces: Registry[bytes], links: Registry[bytes], agents: Registry[str]
) -> pa.Table:
    """The scans of a commit, numbered from `first_id`, with numbers in place of long names."""
    scans = commit.scans
    made: dict[str, Any] = {
        "id": np.arange(first_id, first_id + scans.num_rows, dtype=np.int64),
        "workspace": _numbers(workspaces, scans["workspace_id"]),
        "link": _numbers(links, scans["link_id"]),
        "agent": _numbers(agents, scans["user_agent"]),
        "verdict": commit.judgement.verdicts,
        "reason": commit.judgement.reasons,
    }
    names = [column.name for column in SCAN_COLUMNS]
    return pa.table({name: made[name] if name in made else scans[name] for name in names})


def _numbers(registry: Registry[NameT], names: pa.ChunkedArray) -> pa.Array:
    """The number of each name; the registry is asked once for names that are alike."""
    encoded = names.combine_chunks()
    return pa.array(registry.numbers(encoded.dictionary.to_pylist()), pa.int32()).take(encoded.indices)


def spool_table(commit: Commit) -> pa.Table:
    """The spools that a commit moves, in the order of the table `spools`."""
    return pa.table(
        {
            "node": pa.array([node for node, _ in commit.next_offsets], pa.string()),
            "epoch": pa.array([epoch for _, epoch in commit.next_offsets], pa.uint64()),
            "next_offset": pa.array(list(commit.next_offsets.values()), pa.int64()),
        }
    )


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
