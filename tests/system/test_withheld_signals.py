"""What a workspace withholds is nowhere on the machine: not in the spool, not in the stream, not in the store."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.system.machine import Machine

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

DEADLINE_S = 60.0
PEOPLE = {"filter": "verdict:human"}
SIGNALS = ["visitor", "country", "network", "language", "referrer", "utm", "versions"]


def visit(machine: Machine, mark: str) -> None:
    """A person whose every signal carries the mark."""
    headers = {
        "User-Agent": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.77.{mark} Safari/537.36",
        "Referer": f"https://r{mark}.example/",
        "Accept-Language": "fr",
        "CF-IPCountry": "NZ",
    }
    address = f"{machine.edge}/shy?utm_campaign=u{mark}"
    assert httpx.get(address, headers=headers, trust_env=False).status_code == 302


def traces(machine: Machine, mark: str) -> list[str]:
    """Files below the data directory in which any signal of the mark can be read."""
    signs = [f"r{mark}.example".encode(), f"u{mark}".encode(), f"140.77.{mark}".encode()]
    files = [path for path in machine.data_dir.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(sign in path.read_bytes() for sign in signs)]


def wait_for(machine: Machine, count: int) -> list[dict[str, Any]]:
    """The stored scans of people, newest first, when there are so many."""
    deadline = time.monotonic() + DEADLINE_S
    with machine.api() as api:
        while len(found := api.get("/v1/events", params=PEOPLE).json()["data"]) < count:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
    return list(found)


def test_withheld_signals_reach_no_disk_and_people_still_count(tmp_path: Path) -> None:
    """Switched off must mean never written, not hidden later; what was not switched off is found."""
    machine = Machine(tmp_path, WAYPOST_COUNTRY_HEADER="CF-IPCountry", WAYPOST_TRUSTED_PROXIES="127.0.0.1/32")
    machine.start()
    try:
        with machine.api() as api:
            api.post("/v1/links", json={"slug": "shy", "target_url": "https://example.com/"})
            deadline = time.monotonic() + DEADLINE_S
            while httpx.head(f"{machine.edge}/shy", trust_env=False).status_code != 302:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            visit(machine, "111222333")
            said = wait_for(machine, 1)[0]
            assert (said["referrer"], said["language"], said["country"]) == ("r111222333.example", "fr", "NZ")
            assert traces(machine, "111222333") != []
            assert api.patch("/v1/analytics/settings", json={"withheld": SIGNALS}).status_code == 200
            # Any visit tells whether the edge knows by now.
            plain = {
                "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/1.2 Safari/1.2",
                "Accept-Language": "de",
            }
            visits = 1
            while wait_for(machine, visits)[0]["language"]:
                assert time.monotonic() < deadline
                httpx.get(f"{machine.edge}/shy", headers=plain, trust_env=False)
                visits += 1
            visit(machine, "444555666")
            scan = wait_for(machine, visits + 1)[0]
            assert {name: scan[name] for name in ("visitor_id", "country", "language", "referrer", "utm_campaign")} == {
                "visitor_id": None, "country": "", "language": "", "referrer": "", "utm_campaign": "",
            }  # fmt: skip
            assert (scan["verdict"], scan["browser"], scan["browser_version"], scan["os"]) == (
                "human", "Chrome", "10.0", "Windows",
            )  # fmt: skip
    finally:
        machine.stop()
    assert traces(machine, "444555666") == []
