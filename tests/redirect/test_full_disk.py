"""R5: a file system that is really full, under a real worker: a small tmpfs that only the worker sees."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.counters import Counters
from waypost.redirect.paths import EdgePaths
from waypost.redirect.spool_reader import HOLE, SpoolReader
from waypost.wire.codec import decode_scan

pytestmark = [pytest.mark.system, pytest.mark.fault]
VISITS = 100
VOLUME_BYTES = 1 << 20
MOUNT = f'mount -t tmpfs -o size={VOLUME_BYTES} tmpfs "$0" && exec "$@"'
DEADLINE_S = 20.0


def mounted(directory: Path) -> tuple[str, ...]:
    """Words in front of a command that give it a small file system of its own there."""
    unshare = shutil.which("unshare")
    words = (unshare or "unshare", "--mount", "sh", "-c", MOUNT, str(directory))
    if unshare is None or subprocess.run([*words, "true"], capture_output=True).returncode:
        if os.environ.get("WAYPOST_TEST_REQUIRE_ALL") and os.geteuid() == 0:
            pytest.fail("needs a mount namespace of its own")
        pytest.skip("needs a mount namespace of its own, which only root may make here")
    return words


def fill(file: Path) -> None:
    """Take all the room that is left."""
    with file.open("wb", buffering=0) as filler:
        while os.fstatvfs(filler.fileno()).f_bavail:
            filler.write(bytes(4096))


class Visits:
    """Visitors that can be told apart, and what became of their scans."""

    def __init__(self, host: EdgeHost) -> None:
        self._host = host
        self._counters = Counters(EdgePaths(host.directory).counters, 0)
        self.answered: list[str] = []

    def send(self) -> None:
        """One of them, who must be led on."""
        name = f"visit{len(self.answered)}"
        assert self._host.get(f"/a?utm_source={name}").status == 302
        self.answered.append(name)

    def counted(self, name: str) -> int:
        """One of the worker's counters, which it shows every 50 ms."""
        return self._counters.get(name)

    def wait_until_counted(self) -> None:
        """Until every answer is told as recorded or dropped."""
        deadline = time.monotonic() + DEADLINE_S
        while self.counted("scans_recorded") + self.counted("scans_dropped") < len(self.answered):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_full_disk_costs_exactly_the_scans_that_are_counted(tmp_path: Path) -> None:
    """Redirects go on, each scan that could not be kept is counted, and with room all is as before."""
    host = EdgeHost(tmp_path / "edge")
    build_store(host.directory, {key_of("a"): link_value("a", "https://example.com/")})
    paths = EdgePaths(host.directory)
    words = mounted(paths.spools)
    try:
        host.start_worker(prefix=words)
        inside = Path(f"/proc/{host.processes['worker0'].pid}/root{paths.spools}")
        visits = Visits(host)
        for _ in range(VISITS):
            visits.send()
        fill(inside / "filler")
        while visits.counted("scans_dropped") < VISITS:
            visits.send()
        (inside / "filler").unlink()
        freed_s, dropped = time.monotonic(), -1
        while visits.counted("scans_dropped") > dropped:
            visits.wait_until_counted()
            dropped = visits.counted("scans_dropped")
            visits.send()
            visits.wait_until_counted()
        print(
            f"{dropped} dropped; scans are kept again {time.monotonic() - freed_s:.2f} s after there was room"
        )
        for _ in range(VISITS):
            visits.send()
        visits.wait_until_counted()
        reader, stored = SpoolReader(inside / "0"), []
        while (run := reader.read(500, 1_000_000)) is not None:
            stored += [decode_scan(raw).utm for raw in run.payloads if raw != HOLE]
        reader.close()
        names = [utm[0] for utm in stored if utm is not None]
        assert names == [name for name in visits.answered if name in set(names)]
        assert len(visits.answered) - len(names) == visits.counted("scans_dropped")
        assert visits.answered[-VISITS:] == names[-VISITS:]
        assert "scans_are_dropped" in host.log("worker0")
    finally:
        host.stop_all()
