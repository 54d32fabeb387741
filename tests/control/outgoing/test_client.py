"""The guarded client against servers and names that mean harm."""

import asyncio
import gc
import gzip

import pytest
from tests.control.outgoing import hostile
from tests.control.outgoing.authority import Authority
from tests.control.outgoing.conftest import Canary, NamesOf, serving
from tests.ports import free_port

from waypost.control.outgoing.addresses import Address
from waypost.control.outgoing.client import GuardedClient
from waypost.control.outgoing.faults import (
    AnswerBroken,
    CallTimedOut,
    ConnectFailed,
    OutgoingFault,
    ResolutionFailed,
    TargetRefused,
    TlsFailed,
)
from waypost.control.outgoing.target import OutgoingPolicy

_INSIDE = NamesOf(
    localhost=[["127.0.0.1", "::1"]],
    x_localhost=[["::1"]],
    inside_test=[["10.0.0.7"]],
    mixed_test=[["93.184.215.14", "127.0.0.1"]],
    mapped_test=[["::ffff:127.0.0.1"]],
    nat64_test=[["64:ff9b::7f00:1"]],
    none_test=[[]],
)
_INTRANET = OutgoingPolicy(allow_private=True)


def client_for(policy: OutgoingPolicy, resolver: NamesOf) -> GuardedClient:
    """A client with names of its own."""
    return GuardedClient(policy, resolver=resolver)


async def _request(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def test_the_hostile_corpus_is_large_enough() -> None:
    """The requirement asks for 80 inputs; a shrinking corpus would go unnoticed."""
    assert len({*hostile.LITERALS, *hostile.SHAPES, *hostile.NAMES}) >= 120


@pytest.mark.parametrize("url", [*hostile.LITERALS, *hostile.SHAPES, *hostile.NAMES])
async def test_no_hostile_url_reaches_the_inside(url: str, canary: Canary) -> None:
    """A user who may name a URL must not read our metadata service, broker or database."""
    policy = OutgoingPolicy(ports=frozenset({80, 443, canary.port}))
    client = client_for(policy, _INSIDE)
    with pytest.raises(OutgoingFault) as caught:
        await client.send("POST", url.format(port=canary.port), body=b"{}", total_timeout_s=1)
    assert isinstance(caught.value, TargetRefused | ResolutionFailed)
    assert canary.attempts == []
    assert canary.touched == 0


async def test_a_rebinding_name_is_connected_where_it_was_checked(canary: Canary) -> None:
    """The classic hole: a public answer for the check, a loopback answer for the connection."""
    names = NamesOf(rebind_test=[["240.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]])
    policy = OutgoingPolicy(ports=frozenset({canary.port}))
    client = client_for(policy, names)
    for _ in range(3):
        with pytest.raises(TargetRefused):
            await client.send("GET", f"http://rebind.test:{canary.port}/")
    assert canary.attempts == []


async def test_one_call_asks_for_a_name_once() -> None:
    """A second look-up would be the gap that rebinding needs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    names = NamesOf(once_test=[["127.0.0.1"], ["240.0.0.1"]])
    client = client_for(_INTRANET, names)
    async with serving(serve) as port:
        answer = await client.send("GET", f"http://once.test:{port}/")
    assert (answer.status, names.asked) == (204, ["once.test"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_inside_is_not_followed(status: int, canary: Canary) -> None:
    """A public receiver may send us anywhere; the answer is just an answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        location = f"http://127.0.0.1:{canary.port}/"
        writer.write(f"HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode())

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        answer = await client.send("GET", f"http://127.0.0.1:{port}/")
    assert answer.status == status
    assert canary.touched == 0


async def test_the_certificate_must_be_of_the_name_and_host_is_the_original(authority: Authority) -> None:
    """Connecting to an address must not weaken what TLS promises about the name."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await _request(reader))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    names = NamesOf(hook_test=[["127.0.0.1"]], other_test=[["127.0.0.1"]])
    context = authority.server_context("hook.test")
    served_names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: served_names.append(name)
    client = GuardedClient(_INTRANET, resolver=names, ssl_context=authority.client_context())
    async with serving(serve, context) as port:
        answer = await client.send("GET", f"https://hook.test:{port}/a?b=1")
        with pytest.raises(TlsFailed):
            await client.send("GET", f"https://other.test:{port}/")
        with pytest.raises(TlsFailed):
            await client.send("GET", f"https://127.0.0.1:{port}/", headers={"Host": "hook.test"})
    assert answer.body == b"ok"
    assert seen[0].startswith(b"GET /a?b=1 HTTP/1.1\r\n")
    assert f"host: hook.test:{port}".encode() in seen[0].lower()
    assert len(seen) == 1
    assert served_names[:2] == ["hook.test", "other.test"]


async def test_an_unknown_authority_is_refused(authority: Authority) -> None:
    """Whoever can answer for an address is not yet the receiver."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)

    names = NamesOf(hook_test=[["127.0.0.1"]])
    client = client_for(_INTRANET, names)
    async with serving(serve, authority.server_context("hook.test")) as port:
        with pytest.raises(TlsFailed):
            await client.send("GET", f"https://hook.test:{port}/")


async def test_a_tarpit_costs_no_more_than_the_total_time() -> None:
    """One byte at a time keeps every per-read timeout happy; only a total one ends it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        for byte in b"HTTP/1.1 200 OK\r\nx: " + b"a" * 10_000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        with pytest.raises(CallTimedOut):
            await client.send("GET", f"http://127.0.0.1:{port}/", total_timeout_s=0.3)


async def test_a_silent_tls_server_costs_no_more_than_the_connect_time() -> None:
    """A port that accepts and says nothing must not hold a delivery slot for long."""
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        with pytest.raises(CallTimedOut):
            await client.send("GET", f"https://127.0.0.1:{port}/", total_timeout_s=0.3)
    silent.set()
    gc.collect()  # a connection left open would warn here, and warnings are errors


@pytest.mark.parametrize("framing", ["close", "chunked", "length"])
async def test_an_endless_body_is_read_to_the_cap_and_no_further(framing: str) -> None:
    """Memory belongs to us, however the other side frames its bytes."""
    head = {
        "close": "HTTP/1.1 200 OK\r\n\r\n",
        "chunked": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "length": "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
    }[framing]
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await _request(reader)
        writer.write(head.encode())
        block = b"x" * 4096
        while True:
            writer.write(b"1000\r\n" + block + b"\r\n" if framing == "chunked" else block)
            await writer.drain()
            sent += len(block)

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        answer = await client.send("GET", f"http://127.0.0.1:{port}/", answer_bytes_max=10_000)
    assert (len(answer.body), answer.truncated) == (10_000, True)
    assert sent < 50 * 1024 * 1024


async def test_a_compressed_bomb_is_not_unpacked() -> None:
    """64 KiB of gzip can be 64 MiB of text; we never asked for it and never unpack it."""
    bomb = gzip.compress(bytes(40 * 1024 * 1024))
    asked = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = await _request(reader)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb
        )
        await writer.drain()

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        answer = await client.send("GET", f"http://127.0.0.1:{port}/")
    assert b"accept-encoding: identity" in asked.lower()
    assert answer.body == bomb[: len(answer.body)]
    assert not answer.is_identity


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
    ids=["not-http", "huge-header", "short-body", "negative-length", "bad-chunk", "nothing"],
)
async def test_a_broken_answer_is_a_typed_fault(answer: bytes) -> None:
    """What another machine sends must never surface as an unknown exception."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(answer)
        await writer.drain()

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        with pytest.raises(AnswerBroken):
            await client.send("GET", f"http://127.0.0.1:{port}/")


async def test_proxies_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, canary: Canary
) -> None:
    """A proxy would resolve the name itself, behind the guard's back."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    client = client_for(_INTRANET, NamesOf())
    async with serving(serve) as port:
        assert (await client.send("GET", f"http://127.0.0.1:{port}/")).status == 200
    assert canary.touched == 0


async def test_the_next_checked_address_is_tried_when_the_first_is_dead(canary: Canary) -> None:
    """A receiver with one dead address of two is still up."""
    names = NamesOf(twin_test=[["127.9.9.9", "::1"]])
    sock_port = canary.port
    client = client_for(_INTRANET, names)
    answer = await client.send("GET", f"http://twin.test:{sock_port}/")
    assert answer.body == b"secret"


async def test_a_refused_connection_says_so(unused_port: int) -> None:
    """The delivery log must name the reason."""
    client = client_for(_INTRANET, NamesOf())
    with pytest.raises(ConnectFailed):
        await client.send("GET", f"http://127.0.0.1:{unused_port}/")


async def test_a_slow_name_server_ends_within_the_connect_time() -> None:
    """The clock starts before the look-up."""

    async def never(host: str) -> list[Address]:
        await asyncio.Event().wait()
        return []

    client = GuardedClient(_INTRANET, resolver=never)
    with pytest.raises((ResolutionFailed, CallTimedOut)):
        await client.send("GET", "http://slow.test/", total_timeout_s=0.2)


async def test_own_ports_stay_closed_even_for_intranets(canary: Canary) -> None:
    """Allowing private targets must not open the broker and the database."""
    policy = OutgoingPolicy(allow_private=True, refused_ports=frozenset({canary.port}))
    names = NamesOf(broker_test=[["127.0.0.1"]])
    client = client_for(policy, names)
    for url in (f"http://127.0.0.1:{canary.port}/", f"http://broker.test:{canary.port}/"):
        with pytest.raises(TargetRefused):
            await client.send("GET", url)
    assert canary.touched == 0


@pytest.fixture
def unused_port() -> int:
    """A port nobody listens on."""
    return free_port()
