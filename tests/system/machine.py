"""Waypost's real processes on free ports, each of which can be killed and started again alone."""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import httpx
from tests.ports import free_ports

from waypost.runtime.launch import nats_server
from waypost.runtime.launch.group import service_commands
from waypost.runtime.settings import environment_for_child

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
ADMIN_KEY_FILE = "admin.key"


class Machine:
    """One machine's worth of Waypost in a directory; `settings` override the defaults of the tests."""

    def __init__(self, directory: Path, *, workers: int = 1, **settings: str) -> None:
        self.directory = directory
        self.data_dir = directory / "var"
        self.logs = directory / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        control, redirect, admin, self.nats_port = free_ports(4)
        self.control = f"http://127.0.0.1:{control}"
        self.edge = f"http://127.0.0.1:{redirect}"
        self.edge_port = redirect
        self.edge_admin = f"http://127.0.0.1:{admin}"
        self.settings = {
            "WAYPOST_DATA_DIR": str(self.data_dir),
            "WAYPOST_CONTROL_PORT": str(control),
            "WAYPOST_REDIRECT_PORT": str(redirect),
            "WAYPOST_REDIRECT_ADMIN_PORT": str(admin),
            "WAYPOST_REDIRECT_WORKERS": str(workers),
            "WAYPOST_PUBLIC_URL": self.edge,
            "WAYPOST_ALLOW_PRIVATE_TARGETS": "on",
        } | settings
        self._commands = {name: (user, command) for name, user, command in service_commands(workers)}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def services(self) -> list[str]:
        """Every process but the broker, in the order in which they start."""
        return list(self._commands)

    @property
    def key(self) -> str:
        """The first API key."""
        return (self.data_dir / ADMIN_KEY_FILE).read_text().strip()

    def api(self) -> httpx.Client:
        """A client of the native API with the first key."""
        return httpx.Client(
            base_url=self.control,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
            trust_env=False,
        )

    def broker_url(self, user: str) -> str:
        """The running broker's address for one of its users, password included."""
        return self._urls[user]

    def start(self, *names: str) -> None:
        """Start these processes (all when none is named) and wait until they serve."""
        wanted = names or ("nats-server", *self.services)
        if "nats-server" in wanted:
            self._start_broker()
        pipes = {name: self._spawn(name) for name in wanted if name != "nats-server"}
        for name, pipe in pipes.items():
            self._wait_ready(name, pipe)

    def kill(self, name: str) -> None:
        """SIGKILL: no chance to tidy up."""
        self._end(name, signal.SIGKILL)

    def stop(self, *names: str) -> None:
        """SIGTERM; every process must end by itself."""
        for name in names or tuple(reversed(self.processes)):
            self._end(name, signal.SIGTERM)

    def restart(self, name: str) -> None:
        """SIGKILL and start again."""
        self.kill(name)
        self.start(name)

    def log(self, name: str) -> str:
        """What the process wrote so far."""
        return (self.logs / f"{name}.log").read_text()

    def _start_broker(self) -> None:
        directory = self.data_dir / "nats"
        credentials = nats_server.load_credentials(directory)
        configuration = nats_server.write_configuration(directory, credentials, self.nats_port)
        with (self.logs / "nats-server.log").open("ab") as log:
            self.processes["nats-server"] = subprocess.Popen(
                nats_server.command(configuration), stdout=log, stderr=log
            )
        self._urls = {
            user: nats_server.url_for(user, credentials, self.nats_port) for user in credentials.passwords
        }
        deadline = time.monotonic() + READY_TIMEOUT_S
        while nats_server.monitor_address(directory) is None:
            if time.monotonic() > deadline or self.processes["nats-server"].poll() is not None:
                raise RuntimeError(self.log("nats-server"))
            time.sleep(0.01)

    def _spawn(self, name: str) -> int:
        user, command = self._commands[name]
        ours, theirs = os.pipe()
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*command, "--ready-fd", str(theirs)],
                env=environment_for_child(**self.settings, WAYPOST_NATS_URL=self._urls[user]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs,),
            )
        os.close(theirs)
        return ours

    def _wait_ready(self, name: str, pipe: int) -> None:
        ready, _, _ = select.select([pipe], [], [], READY_TIMEOUT_S)
        said = os.read(pipe, 1) if ready else b""
        os.close(pipe)
        if said != b"1":
            raise RuntimeError(f"{name} did not get ready:\n{self.log(name)[-4000:]}")

    def _end(self, name: str, how: signal.Signals) -> None:
        process = self.processes.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT_S)
            raise RuntimeError(f"{name} did not stop on {how.name}:\n{self.log(name)[-4000:]}") from None
