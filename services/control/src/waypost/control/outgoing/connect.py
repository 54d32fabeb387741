"""The network under the HTTP client: connects to checked addresses only, whatever it is asked for."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
from httpcore import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from waypost.control.outgoing.addresses import literal
from waypost.control.outgoing.faults import ConnectFailed, ResolutionFailed
from waypost.control.outgoing.limits import ADDRESSES_TRIED_MAX, CONNECT_TIMEOUT_S
from waypost.control.outgoing.resolver import Resolver
from waypost.control.outgoing.target import OutgoingPolicy


class GuardedNetwork(AsyncNetworkBackend):
    """Resolve, check every address, connect to one of exactly those.

    TLS is started by the HTTP client with the original name, so the certificate is checked for the
    name and not for the address.
    """

    def __init__(self, policy: OutgoingPolicy, resolver: Resolver) -> None:
        self._policy = policy
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect within the timeout, resolving included. Raises TargetRefused or CallFailed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (CONNECT_TIMEOUT_S if timeout is None else timeout)
        try:
            async with asyncio.timeout_at(deadline):
                address = literal(host)
                addresses = [address] if address is not None else list(await self._resolver(host))
        except TimeoutError as error:
            raise ResolutionFailed(host, "no answer from the name server in time") from error
        if not addresses:
            raise ResolutionFailed(host, "no address")
        # One bad address spoils the name: a mixed answer is how rebinding looks.
        for address in addresses:
            self._policy.check_address(host, address, port)
        tried = addresses[:ADDRESSES_TRIED_MAX]
        reasons: list[str] = []
        for position, address in enumerate(tried):
            share = max(0.001, deadline - loop.time()) / (len(tried) - position)
            try:
                stream = await self._inner.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
                return _Closing(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                reasons.append(str(error) or type(error).__name__)
        raise ConnectFailed(host, "; ".join(dict.fromkeys(reasons)))

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Never: a user must not reach a local socket."""
        raise ConnectFailed(path, "local sockets are not called")

    async def sleep(self, seconds: float) -> None:
        """Part of the interface; the client asks for it between retries, of which there are none."""
        await asyncio.sleep(seconds)


class _Closing(AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is cancelled; httpcore's own is left open."""

    def __init__(self, inner: AsyncNetworkStream) -> None:
        self._inner = inner

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        try:
            self._inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
