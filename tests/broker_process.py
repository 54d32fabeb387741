"""A real nats-server for tests: on a free port, configured as production is, killable."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.ports import free_port

_START_DEADLINE_S = 60.0
_SERVER = Path(sys.executable).with_name("nats-server")


class BrokerProcess:
    """nats-server in a directory of its own; a restart keeps its port and its store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        ports = self.directory / "ports"
        ports.mkdir(exist_ok=True)
        for old in ports.iterdir():
            old.unlink()
        config = self.directory / "nats.conf"
        config.write_text(
            f"listen: 127.0.0.1:{self.port}\n"
            f"max_payload: 512KB\nports_file_dir: {json.dumps(str(ports))}\n"
            f"jetstream {{ store_dir: {json.dumps(str(self.directory / 'store'))}, sync_interval: always,"
            " max_mem: 64MB, max_file: 2GB }\n"
        )
        log = (self.directory / "log").open("ab")
        self.process = subprocess.Popen([str(_SERVER), "-c", str(config)], stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + _START_DEADLINE_S
        while time.monotonic() < deadline:
            for file in ports.glob("*.ports"):
                if text := file.read_text():
                    self.port = int(json.loads(text)["nats"][0].rsplit(":", 1)[1])
                    return
            if self.process.poll() is not None:
                raise RuntimeError((self.directory / "log").read_text())
            time.sleep(0.01)
        raise TimeoutError("nats-server did not start")

    def kill(self) -> None:
        """SIGKILL, as a power cut of the process would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)
        self.process = None
