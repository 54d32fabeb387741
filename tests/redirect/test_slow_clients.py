"""Clients that are slow, greedy or confused, over real connections to a real worker."""

import contextlib
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store
from tests.redirect.test_head import REFUSED

from waypost.redirect.limits import PIPELINED_MAX

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
pytestmark = [pytest.mark.system, *([pytest.mark.fault] if IS_LONG else [])]
PLAIN = b"GET /plain HTTP/1.1\r\nHost: a.test\r\n\r\n"
SLOW_CONNECTIONS = 2_000 if IS_LONG else 120
CONNECTIONS_PER_ADDRESS = 100
CLOSED_WITHIN_S = 7.0
GROWTH_BYTES_MAX = 60_000_000


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeHost]:
    """One worker for all of these."""
    directory: Path = tmp_path_factory.mktemp("slow")
    edge = EdgeHost(directory)
    build_store(directory, {key_of("plain"): link_value("plain", "https://example.com/")})
    edge.start_worker()
    yield edge
    edge.stop_all()


def connect(host: EdgeHost, source: str = "127.0.0.1") -> socket.socket:
    """A connection that gives up after a while."""
    return socket.create_connection(("127.0.0.1", host.port), 10, (source, 0))


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def test_idle_half_sent_and_trickling_connections_are_closed(host: EdgeHost) -> None:
    """A few thousand sleeping sockets must not take the edge down; good traffic goes on meanwhile (R29)."""
    worker = psutil.Process(host.processes["worker0"].pid)
    before_bytes = worker.memory_info().rss
    slow = [connect(host, f"127.0.0.{2 + at // CONNECTIONS_PER_ADDRESS}") for at in range(SLOW_CONNECTIONS)]
    started_s = time.monotonic()
    for number, connection in enumerate(slow):
        if number % 3:
            connection.sendall(b"GET /plain HTTP/1.1\r\nHost: a")
    still_open = set(range(SLOW_CONNECTIONS))
    grown_bytes, slowest_s = 0, 0.0
    while still_open and time.monotonic() < started_s + CLOSED_WITHIN_S:
        asked_s = time.monotonic()
        assert host.get("/plain").status == 302
        slowest_s = max(slowest_s, time.monotonic() - asked_s)
        grown_bytes = max(grown_bytes, worker.memory_info().rss - before_bytes)
        for number in list(still_open):
            with contextlib.suppress(OSError):
                if number % 3 == 2:
                    slow[number].send(b"x")
            slow[number].setblocking(False)
            try:
                if slow[number].recv(1) == b"":
                    still_open.discard(number)
            except BlockingIOError:
                continue
            except OSError:
                still_open.discard(number)
        time.sleep(0.2)
    for connection in slow:
        connection.close()
    print(f"{SLOW_CONNECTIONS} slow ones: {grown_bytes / 1e6:.1f} MB, slowest other {slowest_s * 1e3:.1f} ms")
    assert still_open == set()
    assert grown_bytes <= GROWTH_BYTES_MAX


@pytest.mark.parametrize(("status", "raw"), REFUSED, ids=range(len(REFUSED)))
def test_refused_requests_are_answered_and_the_connection_closed(
    host: EdgeHost, status: int, raw: bytes
) -> None:
    """After a request we do not understand nothing on the connection is certain: what follows is not read."""
    with connect(host) as connection:
        connection.sendall(raw + b"\r\n\r\n" + PLAIN)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer


@pytest.mark.parametrize("size", [1, 7, 40])
def test_requests_cut_anywhere_are_put_together(host: EdgeHost, size: int) -> None:
    """Networks cut where they like."""
    raw = PLAIN * 3 + PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with connect(host) as connection:
        for start in range(0, len(raw), size):
            connection.sendall(raw[start : start + size])
        assert read_all(connection).count(b"location: https://example.com/") == 4


def test_pipelined_requests_are_answered_in_order_up_to_a_number(host: EdgeHost) -> None:
    """Order is what makes pipelining safe; a number is what makes it bearable."""
    with connect(host) as connection:
        connection.sendall(
            b"".join(PLAIN.replace(b"/plain", b"/plain" if number % 2 else b"/nope") for number in range(8))
        )
        answer = b""
        while answer.count(b"HTTP/1.1") < 8:
            answer += connection.recv(65536)
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", answer)
    assert statuses == [b"404", b"302"] * 4
    with connect(host) as connection:
        connection.sendall(PLAIN * (PIPELINED_MAX + 1))
        answer = read_all(connection)
    assert answer.count(b"HTTP/1.1 302") == PIPELINED_MAX
    assert answer.count(b"HTTP/1.1 400") == 1


def test_a_known_header_block_does_not_hide_a_second_request(host: EdgeHost) -> None:
    """The block that is remembered ends where the request ends."""
    with connect(host) as connection:
        for _ in range(3):
            connection.sendall(PLAIN)
            assert b"302" in connection.recv(65536)
        connection.sendall(PLAIN + PLAIN)
        answer = connection.recv(65536)
        while answer.count(b"HTTP/1.1 302") < 2:
            answer += connection.recv(65536)
        connection.sendall(b"GET /plain\nX: y HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400")


def test_a_client_that_never_reads_is_cut_off(host: EdgeHost) -> None:
    """Answers nobody takes must not pile up in memory."""
    with connect(host) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0.5)
        sent = 0
        with contextlib.suppress(OSError):
            for _ in range(20_000):
                sent += connection.send(PLAIN * 8)
        assert sent < 20_000 * 8 * len(PLAIN)
    assert host.get("/plain").status == 302
