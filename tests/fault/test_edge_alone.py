"""R14: an edge started cold while control and the broker are away, whose own clock opens and closes links."""

import http.client
import os
import random
import time
from pathlib import Path

import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals
from waypost.wire.link import LinkOptionsV1
from waypost.wire.record import RecordV1

pytestmark = [pytest.mark.system, pytest.mark.fault, pytest.mark.timeout(1200)]

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
SEED = int(os.environ.get("WAYPOST_FAULT_SEED", "20261128"))
LINKS = 100_000
ALONE_S = 600.0 if IS_LONG else 6.0
TURN_AFTER_MS = 4_000
"""When, after the start, one link begins and another ends."""

TURN_WITHIN_S = 1.0
PERSON = {"Host": "short.test", "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/129.0.0.0"}


class Visitor:
    """One person on a connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, slug: str) -> tuple[int, str | None]:
        """Status and destination."""
        self._connection.request("GET", f"/{slug}", headers=PERSON)
        response = self._connection.getresponse()
        response.read()
        return response.status, response.getheader("Location")

    def leave(self) -> None:
        """Close the connection."""
        self._connection.close()


def known_links(host: EdgeHost) -> None:
    """What control once said: many links, and three that the clock or their visitors will turn."""
    build_store(
        host.directory,
        {key_of(f"s{number}"): link_value("s", f"https://example.com/{number}") for number in range(LINKS)},
    )


def turn_at(host: EdgeHost, at_ms: int) -> None:
    """Add the links that turn."""
    paths = EdgePaths(host.directory)
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    url = "https://example.com/"
    values = {
        "starts": link_value("starts", url, starts_ms=at_ms),
        "ends": link_value("ends", url, expires_ms=at_ms),
        "capped": link_value("capped", url, options=LinkOptionsV1(scan_limit=3)),
    }
    writer.apply(
        [RecordV1(2 + at, key_of(slug), value) for at, (slug, value) in enumerate(values.items())], 0, ""
    )
    writer.close()
    signals.close()


def test_a_cold_start_alone_serves_every_link_by_its_own_clock(tmp_path: Path) -> None:
    """Control and broker may be gone for hours, and the machine may start anew in between."""
    host = EdgeHost(tmp_path / "edge", "nats://127.0.0.1:1")
    known_links(host)
    turn_ms = time.time_ns() // 1_000_000 + TURN_AFTER_MS
    turn_at(host, turn_ms)
    began_s = time.monotonic()
    try:
        host.start_worker()
        visitor = Visitor(host.port)
        assert visitor.ask("s0") == (302, "https://example.com/0")
        cold_s = time.monotonic() - began_s
        print(f"first redirect after {cold_s:.2f} s, {LINKS} links, seed {SEED}")
        host.start_agent(wait=False)
        assert [visitor.ask("capped")[0] for _ in range(5)] == [302, 302, 302, 410, 410]
        answered = watch(visitor, turn_ms, until_s=began_s + ALONE_S)
        visitor.leave()
        assert host.processes["agent"].poll() is None, "the agent waits for its broker"
    finally:
        host.stop_all()
    assert answered > 100


def watch(visitor: Visitor, turn_ms: int, *, until_s: float) -> int:
    """Ask for random links and the two that turn, until then; how many answers there were."""
    randomness = random.Random(SEED)
    answered, has_turned = 0, False
    while time.monotonic() < until_s or not has_turned:
        number = randomness.randrange(LINKS)
        assert visitor.ask(f"s{number}") == (302, f"https://example.com/{number}")
        # Judged by when the answer was asked for and when it was there, so that a slow machine changes nothing.
        asked_ms = time.time_ns() / 1e6
        starts, ends = visitor.ask("starts")[0], visitor.ask("ends")[0]
        there_ms = time.time_ns() / 1e6
        if there_ms < turn_ms:
            assert (starts, ends) == (404, 302)
        if asked_ms >= turn_ms + TURN_WITHIN_S * 1000:
            assert (starts, ends) == (302, 410)
            has_turned = True
        answered += 1
    return answered
