"""Counts that edges must know reach them: for limits, and for rules that ask how often a link was followed."""

from typing import Any

import httpx
import pytest

from waypost.control.core.link_publish import publish_counts
from waypost.control.store import totals
from waypost.control.store.database import Database
from waypost.wire.codec import decode_link
from waypost.wire.ids import to_bytes
from waypost.wire.totals import LinkTotalsV1, TotalsV1

TARGET = "https://example.com/"
EARLY = {
    "when": [{"attr": "scan_count", "ranges": [{"first": 0, "last": 99}]}],
    "then": {"kind": "url", "url": "https://example.com/early"},
}
ELSEWHERE = {
    "when": [{"attr": "country", "values": ["DE"]}],
    "then": {"kind": "url", "url": "https://example.com/de"},
}


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        ({"scan_limit": 50}, [12]),
        ({"rules": [ELSEWHERE, EARLY]}, [12]),
        ({"rules": [ELSEWHERE]}, []),
        ({}, []),
    ],
)
async def test_edges_learn_the_counts_that_links_depend_on(
    client: httpx.AsyncClient, database: Database, settings: dict[str, Any], known: list[int]
) -> None:
    """The first hundred visitors of all edges together get the coupon; other links are not sent for each scan."""
    answer = await client.post("/v1/links", json={"target_url": TARGET, **settings})
    assert answer.status_code == 201, answer.text
    link = answer.json()
    counted = LinkTotalsV1(to_bytes(link["id"]), to_bytes(link["workspace_id"]), 15, 12, 9, 3, 0, 7)
    async with database.write() as tx:
        await totals.apply(tx, TotalsV1(cursor=1, totals=(counted,)))
        await publish_counts(tx, [link["id"]])
        records = [decode_link(value) for value in tx.records.values() if value is not None]
    assert [record.options and record.options.scans_known for record in records] == known
