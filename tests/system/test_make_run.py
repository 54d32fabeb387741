"""`make run` as its user meets it: the greeting, the pasted command, Ctrl-C, and a child that dies."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests.ports import free_ports

from waypost.runtime.settings import environment_for_child

pytestmark = pytest.mark.system

GREETING_DEADLINE_S = 90.0
STOP_DEADLINE_S = 30.0


class Launched:
    """A running launcher with ports and a data directory of its own."""

    def __init__(self, data_dir: Path, ports: list[int]) -> None:
        self.data_dir = data_dir
        self.control, self.redirect, self.admin, nats = ports
        self.environment = environment_for_child(
            WAYPOST_DATA_DIR=str(data_dir),
            WAYPOST_CONTROL_PORT=str(self.control),
            WAYPOST_REDIRECT_PORT=str(self.redirect),
            WAYPOST_REDIRECT_ADMIN_PORT=str(self.admin),
            WAYPOST_NATS_PORT=str(nats),
            WAYPOST_PUBLIC_URL=f"http://localhost:{self.redirect}",
        )
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "waypost.runtime"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.greeting = self._read_greeting()

    def children(self) -> list[psutil.Process]:
        """The processes it started."""
        return psutil.Process(self.process.pid).children()

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; return the exit code and what it said on standard error."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=STOP_DEADLINE_S)
        return self.process.returncode, said

    def _read_greeting(self) -> str:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                return "".join(lines)
            assert time.monotonic() - self.started_s < GREETING_DEADLINE_S
        raise AssertionError(self.process.stderr.read() if self.process.stderr else "")


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    """Everything from one command."""
    running = Launched(tmp_path / "var", free_ports(4))
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def test_the_printed_command_works_when_pasted(launched: Launched) -> None:
    """The first minute decides whether somebody stays."""
    command = re.search(r"^  SHORT=.*?curl -i \"\$SHORT\"$", launched.greeting, re.MULTILINE | re.DOTALL)
    assert command is not None, launched.greeting
    done = subprocess.run(["sh", "-c", command[0]], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("HTTP/1.1 302"), done.stdout + done.stderr
    assert re.search(r"^location: https://example.com/hello\r?$", done.stdout, re.MULTILINE | re.IGNORECASE)
    # Commands speak to what was started, although its broker's password is nobody's to type.
    judged = subprocess.run(
        [sys.executable, "-m", "waypost.analytics", "reclassify"],
        env=launched.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (judged.returncode, judged.stdout) == (0, '{"rows":0}\n'), judged.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_and_leaves_nobody_behind(launched: Launched, how: signal.Signals) -> None:
    """A second start must not meet the remains of the first."""
    children = launched.children()
    assert len(children) >= 6
    code, said = launched.end(how)
    assert (code, said.strip()) == (0, "waypost: stopping")
    assert [child for child in children if child.is_running()] == []


def test_a_child_that_dies_is_named_and_takes_the_rest_down(launched: Launched) -> None:
    """Half a Waypost must not look like a whole one."""
    children = launched.children()
    victim = next(child for child in children if "waypost.analytics" in child.cmdline())
    victim.kill()
    _, said = launched.process.communicate(timeout=STOP_DEADLINE_S)
    assert launched.process.returncode == 1
    assert "analytics died (signal SIGKILL)" in said
    assert len(said.strip().splitlines()) == 1
    assert [child for child in children if child.is_running()] == []


def test_a_second_start_shows_no_key_and_keeps_the_links(launched: Launched) -> None:
    """The key is printed once; what was made stays."""
    key = (launched.data_dir / "admin.key").read_text().strip()
    assert key in launched.greeting
    assert (launched.data_dir / "admin.key").stat().st_mode & 0o777 == 0o600
    made = httpx.post(
        f"http://localhost:{launched.control}/v1/links",
        headers={"Authorization": f"Bearer {key}"},
        json={"slug": "kept", "target_url": "https://example.com/kept"},
    )
    assert made.status_code == 201
    wait_for_redirect(launched.redirect)
    launched.end(signal.SIGTERM)
    again = Launched(launched.data_dir, free_ports(4))
    try:
        assert key not in again.greeting
        wait_for_redirect(again.redirect)
        print(f"second start to first redirect: {time.monotonic() - again.started_s:.2f} s")
    finally:
        again.end(signal.SIGTERM)


def wait_for_redirect(port: int) -> None:
    """Return once the edge answers the link."""
    deadline = time.monotonic() + 10
    while httpx.get(f"http://localhost:{port}/kept").status_code != 302:
        assert time.monotonic() < deadline
        time.sleep(0.02)
