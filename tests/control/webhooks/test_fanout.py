"""Who is told what, exactly once."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.control.clock import Clock
from tests.control.webhooks.conftest import SHAPES, MakeEndpoint, MakeLink

from waypost.control.core.webhook_fanout import fan_out_events, fan_out_stream, send_waiting_scans
from waypost.control.model.links import LinkView
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.endpoint import Endpoint, Subject, wants
from waypost.control.store.database import Database
from waypost.wire.event import CountedScanV1, ThresholdV1
from waypost.wire.ids import DEFAULT_DOMAIN_ID, to_bytes, to_text


async def told(database: Database, endpoint_id: str) -> list[dict[str, Any]]:
    """The bodies that an endpoint is sent, oldest first."""
    statement = text(
        "select b.body from webhook_deliveries d join webhook_bodies b"
        " on b.event_id = d.event_id and b.format = d.format"
        " where d.endpoint_id = :id order by d.created_ms, d.id"
    )
    async with database.read() as tx:
        return [
            msgspec.json.decode(bytes(row["body"])) for row in await tx.rows(statement, {"id": endpoint_id})
        ]


async def fan_out(database: Database) -> None:
    """Everything that is stored."""
    while True:
        async with database.write() as tx:
            if not await fan_out_events(tx, SHAPES):
                return


def scan(link: LinkView, number: int, **members: Any) -> CountedScanV1:
    """One counted scan."""
    values = {"source": "qr", "country": "DE", "device": "mobile", "os": "iOS", **members}
    return CountedScanV1(
        id=f"edge-0.1.{number}",
        at_ms=1_800_000_000_000 + number,
        link_id=to_bytes(link.link.id),
        workspace_id=to_bytes(link.link.workspace_id),
        **values,
    )


async def hear(database: Database, source: str, scans: list[tuple[int, CountedScanV1]]) -> None:
    """What the stream says."""
    async with database.write() as tx:
        await fan_out_stream(tx, SHAPES, source=source, up_to_seq=scans[-1][0], scans=scans, thresholds=[])


async def test_events_go_to_those_who_asked_and_only_once(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """Fan-out repeats after a crash; receivers must not notice."""
    everything = await make_endpoint()
    created = await make_endpoint(events=("link.created",))
    deleted = await make_endpoint(events=("link.deleted",))
    paused = await make_endpoint(active=False)
    link = await make_link()
    for _ in range(2):
        await fan_out(database)
    for minted, count in ((everything, 1), (created, 1), (deleted, 0), (paused, 0)):
        assert len(await told(database, minted.endpoint.id)) == count
    (body,) = await told(database, created.endpoint.id)
    assert body["data"]["link"]["id"] == link.link.id


async def test_filters_narrow_and_the_links_own_choice_wins(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """An integration for one campaign must not receive the others."""
    other = str(to_text(b"\x07" * 16))
    tagged = await make_link(tags=("spring",))
    by_link = await make_endpoint(link_ids=(tagged.link.id,))
    by_tag = await make_endpoint(tag_ids=(tagged.tags[0].id,))
    by_domain = await make_endpoint(domain_ids=(to_text(DEFAULT_DOMAIN_ID),))
    elsewhere = await make_endpoint(domain_ids=(other,))
    both = await make_endpoint(link_ids=(tagged.link.id,), tag_ids=(other,))
    plain = await make_link()
    named = await make_link(webhook_ids=(elsewhere.endpoint.id,))
    await fan_out(database)
    expected = [
        (by_link, [tagged]),
        (by_tag, [tagged]),
        (by_domain, [tagged, plain, named]),
        (elsewhere, [named]),
        (both, []),
    ]
    for minted, links in expected:
        bodies = await told(database, minted.endpoint.id)
        assert [body["data"]["link"]["id"] for body in bodies] == [link.link.id for link in links]


async def test_scans_of_the_stream_are_told_with_their_link(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """A receiver of link.scanned should not have to ask which link that was."""
    link = await make_link(title="Poster")
    minted = await make_endpoint(events=("link.scanned", "link.threshold"))
    mark = ThresholdV1(
        link_id=to_bytes(link.link.id), workspace_id=to_bytes(link.link.workspace_id),
        threshold=100, scan_count=101, at_ms=1_800_000_000_000,
    )  # fmt: skip
    async with database.write() as tx:
        await fan_out_stream(
            tx, SHAPES, source="a", up_to_seq=2, scans=[(1, scan(link, 1))], thresholds=[(2, mark)]
        )
    first, second = await told(database, minted.endpoint.id)
    assert (first["type"], first["data"]["link"]["title"]) == ("link.scanned", "Poster")
    assert first["data"]["scan"]["country"] == "DE"
    assert first["data"]["scan"]["occurred_at"] == "2027-01-15T08:00:00.001Z"
    assert (second["type"], second["data"]["threshold"], second["data"]["scan_count"]) == (
        "link.threshold", 100, 101,
    )  # fmt: skip


async def test_what_the_stream_repeats_is_told_once_even_when_it_was_made_anew(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """A worker that died before its commit reads again; a new stream counts from one again."""
    link = await make_link()
    minted = await make_endpoint(events=("link.scanned",))
    await hear(database, "a", [(1, scan(link, 1)), (2, scan(link, 2))])
    await hear(database, "a", [(2, scan(link, 2)), (3, scan(link, 3))])
    await hear(database, "b", [(1, scan(link, 3)), (2, scan(link, 4))])
    ids = [body["data"]["scan"]["id"] for body in await told(database, minted.endpoint.id)]
    assert ids == [f"edge-0.1.{number}" for number in (1, 2, 3, 4)]


async def test_scans_of_a_busy_link_travel_together_when_asked(
    database: Database, clock: Clock, make_endpoint: MakeEndpoint, make_link: MakeLink
) -> None:
    """A thousand scans a minute need not be a thousand calls."""
    link, quiet = await make_link(), await make_link()
    minted = await make_endpoint(events=("link.scanned",), batch_scans=True)
    full = limits.SCANS_PER_BATCH_MAX
    scans = [(number, scan(link, number)) for number in range(1, full + 31)]
    await hear(database, "a", [*scans, (full + 31, scan(quiet, 5_000))])
    async with database.write() as tx:
        assert await send_waiting_scans(tx, SHAPES) == 1
    (first,) = await told(database, minted.endpoint.id)
    assert len(first["data"]["scans"]) == full
    clock.advance(seconds=limits.BATCH_WINDOW_MS / 1000 + 1)
    async with database.write() as tx:
        assert await send_waiting_scans(tx, SHAPES) == 2
    bodies = await told(database, minted.endpoint.id)
    ids = [each["id"] for body in bodies for each in body["data"]["scans"]]
    assert sorted(ids) == sorted(f"edge-0.1.{n}" for n in [*range(1, full + 31), 5_000])
    assert len(bodies) == 3


async def test_a_full_queue_keeps_events_as_dead_letters(
    database: Database, make_endpoint: MakeEndpoint, make_link: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver that is away must not fill the disk with waiting rows, nor lose what it missed."""
    monkeypatch.setattr(limits, "PENDING_PER_ENDPOINT_MAX", 2)
    minted = await make_endpoint(events=("link.created",))
    for _ in range(4):
        await make_link()
    await fan_out(database)
    async with database.read() as tx:
        rows = await tx.rows(text("select state, reason from webhook_deliveries order by created_ms, id"))
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("pending", ""), ("pending", ""), ("dead", "queue_full"), ("dead", "queue_full"),
    ]  # fmt: skip
    assert len(await told(database, minted.endpoint.id)) == 4


_IDS = st.sampled_from(["a", "b", "c"])


@given(
    link_ids=st.sets(_IDS), tag_ids=st.sets(_IDS), domain_ids=st.sets(_IDS),
    link=_IDS, tags=st.frozensets(_IDS), domain=_IDS,
)  # fmt: skip
def test_a_filter_is_alternatives_and_all_filters_must_hold(
    link_ids: set[str], tag_ids: set[str], domain_ids: set[str], link: str, tags: frozenset[str], domain: str
) -> None:
    """The rule people read in the documentation, over every combination."""
    endpoint = Endpoint(
        id="e", workspace_id="w", url="https://x.example/", events=("*",), secret=b"", created_ms=0, updated_ms=0,
        link_ids=tuple(link_ids), tag_ids=tuple(tag_ids), domain_ids=tuple(domain_ids),
    )  # fmt: skip
    subject = Subject("link.updated", link, tags, domain)
    assert wants(endpoint, subject) == (
        (not link_ids or link in link_ids)
        and (not tag_ids or bool(tag_ids & tags))
        and (not domain_ids or domain in domain_ids)
    )
    named = msgspec.structs.replace(subject, named_endpoints=frozenset({"e"}))
    assert wants(endpoint, named)
    assert not wants(
        msgspec.structs.replace(endpoint, format="xqr"), Subject("domain.verified", link, tags, domain)
    )
