"""The main job, through the front door of real processes: create, follow, count, edit, follow again."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.system.machine import Machine
from tests.system.visitors import AGENT, History, crowd

pytestmark = pytest.mark.system

LIVE_DEADLINE_S = 1.0
COUNT_DEADLINE_S = 60.0
EDITS = 200
SCANS = 10_000


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Everything running, shared by the tests of this module."""
    machine = Machine(tmp_path_factory.mktemp("machine"), workers=2)
    machine.start()
    yield machine
    machine.stop()


@pytest.fixture
def api(machine: Machine) -> Iterator[httpx.Client]:
    """The native API with the first key."""
    with machine.api() as client:
        yield client


@pytest.fixture
def visitor(machine: Machine) -> Iterator[httpx.Client]:
    """A browser that does not follow."""
    with httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as client:
        yield client


def create(api: httpx.Client, target: str, **fields: object) -> dict[str, object]:
    """Create a link and return it."""
    answer = api.post("/v1/links", json={"target_url": target, **fields})
    assert answer.status_code == 201, answer.text
    created: dict[str, object] = answer.json()
    return created


def wait_for_location(
    visitor: httpx.Client, slug: str, target: str, deadline_s: float = LIVE_DEADLINE_S
) -> float:
    """Seconds until the edge answers with this destination; fails when it takes longer than allowed."""
    start = time.perf_counter()
    while True:
        answer = visitor.get(f"/{slug}")
        waited_s = time.perf_counter() - start
        if answer.status_code == 302 and answer.headers["location"] == target:
            return waited_s
        assert waited_s < deadline_s, (
            f"{answer.status_code} {answer.headers.get('location')} after {waited_s:.2f} s"
        )


def wait_for_scans(api: httpx.Client, link_id: object, expected: int) -> int:
    """Wait until the count is reached and then a little longer: it must not go beyond it."""
    deadline = time.monotonic() + COUNT_DEADLINE_S
    scans = -1
    while time.monotonic() < deadline:
        scans = api.get(f"/v1/links/{link_id}").json()["scans"]["total"]
        if scans >= expected:
            break
        time.sleep(0.05)
    settle = time.monotonic() + 2.5
    while time.monotonic() < settle:
        scans = api.get(f"/v1/links/{link_id}").json()["scans"]["total"]
        time.sleep(0.25)
    return int(scans)


def test_a_created_link_redirects_within_a_second(api: httpx.Client, visitor: httpx.Client) -> None:
    """The first thing anybody tries."""
    link = create(api, "https://example.com/hello")
    wait_for_location(visitor, str(link["slug"]), "https://example.com/hello")


def test_edits_are_live_at_once(api: httpx.Client, visitor: httpx.Client, record_property: object) -> None:
    """A printed code must follow its owner's mind: each of 200 edits within a second; p99 is printed."""
    link = create(api, "https://example.com/0")
    wait_for_location(visitor, str(link["slug"]), "https://example.com/0")
    waits_s = []
    for number in range(1, EDITS + 1):
        target = f"https://example.com/{number}"
        answer = api.patch(f"/v1/links/{link['id']}", json={"target_url": target})
        assert answer.status_code == 200, answer.text
        waits_s.append(wait_for_location(visitor, str(link["slug"]), target))
    p50, p99 = statistics.median(waits_s) * 1000, statistics.quantiles(waits_s, n=100)[98] * 1000
    print(f"edit live: p50 {p50:.1f} ms, p99 {p99:.1f} ms over {EDITS} edits")


def test_every_scan_is_counted_exactly_once(
    machine: Machine, api: httpx.Client, visitor: httpx.Client
) -> None:
    """A count that can be trusted is half of the product."""
    link = create(api, "https://example.com/counted")
    slug = str(link["slug"])
    wait_for_location(visitor, slug, "https://example.com/counted")
    already = 1
    history = History()

    async def follow() -> None:
        until = asyncio.Event()

        async def watch() -> None:
            while len(history.answered) < SCANS:
                await asyncio.sleep(0.02)
            until.set()

        links = {slug: "https://example.com/counted"}
        await asyncio.gather(crowd(machine.edge_port, links, history, visitors=16, until=until), watch())

    asyncio.run(asyncio.wait_for(follow(), 120))
    assert history.wrong == []
    assert history.unknown == set()
    misses = wait_for_scans(api, link["id"], len(history.answered) + already) - len(history.answered)
    assert misses == already
    summary = api.get("/v1/analytics/summary").json()
    assert summary["total"] >= len(history.answered)


def test_head_answers_like_get_and_is_no_human_scan(api: httpx.Client, visitor: httpx.Client) -> None:
    """Link checkers ask with HEAD; it shows in the total and never as a person."""
    link = create(api, "https://example.com/head")
    wait_for_location(visitor, str(link["slug"]), "https://example.com/head")
    answer = visitor.head(f"/{link['slug']}")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/head")
    assert wait_for_scans(api, link["id"], 2) == 2
    assert api.get(f"/v1/links/{link['id']}").json()["scans"]["human"] == 1


def test_paused_expired_deleted_and_unknown_links_do_not_redirect(
    api: httpx.Client, visitor: httpx.Client
) -> None:
    """What its owner stopped must stop."""
    link = create(api, "https://example.com/x")
    slug = str(link["slug"])
    wait_for_location(visitor, slug, "https://example.com/x")
    for change, expected in [
        ({"active": False}, {404}),
        ({"active": True, "expires_at": "2020-01-01T00:00:00Z"}, {410}),
        ({"expires_at": None}, {302}),
    ]:
        assert api.patch(f"/v1/links/{link['id']}", json=change).status_code == 200
        wait_for_status(visitor, slug, expected)
    assert api.delete(f"/v1/links/{link['id']}").status_code == 204
    wait_for_status(visitor, slug, {404, 410})
    assert visitor.get("/never-made").status_code == 404


def wait_for_status(visitor: httpx.Client, slug: str, expected: set[int]) -> None:
    """Wait until the edge answers with one of these."""
    deadline = time.monotonic() + LIVE_DEADLINE_S
    while (status := visitor.get(f"/{slug}").status_code) not in expected:
        assert time.monotonic() < deadline, f"still {status}, expected {expected}"


def test_state_survives_a_restart_of_everything(tmp_path: Path) -> None:
    """Links, counts and the key are still there."""
    machine = Machine(tmp_path)
    machine.start()
    with machine.api() as api, httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}) as visitor:
        link = create(api, "https://example.com/kept")
        wait_for_location(visitor, str(link["slug"]), "https://example.com/kept")
        assert wait_for_scans(api, link["id"], 1) == 1
    key = machine.key
    machine.stop()
    machine.start()
    try:
        assert machine.key == key
        with (
            machine.api() as api,
            httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}) as visitor,
        ):
            assert visitor.get(f"/{link['slug']}").headers["location"] == "https://example.com/kept"
            assert wait_for_scans(api, link["id"], 2) == 2
    finally:
        machine.stop()
