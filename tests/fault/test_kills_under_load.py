"""SIGKILL of every process at random moments under load: nothing answered is lost, nothing is counted twice."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.fault.stored_scans import stored_marks
from tests.system.machine import Machine
from tests.system.visitors import AGENT, History, crowd

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(600)]

ROUNDS = 20 if os.environ.get("WAYPOST_FAULT") == "full" else 2
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261121"))
VICTIMS = ["redirect-worker-0", "redirect-agent", "nats-server", "analytics", "control-api", "control-worker"]
LINKS = 20
VISITORS = 8
DRAIN_DEADLINE_S = 90.0


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine of this test's own: it will be hurt."""
    machine = Machine(tmp_path)
    machine.start()
    yield machine
    machine.stop()


class Editor:
    """Edits links through the API all the time and knows which destinations each may have now."""

    def __init__(self, machine: Machine, links: dict[str, str]) -> None:
        self._machine = machine
        self._ids = links
        self.possible: dict[str, set[str]] = {slug: set() for slug in links}
        self.acknowledged = 0

    async def edit(self, until: asyncio.Event) -> None:
        """One edit after the other until told to stop."""
        number = 0
        headers = {"Authorization": f"Bearer {self._machine.key}"}
        async with httpx.AsyncClient(base_url=self._machine.control, headers=headers, timeout=10) as api:
            while not until.is_set():
                number += 1
                slug = sorted(self._ids)[number % len(self._ids)]
                target = f"https://example.com/edit/{number}"
                self.possible[slug].add(target)
                try:
                    answer = await api.patch(f"/v1/links/{self._ids[slug]}", json={"target_url": target})
                except httpx.HTTPError:
                    # It may or may not have happened.
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code == 200:
                    self.possible[slug] = {target}
                    self.acknowledged += 1
                await asyncio.sleep(0.02)


async def hurt(machine: Machine, history: History, until: asyncio.Event) -> None:
    """Kill every victim in random order, several times, and start it again a moment later."""
    rng = random.Random(SEED)
    for _ in range(ROUNDS):
        for victim in rng.sample(VICTIMS, len(VICTIMS)):
            await asyncio.sleep(rng.uniform(0.2, 1.0))
            failed_before = len(history.unknown)
            machine.kill(victim)
            await asyncio.sleep(rng.uniform(0.0, 1.0))
            await asyncio.to_thread(machine.start, victim)
            if victim != "redirect-worker-0":
                failed = len(history.unknown) - failed_before
                assert failed == 0, f"{failed} redirects failed while {victim} was down"
            else:
                await asyncio.sleep(0.3)  # let every visitor meet the new worker before the next kill
    await asyncio.sleep(0.5)
    until.set()


async def chaos(machine: Machine, links: dict[str, str], history: History, editor: Editor) -> None:
    """Visitors, editor and executioner together."""
    until = asyncio.Event()
    async with asyncio.timeout(500), asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd(machine.edge_port, links, history, visitors=VISITORS, until=until))
        tasks.create_task(editor.edit(until))
        tasks.create_task(hurt(machine, history, until))


def test_kills_lose_nothing_and_count_nothing_twice(machine: Machine) -> None:
    """The promise of the product: an answered scan is counted, exactly once, whatever dies."""
    with machine.api() as api:
        stable = make_links(api, LINKS, "stable")
        edited = make_links(api, 5, "edited")
    links = {slug: f"https://example.com/{slug}" for slug in stable}
    wait_until_live(machine, {**links, **{slug: f"https://example.com/{slug}" for slug in edited}})
    history, editor = History(), Editor(machine, edited)
    asyncio.run(chaos(machine, links, history, editor))
    print(
        f"{len(history.answered)} answered, {len(history.unknown)} unknown, {editor.acknowledged} edits,"
        f" {ROUNDS * len(VICTIMS)} kills, seed {SEED}"
    )
    assert history.wrong == []
    assert len(history.answered) > 100
    assert editor.acknowledged > 10
    wait_for_edits(machine, editor)
    wait_for_counts(machine, stable, len(history.answered))
    machine.stop()

    stored = Counter(stored_marks(machine.data_dir))
    visits = {mark: count for mark, count in stored.items() if mark}
    assert {mark for mark, count in visits.items() if count > 1} == set()
    assert history.answered - set(visits) == set()
    assert set(visits) - history.answered - history.unknown == set()


def make_links(api: httpx.Client, count: int, prefix: str) -> dict[str, str]:
    """Slug to id of new links, each pointing at a page named like it."""
    made = {}
    for number in range(count):
        slug = f"{prefix}-{number}"
        answer = api.post("/v1/links", json={"slug": slug, "target_url": f"https://example.com/{slug}"})
        assert answer.status_code == 201, answer.text
        made[slug] = str(answer.json()["id"])
    return made


def wait_until_live(machine: Machine, links: dict[str, str]) -> None:
    """Return when the edge knows all of them. HEAD, so that no scan is added."""
    deadline = time.monotonic() + 20
    with httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}) as visitor:
        for slug, target in links.items():
            while visitor.head(f"/{slug}").headers.get("location") != target:
                assert time.monotonic() < deadline, slug
                time.sleep(0.02)


def wait_for_edits(machine: Machine, editor: Editor) -> None:
    """Each link ends at its last acknowledged destination, or at one whose fate nobody was told."""
    deadline = time.monotonic() + DRAIN_DEADLINE_S
    with machine.api() as api, httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}) as visitor:
        for slug, possible in editor.possible.items():
            stored = api.get(f"/v1/links/{editor._ids[slug]}").json()["target_url"]
            assert stored in possible
            while visitor.head(f"/{slug}").headers.get("location") != stored:
                assert time.monotonic() < deadline, slug
                time.sleep(0.05)


def wait_for_counts(machine: Machine, links: dict[str, str], expected: int) -> None:
    """Return when everything that was answered has been counted and nothing more arrives."""
    deadline = time.monotonic() + DRAIN_DEADLINE_S
    before = -1
    with machine.api() as api:
        while True:
            counted = sum(
                api.get(f"/v1/links/{link_id}").json()["scans"]["total"] for link_id in links.values()
            )
            if counted >= expected and counted == before:
                return
            assert time.monotonic() < deadline, f"{counted} of {expected} counted"
            before = counted
            time.sleep(1.5)
