"""`python -m waypost.runtime` refuses what cannot work, in one line, with a non-zero exit."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ports import free_port

from waypost.runtime.launch import nats_server
from waypost.runtime.launch.preflight import claim_data_dir
from waypost.runtime.settings import environment_for_child

REFUSAL_TIMEOUT_S = 60


def launch(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher to its end with free ports and a data directory of its own."""
    defaults = {
        "WAYPOST_DATA_DIR": str(tmp_path / "var"),
        "WAYPOST_CONTROL_PORT": str(free_port()),
        "WAYPOST_REDIRECT_PORT": str(free_port()),
        "WAYPOST_REDIRECT_ADMIN_PORT": str(free_port()),
        "WAYPOST_NATS_PORT": str(free_port()),
    }
    return subprocess.run(
        [sys.executable, "-m", "waypost.runtime"],
        env=environment_for_child(**{**defaults, **settings}),
        capture_output=True,
        text=True,
        timeout=REFUSAL_TIMEOUT_S,
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """One line on standard error that holds these words, and a failing exit code."""
    lines = result.stderr.strip().splitlines()
    assert result.returncode == 1, result.stderr
    assert len(lines) == 1, result.stderr
    assert all(word in lines[0] for word in words), lines[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize(
    "name",
    ["WAYPOST_CONTROL_PORT", "WAYPOST_REDIRECT_PORT", "WAYPOST_REDIRECT_ADMIN_PORT", "WAYPOST_NATS_PORT"],
)
def test_a_taken_port_is_named(tmp_path: Path, taken_port: int, name: str) -> None:
    """The most common trouble at a first start."""
    assert_refused(launch(tmp_path, **{name: str(taken_port)}), name, str(taken_port), "in use")


def test_the_same_port_twice_is_named(tmp_path: Path) -> None:
    """Otherwise the second process would die much later and less clearly."""
    port = str(free_port())
    refused = launch(tmp_path, WAYPOST_CONTROL_PORT=port, WAYPOST_REDIRECT_PORT=port)
    assert_refused(refused, "WAYPOST_CONTROL_PORT", "WAYPOST_REDIRECT_PORT")


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    """Before anything was started."""
    assert_refused(launch(tmp_path, WAYPOST_CONTROL_PORT="http"), "WAYPOST_CONTROL_PORT", "http")


def test_an_unwritable_data_directory_is_named(tmp_path: Path) -> None:
    """Nothing half-written may be left behind."""
    (tmp_path / "file").write_text("")
    assert_refused(launch(tmp_path, WAYPOST_DATA_DIR=str(tmp_path / "file" / "var")), "WAYPOST_DATA_DIR")


def test_a_data_directory_in_use_is_named(tmp_path: Path) -> None:
    """Two writers on one directory would damage it."""
    lock = claim_data_dir(str(tmp_path / "var"))
    try:
        assert_refused(launch(tmp_path), "WAYPOST_DATA_DIR", "in use")
    finally:
        lock.close()


@pytest.mark.parametrize(
    ("jetstream", "words"),
    [
        ("jetstream { store_dir: %s }", ["sync_interval: always"]),
        ("", ["JetStream"]),
    ],
)
def test_a_broker_that_would_lose_messages_is_refused(
    tmp_path: Path, jetstream: str, words: list[str]
) -> None:
    """The default configuration of a broker acknowledges before the disk has anything."""
    port, monitor = free_port(), free_port()
    configuration = tmp_path / "nats.conf"
    store = f'"{tmp_path / "store"}"'
    configuration.write_text(
        f"listen: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitor}\n" + jetstream.replace("%s", store)
    )
    process = subprocess.Popen(nats_server.command(configuration), stderr=subprocess.DEVNULL)
    try:
        wait_for_port(monitor)
        refused = launch(
            tmp_path,
            WAYPOST_NATS_URL=f"nats://127.0.0.1:{port}",
            WAYPOST_NATS_MONITOR_URL=f"http://127.0.0.1:{monitor}",
        )
    finally:
        process.terminate()
        process.wait(20)
    assert_refused(refused, *words)


def test_a_broker_that_cannot_be_checked_is_refused(tmp_path: Path) -> None:
    """Trusting an unknown broker is how scans get lost."""
    refused = launch(tmp_path, WAYPOST_NATS_URL=f"nats://127.0.0.1:{free_port()}")
    assert_refused(refused, "WAYPOST_NATS_MONITOR_URL")


def wait_for_port(port: int) -> None:
    """Return once somebody listens; the caller's process does within seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
            time.sleep(0.01)
    raise TimeoutError(f"nobody listens on {port}")
