"""The guarded HTTP client: bounded in time, size and reach.

httpcore is the engine below httpx: it follows no redirects, reads no proxy from the environment
and decodes no content, so there is nothing to switch off.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

import anyio
import httpcore
from msgspec import Struct

from waypost.control.outgoing.connect import GuardedNetwork
from waypost.control.outgoing.faults import AnswerBroken, CallFailed, CallTimedOut, ConnectFailed, TlsFailed
from waypost.control.outgoing.limits import (
    ANSWER_BYTES_DEFAULT,
    ANSWER_BYTES_MAX,
    CONNECT_TIMEOUT_S,
    FILE_TIMEOUT_S,
    TOTAL_TIMEOUT_S,
)
from waypost.control.outgoing.resolver import Resolver, SystemResolver
from waypost.control.outgoing.target import OutgoingPolicy, parse_target

_USER_AGENT = "Waypost/1"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Arriving(Struct, frozen=True):
    """An answer whose body is still on its way, undecoded. Header names are lower case."""

    status: int
    headers: dict[str, str]
    pieces: AsyncIterator[bytes]

    @property
    def is_identity(self) -> bool:
        """Whether the body is what it says, and not compressed against our request."""
        return _is_identity(self.headers)


class Answer(Struct, frozen=True):
    """What came back, undecoded. Header names are lower case; of repeated ones the last counts.

    `truncated` says that the body went on behind the bytes that were read.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool
    duration_ms: int

    @property
    def is_identity(self) -> bool:
        """Whether the body is what it says, and not compressed against our request."""
        return _is_identity(self.headers)


class GuardedClient:
    """One per process; safe to use from many tasks.

    Every call has a connection of its own: one that was kept open might close just as the next call
    uses it, and a webhook would count as failed that nobody refused.
    """

    def __init__(
        self,
        policy: OutgoingPolicy,
        *,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.policy = policy
        self._network = GuardedNetwork(policy, resolver or SystemResolver.of_this_machine())
        self._ssl_context = ssl_context or httpcore.default_ssl_context()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes | None = None,
        https_only: bool = False,
        total_timeout_s: float = TOTAL_TIMEOUT_S,
        answer_bytes_max: int = ANSWER_BYTES_DEFAULT,
    ) -> Answer:
        """Make one call and return its answer, whatever its status; a redirect is just an answer.

        Raises TargetRefused when nothing was sent, and a CallFailed when no answer came.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        total_s = min(total_timeout_s, TOTAL_TIMEOUT_S)
        async with self._call(method, url, headers, body, total_s, https_only=https_only) as arriving:
            data, truncated = await _read(arriving.pieces, min(answer_bytes_max, ANSWER_BYTES_MAX))
        duration_ms = int((loop.time() - started) * 1000)
        return Answer(arriving.status, arriving.headers, data, truncated, duration_ms)

    @asynccontextmanager
    async def fetch(self, url: str) -> AsyncIterator[Arriving]:
        """Get an answer piece by piece; whoever reads it counts its bytes. Raises as `send` does."""
        async with self._call("GET", url, _NO_HEADERS, None, FILE_TIMEOUT_S) as arriving:
            yield arriving

    @asynccontextmanager
    async def _call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        total_s: float,
        *,
        https_only: bool = False,
    ) -> AsyncIterator[Arriving]:
        target = parse_target(url, self.policy, https_only=https_only)
        sent = {
            "connection": "close",
            "accept-encoding": "identity",
            "accept": "*/*",
            "user-agent": _USER_AGENT,
        }
        sent.update((name.lower(), value) for name, value in headers.items())
        connection = httpcore.AsyncHTTPConnection(
            httpcore.Origin(b"https" if target.secure else b"http", target.host.encode(), target.port),
            ssl_context=self._ssl_context,
            network_backend=self._network,
        )
        try:
            # anyio's, because httpcore shields its own cleaning up from that kind of cancellation only.
            with anyio.fail_after(total_s):
                async with (
                    connection,
                    connection.stream(
                        method,
                        target.url,
                        headers=list(sent.items()),
                        content=body,
                        extensions={"timeout": {"connect": min(CONNECT_TIMEOUT_S, total_s)}},
                    ) as response,
                ):
                    yield Arriving(response.status, _headers(response), response.aiter_stream())
        except TimeoutError as error:
            raise CallTimedOut(target.host, f"no complete answer within {total_s:g} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise _call_failed(target.host, error) from error


def _headers(response: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


def _is_identity(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity").lower() in ("", "identity")


async def _read(pieces: AsyncIterator[bytes], bytes_max: int) -> tuple[bytes, bool]:
    """Read at most `bytes_max`; leaving the stream unread closes its connection."""
    data = bytearray()
    async for chunk in pieces:
        data += chunk
        if len(data) > bytes_max:
            return bytes(data[:bytes_max]), True
    return bytes(data), False


def _call_failed(host: str, error: Exception) -> CallFailed:
    text = str(error) or type(error).__name__
    # httpcore reports a failed handshake as a failed connection, with the TLS error as its cause.
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TlsFailed(host, text)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.TimeoutException):
        return CallTimedOut(host, text)
    if isinstance(error, httpcore.ConnectError):
        return ConnectFailed(host, text)
    return AnswerBroken(host, text)
