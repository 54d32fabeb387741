"""R37: guesses at a link's password are few and one at a time, they hold nobody up, and leave the password nowhere."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from tests.redirect.edge_host import EdgeHost, Reply
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.password_check import QUEUE_MAX, CheckerBusy, PasswordChecker
from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.shared_table import SharedTable
from waypost.redirect.store_format import Signals
from waypost.redirect.unlock import (
    LINK_PAUSE_S,
    TRIES_PER_CLIENT_MAX,
    TRIES_PER_LINK_MAX,
    UNLOCKED_S,
    Guesses,
    is_unlocked,
    sign,
)
from waypost.wire.link import LinkOptionsV1
from waypost.wire.record import RecordV1

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

NOW_S = 1_800_000_000
PASSWORD = "open-sesame-4711"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SLOW = PasswordHasher(memory_cost=48 * 1024, time_cost=2, parallelism=1)
"""A tenth of a second of a core: long beside an answer, however busy the machine is."""

QUICK = PasswordHasher(memory_cost=64, time_cost=1, parallelism=1)


def locked(slug: str, hasher: PasswordHasher, version: int = 1) -> bytes:
    """A link behind the password."""
    options = LinkOptionsV1(password=hasher.hash(PASSWORD), password_version=version)
    return link_value(slug, "https://example.com/secret", options=options)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[EdgeHost]:
    """A worker behind a proxy, so that guesses come from many clients."""
    edge = EdgeHost(tmp_path / "edge")
    edge.environment["WAYPOST_TRUSTED_PROXIES"] = "127.0.0.0/8"
    links = {
        "slow": locked("slow", SLOW),
        "quick": locked("quick", QUICK),
        "plain": link_value("plain", "https://example.com/plain"),
    }
    build_store(edge.directory, {key_of(slug): value for slug, value in links.items()})
    edge.start_worker()
    yield edge
    edge.stop_all()


def guess(host: EdgeHost, slug: str, password: str, client: str = "203.0.113.1") -> Reply:
    """Send a password."""
    headers = {**FORM, "X-Forwarded-For": client}
    return host.get(f"/{slug}", method="POST", headers=headers, form=f"password={password}")


def test_tries_are_few_per_client_and_per_link(tmp_path: Path) -> None:
    """Five a minute from one client; a hundred an hour at one link, whoever makes them, then a quarter of an hour."""
    table = SharedTable(tmp_path / "guesses")
    guesses = Guesses(table)
    assert [guesses.wait_s(b"a", b"one", NOW_S) for _ in range(7)] == [0] * TRIES_PER_CLIENT_MAX + [60, 60]
    assert guesses.wait_s(b"b", b"one", NOW_S) == 0
    assert guesses.wait_s(b"a", b"one", NOW_S + 60) == 0
    crowd = [guesses.wait_s(b"c", b"client %d" % number, NOW_S) for number in range(TRIES_PER_LINK_MAX + 1)]
    assert crowd == [0] * TRIES_PER_LINK_MAX + [LINK_PAUSE_S]
    assert guesses.wait_s(b"c", b"another", NOW_S + LINK_PAUSE_S - 1) == 1
    assert guesses.wait_s(b"c", b"another", NOW_S + LINK_PAUSE_S) == 0
    table.close()


async def test_hashes_are_made_one_at_a_time_and_a_full_queue_says_so(tmp_path: Path) -> None:
    """Over all workers of a host: whatever is guessed, redirects lose one core at most."""
    running, most = 0, 0
    guard = threading.Lock()

    class Watched(PasswordChecker):
        def hash(self, verifier: str, password: bytes) -> bool:
            nonlocal running, most
            with guard:
                running += 1
                most = max(most, running)
            try:
                return super().hash(verifier, password)
            finally:
                with guard:
                    running -= 1

    checkers = [Watched(tmp_path / "lock") for _ in range(2)]
    verifier = PasswordHasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash(PASSWORD)
    tries = [
        checker.is_right(verifier, PASSWORD.encode()) for checker in checkers for _ in range(QUEUE_MAX + 4)
    ]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert outcomes.count(True) == 2 * QUEUE_MAX
    assert sum(isinstance(outcome, CheckerBusy) for outcome in outcomes) == 2 * 4
    assert most == 1
    assert await checkers[0].is_right(verifier, PASSWORD.encode())
    for checker in checkers:
        checker.close()


def test_redirects_are_answered_while_guesses_are_checked(host: EdgeHost) -> None:
    """A guess takes long on purpose; whoever scans another code meanwhile must not notice."""
    with ThreadPoolExecutor(QUEUE_MAX + 6) as crowd:
        guesses = [
            crowd.submit(guess, host, "slow", "wrong", f"198.51.100.{number}")
            for number in range(QUEUE_MAX + 6)
        ]
        meanwhile: list[float] = []
        while not all(each.done() for each in guesses):
            asked_s = time.monotonic()
            assert host.get("/plain").getheader("Location") == "https://example.com/plain"
            if not all(each.done() for each in guesses):
                meanwhile.append(time.monotonic() - asked_s)
        replies = [each.result() for each in guesses]
    p99_s = sorted(meanwhile)[len(meanwhile) * 99 // 100]
    print(f"{len(meanwhile)} redirects while guesses were checked, p99 {p99_s * 1e3:.1f} ms")
    assert len(meanwhile) > QUEUE_MAX, "no redirect had to wait for a hash"
    refused = [reply for reply in replies if reply.status == 429]
    assert {reply.status for reply in replies} == {401, 429}
    assert all(int(reply.getheader("Retry-After") or 0) > 0 for reply in refused)


def test_a_new_password_locks_everybody_out_again(host: EdgeHost) -> None:
    """The cookie of the old one opens nothing, nor does it open another link."""
    opened = guess(host, "quick", PASSWORD)
    cookie = {"Cookie": (opened.getheader("Set-Cookie") or "").partition(";")[0]}
    assert f"Max-Age={UNLOCKED_S};" in (opened.getheader("Set-Cookie") or "")
    assert "HttpOnly" in (opened.getheader("Set-Cookie") or "")
    assert host.get("/quick", headers=cookie).getheader("Location") == "https://example.com/secret"
    assert host.get("/slow", headers=cookie).status == 200
    paths = EdgePaths(host.directory)
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    writer.apply([RecordV1(2, key_of("quick"), locked("quick", QUICK, version=2))], 0, "")
    assert host.get("/quick", headers=cookie).status == 200
    writer.close()
    signals.close()


def test_the_password_is_in_no_file_and_no_answer(host: EdgeHost) -> None:
    """Neither spool nor log nor cookie nor page keeps what somebody typed."""
    replies = [guess(host, "quick", PASSWORD), guess(host, "quick", PASSWORD + "x")]
    replies.append(host.get("/quick", headers={"Cookie": f"wp_unlock={PASSWORD}"}))
    host.stop_all()
    for reply in replies:
        assert PASSWORD not in f"{reply.headers}{reply.body.decode()}"
    for file in (path for path in host.directory.rglob("*") if path.is_file()):
        assert PASSWORD.encode() not in file.read_bytes(), file


@given(
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**31),
    st.integers(-10, UNLOCKED_S + 10),
    st.text(max_size=80),
)
def test_a_cookie_opens_its_link_and_password_for_a_quarter_of_an_hour(
    link_id: bytes, version: int, later_s: int, forged: str
) -> None:
    """Nothing else opens anything, and nobody without the key makes one."""
    key, other = b"k" * 32, b"o" * 32
    value = sign(key, link_id, version, NOW_S)
    now_s = NOW_S + later_s
    assert is_unlocked(key, value, link_id, version, now_s) is (later_s <= UNLOCKED_S)
    assert not is_unlocked(key, value, link_id, version + 1, now_s)
    assert not is_unlocked(key, value, bytes(16), version, now_s) or link_id == bytes(16)
    assert not is_unlocked(other, value, link_id, version, now_s)
    until, _, mac = value.partition(".")
    assert not is_unlocked(key, f"{int(until) + 1}.{mac}", link_id, version, now_s)
    assert not is_unlocked(key, forged, link_id, version, now_s)
