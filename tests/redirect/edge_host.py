"""A real edge host for tests: worker and agent as processes of their own, on free ports, killable."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path

from msgspec import Struct
from tests.ports import free_port

START_DEADLINE_S = 120.0
"""Generous: long forms run with low priority on machines that do other things."""


class Reply(Struct, frozen=True):
    """What one request was answered with."""

    status: int
    headers: dict[str, str]
    body: bytes

    def getheader(self, name: str) -> str | None:
        """A header's value, by its name in any case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class EdgeHost:
    """One edge: a data directory, a port, processes that can be started and killed."""

    def __init__(self, directory: Path, nats_url: str = "nats://127.0.0.1:1") -> None:
        self.directory = directory
        self.port = free_port()
        self.admin_port = free_port()
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "WAYPOST_DATA_DIR": str(directory),
            "WAYPOST_NATS_URL": nats_url,
            "WAYPOST_REDIRECT_HOST": "127.0.0.1",
            "WAYPOST_REDIRECT_PORT": str(self.port),
            "WAYPOST_REDIRECT_ADMIN_PORT": str(self.admin_port),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def start_worker(self, index: int = 0, *, wait: bool = True, prefix: tuple[str, ...] = ()) -> None:
        """Start a worker and wait until it serves."""
        self._start(f"worker{index}", "worker", "--index", str(index), wait=wait, prefix=prefix)

    def start_agent(self, *, wait: bool = True) -> None:
        """Start the agent and wait until it has links."""
        self._start("agent", "agent", wait=wait)

    def kill(self, name: str) -> None:
        """SIGKILL one process."""
        self._end(name, signal.SIGKILL)

    def stop(self, name: str) -> int:
        """SIGTERM one process; its exit status."""
        return self._end(name, signal.SIGTERM)

    def stop_all(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.stop(name)

    def log(self, name: str) -> str:
        """What a process wrote to its standard error, over all its starts."""
        return (self.directory / f"{name}.log").read_text()

    def get(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        form: str | None = None,
    ) -> Reply:
        """One request on a connection of its own, not following redirects."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, form, headers={"Host": "short.test", **(headers or {})})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())

    def admin(self, path: str) -> tuple[int, str]:
        """One request to the admin port: status and body."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_for_location(self, path: str, location: str | None, *, deadline_s: float = 15.0) -> None:
        """Until a path leads there; None until it leads nowhere."""
        deadline = time.monotonic() + deadline_s
        seen = ""
        while time.monotonic() < deadline:
            seen = self.get(path).getheader("Location") or ""
            if seen == (location or ""):
                return
            time.sleep(0.02)
        raise AssertionError(f"{path} leads to {seen!r}, not to {location!r}")

    def _start(self, name: str, *arguments: str, wait: bool, prefix: tuple[str, ...] = ()) -> None:
        ready, announce = os.pipe()
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*prefix, sys.executable, "-m", "waypost.redirect", *arguments, "--ready-fd", str(announce)],
                env=self.environment,
                stderr=log,
                pass_fds=[announce],
            )
        os.close(announce)
        try:
            if wait and (
                not select.select([ready], [], [], START_DEADLINE_S)[0] or os.read(ready, 1) != b"1"
            ):
                raise AssertionError(f"{name} did not get ready: {self.log(name)}")
        finally:
            os.close(ready)

    def _end(self, name: str, how: signal.Signals) -> int:
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(how)
        return process.wait(20)
