"""The real processes of control, started as the launcher starts them, and killable."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.ports import free_port

SERVICE = ("-m", "waypost.control")
_READY_DEADLINE_S = 30.0


class ControlProcess:
    """`python -m waypost.control <role>` on a data directory of its own; a restart keeps its port."""

    def __init__(
        self, role: str, directory: Path, *, program: Sequence[str] = SERVICE, **settings: str
    ) -> None:
        self.role = role
        self._program = program
        self.directory = directory
        self.port = free_port()
        self.log = directory / f"{role}.log"
        self._settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Where the API listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it says that it is ready. Raises RuntimeError with its log."""
        reading, writing = os.pipe()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WAYPOST_")},
            "WAYPOST_DATA_DIR": str(self.directory),
            "WAYPOST_CONTROL_PORT": str(self.port),
            "WAYPOST_ADMIN_KEY": "an-admin-key-for-tests",
            **self._settings,
        }
        command = [sys.executable, *self._program, self.role, "--ready-fd", str(writing)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, pass_fds=[writing]
            )
        os.close(writing)
        ready, _, _ = select.select([reading], [], [], _READY_DEADLINE_S)
        said = os.read(reading, 1) if ready else b""
        os.close(reading)
        if said != b"1":
            self.kill()
            raise RuntimeError(self.log.read_text())

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; return the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(30)
        self.process = None
        return code
