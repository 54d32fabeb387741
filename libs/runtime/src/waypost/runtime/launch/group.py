"""The whole of Waypost on one machine: broker, control, analytics and edge, as one group."""

import asyncio
import sys
from pathlib import Path

from waypost.runtime.launch import nats_server
from waypost.runtime.launch.broker_check import check_broker, monitor_url
from waypost.runtime.launch.child import Child
from waypost.runtime.launch.faults import LaunchFault
from waypost.runtime.launch.preflight import check_ports, claim_data_dir, worker_count
from waypost.runtime.settings import CommonSettings, environment_for_child

BROKER_START_TIMEOUT_S = 20.0
READY_TIMEOUT_S = 60.0
_POLL_S = 0.02


def service_commands(workers: int) -> list[tuple[str, str, list[str]]]:
    """Name, broker user and command line of every service process."""
    python = [sys.executable, "-m"]
    edge = [*python, "waypost.redirect"]
    return [
        ("control-worker", "control", [*python, "waypost.control", "worker"]),
        ("control-api", "control", [*python, "waypost.control", "api"]),
        ("analytics", "analytics", [*python, "waypost.analytics"]),
        ("redirect-agent", "edge", [*edge, "agent"]),
        *(
            (f"redirect-worker-{index}", "edge", [*edge, "worker", "--index", str(index)])
            for index in range(workers)
        ),
    ]


class Group:
    """Starts the processes, watches them, ends them. One per data directory."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._data_dir = Path(settings.data_dir)
        self._children: list[Child] = []
        self._lock = claim_data_dir(settings.data_dir)
        self.first_start = not (self._data_dir / "admin.key").exists()

    async def start(self) -> None:
        """Return when every process serves. Raises LaunchFault; `stop` must be called either way."""
        check_ports(self._settings)
        logs = self._data_dir / "logs"
        try:
            logs.mkdir(exist_ok=True)
        except OSError as error:
            raise LaunchFault(f"WAYPOST_DATA_DIR: cannot write to {logs}: {error.strerror}") from error
        urls = await self._broker(logs)
        for name, user, command in service_commands(worker_count(self._settings)):
            environment = environment_for_child(WAYPOST_NATS_URL=urls[user])
            self._children.append(await Child.start(name, command, environment, logs, announces=True))
        await self._wait_until_ready(logs)

    async def wait_for_death(self) -> str:
        """Return, in one line, which child ended although nobody asked it to."""
        waits = {asyncio.create_task(child.process.wait()): child for child in self._children}
        done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return await waits[done.pop()].obituary()

    async def stop(self) -> None:
        """End everything: first who takes requests, last the broker."""
        broker = [child for child in self._children if child.name == "nats-server"]
        await asyncio.gather(*(child.stop() for child in self._children if child not in broker))
        for child in broker:
            await child.stop()
        self._children.clear()
        self._lock.close()

    async def _wait_until_ready(self, logs: Path) -> None:
        ready = asyncio.gather(*(child.wait_ready() for child in self._children))
        dying = asyncio.create_task(self.wait_for_death())
        try:
            await asyncio.wait((ready, dying), timeout=READY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
            if dying.done():
                raise LaunchFault(dying.result())
            if not ready.done():
                raise LaunchFault(f"not every process was ready after {READY_TIMEOUT_S:.0f} s; see {logs}")
            ready.result()
        finally:
            dying.cancel()
            ready.cancel()
            await asyncio.gather(ready, dying, return_exceptions=True)

    async def _broker(self, logs: Path) -> dict[str, str]:
        """Start our own broker, or check the configured one; return the address for each user."""
        settings = self._settings
        if settings.nats_url:
            await check_broker(monitor_url(settings.nats_url, settings.nats_monitor_url))
            return dict.fromkeys(nats_server.PERMISSIONS, settings.nats_url)
        directory = self._data_dir / "nats"
        credentials = nats_server.load_credentials(directory)
        configuration = nats_server.write_configuration(directory, credentials, settings.nats_port)
        child = await Child.start(
            "nats-server", nats_server.command(configuration), environment_for_child(), logs, announces=False
        )
        self._children.append(child)
        await check_broker(await self._monitor(child, directory))
        port = settings.nats_port
        return {user: nats_server.url_for(user, credentials, port) for user in credentials.passwords}

    async def _monitor(self, child: Child, directory: Path) -> str:
        """Wait until the broker has written where it listens."""
        try:
            async with asyncio.timeout(BROKER_START_TIMEOUT_S):
                while (address := nats_server.monitor_address(directory)) is None:
                    if child.process.returncode is not None:
                        raise LaunchFault(await child.obituary())
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as error:
            raise LaunchFault(f"nats-server did not start; see {child.log_path}") from error
        return address
