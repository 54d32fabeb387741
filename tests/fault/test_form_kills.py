"""The edge worker dies while visitors send forms: whoever was thanked is on the disk, whole and once."""

import itertools
import threading
import time
from http.client import HTTPException
from pathlib import Path

import msgspec
import pytest
from tests.pages.samples import sample
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store
from tests.redirect.test_form_answers import GOOD, kept, send, token_of

from waypost.facts.limits import SALT_BYTES
from waypost.facts.visitor import utc_day
from waypost.redirect.paths import EdgePaths
from waypost.redirect.salts import SaltFile
from waypost.wire.codec import encode
from waypost.wire.content.form import TOKEN_FIELD
from waypost.wire.link import ContentV1, LinkOptionsV1

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
KILLS = 5
SENDERS = 4
THANKED_PER_KILL = 12
DEADLINE_S = 60.0


class Senders:
    """Visitors who send the form again and again, each time other words from another address."""

    def __init__(self, host: EdgeHost, token: str) -> None:
        self._host = host
        self._token = token
        self._numbers = itertools.count()
        self.thanked: set[str] = set()
        self.stop = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """End."""
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self.stop.is_set():
            number = next(self._numbers)
            wish, address = f"wish {number}", f"198.51.{number // 250 % 250}.{number % 250}"
            fields = {**GOOD, "wish": wish, TOKEN_FIELD: self._token}
            try:
                reply = send(self._host, "/form", fields, {"X-Forwarded-For": address})
            except (OSError, HTTPException):
                time.sleep(0.05)  # it is dead or not yet back
                continue
            if reply.status == 200:
                self.thanked.add(wish)


def test_whoever_was_thanked_is_kept_over_kills_of_the_worker(tmp_path: Path) -> None:
    """SIGKILL at any moment, again and again, under load."""
    host = EdgeHost(tmp_path / "edge")
    host.environment["WAYPOST_TRUSTED_PROXIES"] = "127.0.0.1/32"
    content = ContentV1("form", msgspec.Raw(encode(sample("form"))))
    records = {key_of("form"): link_value("form", "", options=LinkOptionsV1(content=content))}
    build_store(host.directory, records)
    # As the agent leaves them: tokens are signed with these, and outlive the worker.
    today = utc_day(time.time_ns() // 1_000_000)
    SaltFile(EdgePaths(host.directory).salts).write({today: b"s" * SALT_BYTES, today + 1: b"t" * SALT_BYTES})
    host.start_worker()
    senders = Senders(host, token_of(host.get("/form")))
    try:
        for _ in range(KILLS):
            wanted = len(senders.thanked) + THANKED_PER_KILL
            deadline = time.monotonic() + DEADLINE_S
            while len(senders.thanked) < wanted:
                assert time.monotonic() < deadline, len(senders.thanked)
                time.sleep(0.005)
            host.kill("worker0")
            host.start_worker()
    finally:
        senders.join()
        host.stop_all()
    wishes = [answer.values[-1].value for answer in kept(host, "form")]
    assert senders.thanked <= set(wishes)
    assert len(wishes) == len(set(wishes))
