"""Behind a proxy: whose word about a caller's address is taken."""

from pathlib import Path

import httpx
import pytest
from tests.control.processes import ControlProcess

pytestmark = pytest.mark.system

REPORT = {"short_url": "http://localhost:8080/none", "reason": "x"}


@pytest.mark.parametrize(("trusted", "last"), [("", 429), ("127.0.0.0/8", 404)])
def test_forwarded_addresses_count_from_trusted_proxies_only(tmp_path: Path, trusted: str, last: int) -> None:
    """Who may name their own address has no limit; and behind a proxy, all visitors must not share one."""
    api = ControlProcess("api", tmp_path, WAYPOST_TRUSTED_PROXIES=trusted)
    api.start()
    try:
        with httpx.Client(base_url=api.url, trust_env=False) as client:
            answers = [
                client.post("/v1/reports", json=REPORT, headers={"X-Forwarded-For": f"203.0.113.{number}"})
                for number in range(1, 12)
            ]
    finally:
        api.kill()
    assert answers[0].status_code == 404
    assert answers[-1].status_code == last
