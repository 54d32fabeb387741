"""R6: a disk that fails while scans are synced, under a real worker: strace answers its system calls with EIO."""

import os
import shutil
from pathlib import Path

import psutil
import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.paths import EdgePaths
from waypost.redirect.spool_reader import HOLE, SpoolReader
from waypost.wire.codec import decode_scan

pytestmark = [pytest.mark.system, pytest.mark.fault]
SCANS = 250
FAILING = (
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    "trace=fdatasync",
    "-e",
    "inject=fdatasync:error=EIO:when=3+10",
)
"""The third sync of each thread fails, and every tenth after it."""


def test_a_sync_that_fails_and_a_kill_after_it_lose_no_answered_scan(tmp_path: Path) -> None:
    """The kernel drops what it could not write, and says the next sync went well."""
    strace = shutil.which("strace")
    if strace is None:
        if os.environ.get("WAYPOST_TEST_REQUIRE_ALL"):
            pytest.fail("needs strace on the PATH")
        pytest.skip("needs strace on the PATH")
    host = EdgeHost(tmp_path / "edge")
    build_store(host.directory, {key_of("a"): link_value("a", "https://example.com/")})
    try:
        host.start_worker(prefix=(strace, *FAILING))
        answered, sent = [], 0
        while sent < SCANS or "spool_sync_failed" not in host.log("worker0"):
            sent += 1
            if host.get(f"/a?utm_source=visit{sent}").status == 302:
                answered.append(f"visit{sent}")
        (worker,) = psutil.Process(host.processes["worker0"].pid).children()
        worker.kill()
        host.processes["worker0"].wait(20)
    finally:
        host.stop_all()
    reader, found = SpoolReader(EdgePaths(host.directory).spool(0)), []
    while (run := reader.read(500, 1_000_000)) is not None:
        found += [decode_scan(raw).utm for raw in run.payloads if raw != HOLE]
    reader.close()
    assert len(answered) >= SCANS
    assert [utm[0] for utm in found if utm is not None] == answered
