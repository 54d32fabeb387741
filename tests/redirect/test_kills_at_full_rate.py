"""SIGKILL of a worker under 2,000 visits a second: what was answered was recorded, once (R1)."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_id, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.paths import EdgePaths
from waypost.redirect.spool_reader import SpoolReader
from waypost.wire.codec import decode_scan

pytestmark = pytest.mark.system
IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
KILLS = 20 if IS_LONG else 1
VISITS_PER_LIFE = 3_000 if IS_LONG else 500
VISITS = VISITS_PER_LIFE * (KILLS + 1)
VISITS_PER_S = 2_000
VISITORS = 32


class Crowd:
    """Visitors who follow each link once, at a steady rate, and come again when a connection breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers: Iterator[int] = iter(range(VISITS))
        self._due_s = time.monotonic()
        self.answered: list[int] = []

    async def visit(self) -> None:
        """One visitor, until every link was asked for."""
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.01)  # the worker is being started
                continue
            try:
                for number in self._numbers:
                    await self._turn()
                    writer.write(b"GET /s%d HTTP/1.1\r\nHost: short.test\r\n\r\n" % number)
                    head = await reader.readuntil(b"\r\n\r\n")
                    assert head.startswith(b"HTTP/1.1 302 "), head
                    self.answered.append(number)
            except (OSError, asyncio.IncompleteReadError):
                continue
            finally:
                writer.close()
            return

    async def _turn(self) -> None:
        now_s = time.monotonic()
        self._due_s = max(self._due_s, now_s - 0.1) + 1 / VISITS_PER_S
        if self._due_s > now_s:
            await asyncio.sleep(self._due_s - now_s)


async def visits_and_kills(host: EdgeHost) -> list[int]:
    """The numbers of the links that were answered."""
    crowd = Crowd(host.port)
    async with asyncio.TaskGroup() as group:
        for _ in range(VISITORS):
            group.create_task(crowd.visit())
        began_s, lives_s = time.monotonic(), 0.0
        for kill in range(1, KILLS + 1):
            while len(crowd.answered) < kill * VISITS_PER_LIFE - VISITORS * kill:
                await asyncio.sleep(0.005)
            host.kill("worker0")
            lives_s += time.monotonic() - began_s
            await asyncio.to_thread(host.start_worker)
            began_s = time.monotonic()
    lives_s += time.monotonic() - began_s
    print(f"{KILLS} kills, {len(crowd.answered) / lives_s:,.0f} answers/s while a worker was there")
    return crowd.answered


def test_no_answered_scan_is_lost_by_a_kill_at_full_rate(tmp_path: Path) -> None:
    """Answered is recorded, and nothing twice; what was recorded and not answered died on its way back."""
    host = EdgeHost(tmp_path)
    build_store(
        tmp_path,
        {key_of(f"s{number}"): link_value(f"s{number}", "https://example.com/") for number in range(VISITS)},
    )
    host.start_worker()
    answered = asyncio.run(visits_and_kills(host))
    host.stop_all()
    reader = SpoolReader(EdgePaths(tmp_path).spool(0))
    recorded: list[bytes] = []
    while (run := reader.read(500, 10**6)) is not None:
        recorded += [decode_scan(raw).link_id for raw in run.payloads]
    reader.close()
    assert len(answered) >= VISITS - KILLS * VISITORS
    assert len(set(recorded)) == len(recorded)
    assert {link_id(f"s{number}") for number in answered} <= set(recorded)
    assert len(recorded) <= len(answered) + KILLS * VISITORS
