"""Destinations are looked at in turn; a dead one shows on its link and is told, once."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.clock import Clock
from tests.control.outgoing.conftest import NamesOf, serving
from tests.control.test_links import make

from waypost.control.jobs.destination_health import DestinationHealth
from waypost.control.model.destination_health import LinkHealth, Look, after_look, look_of
from waypost.control.model.installation import Installation
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.target import OutgoingPolicy
from waypost.control.store import events
from waypost.control.store.database import Database

DAY_S = 24 * 3600
DAY_MS = DAY_S * 1000


@pytest.fixture
def installation() -> Installation:
    """Servers of the tests stand on loopback."""
    return Installation(public_url="https://go.example", allow_private_targets=True)


class Site:
    """A destination whose answer tests change; it counts what it was asked."""

    def __init__(self) -> None:
        self.statuses = {"HEAD": 200, "GET": 200}
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method = head.split(b" ")[0].decode()
        self.asked.append(method)
        status = self.statuses[method]
        writer.write(
            f"HTTP/1.1 {status} X\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n".encode()
        )


def looking(database: Database) -> DestinationHealth:
    """The job, looking once a day and at failing ones every half hour."""
    client = GuardedClient(OutgoingPolicy(allow_private=True), resolver=NamesOf())
    return DestinationHealth(database, client, every_ms=DAY_MS)


async def all_due(job: DestinationHealth) -> None:
    """Look at everything that is due."""
    while await job.step():
        pass


async def health_of(client: httpx.AsyncClient, link: dict[str, Any]) -> Any:
    """What the API shows of a link's destination."""
    return (await client.get(f"/v1/links/{link['id']}")).json()["health"]


async def news(database: Database) -> list[tuple[str, str]]:
    """What was announced: the event and the failure it names."""
    async with database.read() as tx:
        found = await events.after(tx, 0, 1_000)
    return [(each.type, each.data["health"]["failure"]) for each in found if "health" in each.type]


async def test_dead_destination_is_told_once_and_again_when_it_is_back(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """One lost packet must wake nobody; a shop that is gone must; and its return ends the alarm."""
    site, job = Site(), looking(database)
    async with serving(site.serve) as port:
        link = await make(client, target_url=f"http://127.0.0.1:{port}/")
        assert await health_of(client, link) is None
        await all_due(job)
        assert (await health_of(client, link))["ok"] is True
        site.statuses = {"HEAD": 404, "GET": 404}
        clock.advance(seconds=DAY_S)
        await all_due(job)
        first = await health_of(client, link)
        assert (first["ok"], first["status"]) == (False, 404)
        assert await news(database) == []
        for _ in range(3):
            clock.advance(seconds=1900)
            await all_due(job)
        assert await news(database) == [("link.unhealthy", "answers with status 404")]
        assert (await health_of(client, link))["failing_since"] == first["failing_since"]
        unhealthy = (await client.get("/v1/links", params={"healthy": False})).json()["data"]
        assert [each["id"] for each in unhealthy] == [link["id"]]
        site.statuses = {"HEAD": 404, "GET": 200}  # a server that never learned HEAD
        clock.advance(seconds=1900)
        await all_due(job)
    assert [name for name, _ in await news(database)] == ["link.unhealthy", "link.healthy"]
    assert (await client.get("/v1/links", params={"healthy": False})).json()["data"] == []


async def test_silent_server_is_a_failure_and_its_redirect_is_not_followed(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The job must not become a way to make us call what a destination names."""
    site = Site()
    site.statuses = {"HEAD": 302, "GET": 302}
    async with serving(site.serve) as port:
        alive = await make(client, target_url=f"http://127.0.0.1:{port}/")
        await all_due(looking(database))
    gone = await make(client, target_url=f"http://127.0.0.1:{port}/gone")
    unknown = await make(client, target_url="http://nowhere.test/")
    mail = await make(client, target_url="mailto:ada@example.com")
    await all_due(looking(database))
    assert (await health_of(client, alive))["status"] == 302
    assert site.asked == ["HEAD"]
    assert (await health_of(client, gone))["failure"].startswith("connect_failed")
    assert (await health_of(client, unknown))["failure"].startswith("name_not_resolved")
    assert await health_of(client, mail) is None


async def test_changed_destination_begins_anew_and_resting_links_are_left_alone(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """What was found of the old address says nothing of the new one; paused links call nobody."""
    site, job = Site(), looking(database)
    link = await make(client, target_url="http://nowhere.test/")
    paused = await make(client, target_url="http://nowhere.test/", active=False)
    deleted = await make(client, target_url="http://nowhere.test/")
    await all_due(job)
    await client.delete(f"/v1/links/{deleted['id']}")
    assert (await health_of(client, link))["ok"] is False
    async with serving(site.serve) as port:
        await client.patch(f"/v1/links/{link['id']}", json={"target_url": f"http://127.0.0.1:{port}/"})
        assert await health_of(client, link) is None
        clock.advance(seconds=1)
        await all_due(job)
    assert (await health_of(client, link))["ok"] is True
    assert await health_of(client, paused) is None
    clock.advance(seconds=2 * DAY_S)
    await all_due(job)  # ends: what is gone is not due for ever
    assert site.asked == ["HEAD"]


async def test_dead_ends_of_rules_and_fallbacks_are_named(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    """A visitor whom a rule sends to a dead page is as lost as any; the notice says which address to mend."""
    site, job = Site(), looking(database)
    async with serving(site.serve) as port:
        alive = f"http://127.0.0.1:{port}/"
        rule = {"id": "de", "when": [{"attr": "country", "values": ["DE"]}]}
        there = {**rule, "then": {"kind": "url", "url": "http://nowhere.test/de"}}
        link = await make(client, target_url=alive, rules=[there])
        over = await make(client, target_url=alive, expired_url="http://nowhere.test/over")
        for _ in range(3):
            await all_due(job)
            clock.advance(seconds=1900)
        assert (await health_of(client, link))["failure"].startswith("rules[0].then.url: name_not_resolved")
        assert (await health_of(client, over))["failure"].startswith("expired_url: name_not_resolved")
        assert {event for event, _ in await news(database)} == {"link.unhealthy"}
        mended = {**rule, "then": {"kind": "url", "url": alive + "de"}}
        await client.patch(f"/v1/links/{link['id']}", json={"rules": [mended]})
        assert await health_of(client, link) is None
        await all_due(job)
    assert (await health_of(client, link))["ok"] is True


@given(st.lists(st.tuples(st.integers(1, 3_600_000), st.booleans()), max_size=60))
def test_news_alternate_and_need_two_failed_looks(looks: list[tuple[int, bool]]) -> None:
    """Whatever a flapping server does, nobody is told twice of the same trouble or of none."""
    health, told, now_ms, failed = LinkHealth(link_id="a", checked_ms=0), list[str](), 1, 0
    for gap_ms, fails in looks:
        now_ms += gap_ms
        failed = failed + 1 if fails else 0
        health, new = after_look(health, Look(failure="x") if fails else Look(200), now_ms)
        if new == "link.unhealthy":
            assert failed >= 2
        if new:
            told.append(new)
        assert (health.failing_since_ms > 0) == fails
    assert told == (["link.unhealthy", "link.healthy"] * len(told))[: len(told)]


@pytest.mark.parametrize(("status", "failed"), [(200, False), (302, False), (403, False), (429, False),
                                                 (404, True), (410, True), (500, True), (503, True)])  # fmt: skip
def test_closed_doors_are_no_failure(status: int, failed: bool) -> None:
    """Shops keep programs out; a notice about each of them would teach people to ignore notices."""
    assert bool(look_of(status).failure) is failed
