"""Scans followed live: from where, for how many at once, and what is refused; over a real scan store."""

import asyncio
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from tests.control import test_reports
from tests.control.conftest import ApiClient
from tests.control.test_reports import DAY_MS, LocalBus, World

from waypost.control.api.routes import events
from waypost.control.surface.control import Control

threads, bench, control, world = (
    test_reports.threads,
    test_reports.bench,
    test_reports.control,
    test_reports.world,
)
"""The fixtures of the reports."""


async def test_tail_replays_behind_the_last_event_and_goes_on_live(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that lost its connection must not lose a scan."""
    monkeypatch.setattr(events, "TAIL_SECONDS_MAX", 1.5)
    monkeypatch.setattr(events, "TAIL_EVERY_S", 0.05)

    async def later() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(world.bench.count_scans, [world.scan(0, 9)])

    task = asyncio.create_task(later())
    answer = await world.client.get("/v1/events/stream", headers={"Last-Event-ID": "4"})
    await task
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [line for line in answer.text.splitlines() if line.startswith("id: ")] == ["id: 6", "id: 7"]
    data = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert msgspec.json.decode(data[1])["link"]["title"] == "One"
    start = datetime.fromtimestamp((world.now_ms - DAY_MS) / 1000, UTC).isoformat()
    replayed = await world.client.get("/v1/events/stream", params={"start": start})
    assert [line for line in replayed.text.splitlines() if line.startswith("id: ")][-2:] == ["id: 6", "id: 7"]
    fresh = await world.client.get("/v1/events/stream")
    assert "id: " not in fresh.text


@pytest.mark.parametrize(
    ("params", "headers", "field"),
    [
        ({"since": "abc"}, {}, "since"),
        ({}, {"Last-Event-ID": "²"}, "Last-Event-ID"),
        ({"filter": "colour:red"}, {}, "filter"),
        ({"filter": "source:paper", "since": "1"}, {}, "filter"),
        ({"start": "soon"}, {}, "start"),
        ({"end": "2026-01-01T00:00:00Z"}, {}, "end"),
    ],
)
async def test_a_tail_of_nonsense_is_refused_before_it_begins(
    world: World, params: dict[str, str], headers: dict[str, str], field: str
) -> None:
    """A browser connects again and again to a stream that begins and breaks off; after a 422 it stops."""
    sent = httpx.Headers(headers, encoding="latin-1")
    answer = await world.client.get("/v1/events/stream", params=params, headers=sent)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_tails_of_the_same_scans_ask_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred open dashboards must not keep analytics from answering anything else."""
    monkeypatch.setattr(events, "TAIL_SECONDS_MAX", 1.0)
    monkeypatch.setattr(events, "TAIL_EVERY_S", 0.2)
    asked = 0
    request = LocalBus.request

    async def counting(bus: LocalBus, subject: str, payload: bytes) -> bytes:
        nonlocal asked
        asked += 1
        return await request(bus, subject, payload)

    monkeypatch.setattr(LocalBus, "request", counting)
    answers = await asyncio.gather(
        *(world.client.get("/v1/events/stream", headers={"Last-Event-ID": "4"}) for _ in range(20))
    )
    for answer in answers:
        assert [line for line in answer.text.splitlines() if line.startswith("id: ")] == ["id: 6"]
    assert asked < 20 * 3  # alone, each asks at least six times


async def test_a_tail_shows_a_revoked_key_nothing_more(
    world: World, api_client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revoked at once also means what somebody has open; the next connection is told why."""
    monkeypatch.setattr(events, "TAIL_SECONDS_MAX", 30)
    monkeypatch.setattr(events, "TAIL_EVERY_S", 0.05)
    made = await world.client.post("/v1/keys", json={"name": "dashboard", "scopes": ["events:read"]})
    reader = await api_client(text=made.json()["text"])
    has_begun = asyncio.Event()
    request = LocalBus.request

    async def noticing(bus: LocalBus, subject: str, payload: bytes) -> bytes:
        has_begun.set()
        return await request(bus, subject, payload)

    monkeypatch.setattr(LocalBus, "request", noticing)
    tail = asyncio.create_task(reader.get("/v1/events/stream", headers={"Last-Event-ID": "6"}))
    await has_begun.wait()
    revoked = await world.client.delete(f"/v1/keys/{made.json()['key']['id']}")
    assert revoked.status_code == 204
    await asyncio.to_thread(world.bench.count_scans, [world.scan(0, 9)])
    async with asyncio.timeout(10):
        answer = await tail
    assert answer.status_code == 200
    assert "id: 7" not in answer.text
    assert (await reader.get("/v1/events/stream")).status_code == 401


async def test_a_tail_ends_with_the_process(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wants to wait for dashboards that others have open."""
    monkeypatch.setattr(events, "TAIL_SECONDS_MAX", 30)
    monkeypatch.setattr(events, "TAIL_EVERY_S", 0.05)
    tail = asyncio.create_task(world.client.get("/v1/events/stream"))
    control.is_ending = True
    async with asyncio.timeout(10):
        assert (await tail).status_code == 200
