"""Serving the API process with uvicorn until SIGTERM."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from waypost.control import collector
from waypost.control.app import asgi, control_plane, dialect_hosts
from waypost.control.settings import ControlSettings
from waypost.control.surface.control import Control
from waypost.runtime import readiness
from waypost.runtime.logs import Log
from waypost.runtime.settings import shown

_GRACE_S = 10
_log = Log(__name__)


class _Server(uvicorn.Server):
    """Says that it is ready once it serves."""

    def __init__(self, config: uvicorn.Config, control: Control, ready_fd: int | None) -> None:
        super().__init__(config)
        self._control = control
        self._ready_fd = ready_fd

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End cleanly when told to; uvicorn itself would raise the signal again afterwards."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.handle_exit, name, None)
        yield
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Told to end: streams, for whose end uvicorn would wait, are to end, too."""
        self._control.is_ending = True
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then announce."""
        await super().startup(sockets)
        collector.settle()
        readiness.announce(self._ready_fd)
        _log.info("api_ready", host=self.config.host, port=self.config.port)


async def serve_api(settings: ControlSettings, ready_fd: int | None) -> None:
    """Serve until SIGTERM. Raises SettingError, DatabaseUnfit, or OSError when the port is in use."""
    _log.info("settings", **shown(settings))
    hosts = dialect_hosts(settings)
    # Bound here, because uvicorn would end the process when the port is in use.
    listening = socket.create_server((settings.control_host, settings.control_port), backlog=2048)
    async with control_plane(settings) as control:
        config = uvicorn.Config(
            asgi(control, hosts),
            host=settings.control_host,
            port=settings.control_port,
            log_config=None,
            access_log=False,
            server_header=False,
            # Without this, uvicorn would believe whoever connects from this machine.
            forwarded_allow_ips=[
                part.strip() for part in settings.trusted_proxies.split(",") if part.strip()
            ],
            lifespan="off",
            loop="none",
            http="httptools",
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
        )
        await _Server(config, control, ready_fd).serve([listening])
