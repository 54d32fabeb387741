"""uvicorn as this service runs it: several sockets, quiet, and a clean end on SIGTERM."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from waypost.redirect.limits import CONNECTIONS_BACKLOG, SHUTDOWN_GRACE_S


class QuietServer(uvicorn.Server):
    """A server that ends when told and leaves the exit status to its process.

    uvicorn raises the signal again after shutting down, which would make every clean end look like a kill.
    """

    def __init__(self, settings: uvicorn.Config, on_started: Callable[[], None] | None = None) -> None:
        super().__init__(settings)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self._on_started is not None:
            self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Set `should_exit` on SIGTERM and SIGINT, and nothing else."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


def config(app: Any, *, http: Any = "httptools") -> uvicorn.Config:
    """uvicorn's settings for edge and admin alike."""
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
    )


def listening_sockets(host: str, port: int, *, of_each: int = 1) -> list[socket.socket]:
    """Bound sockets that several processes may share; for an empty host both IPv4 and IPv6, and so many `of_each`.

    Raises OSError when the address cannot be bound.
    """
    if host:
        sockets = [_bound(socket.AF_INET6 if ":" in host else socket.AF_INET, host, port)]
    else:
        sockets = [_bound(socket.AF_INET, "0.0.0.0", port)]
        if socket.has_ipv6:
            # A host without IPv6 still has a working edge.
            with contextlib.suppress(OSError):
                sockets.append(_bound(socket.AF_INET6, "::", sockets[0].getsockname()[1]))
    return sockets + [_again(first) for first in sockets for _ in range(of_each - 1)]


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family is socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind((host, port))
        listener.listen(CONNECTIONS_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _again(listener: socket.socket) -> socket.socket:
    """One more socket for the address of another."""
    return _bound(listener.family, *listener.getsockname()[:2])
