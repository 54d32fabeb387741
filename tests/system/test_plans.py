"""A plan from its file to the visitor: what it withholds and what it used up shows at the edge."""

import json
import time
from pathlib import Path

import httpx
import pytest
from tests.system.machine import Machine
from tests.system.visitors import AGENT

pytestmark = pytest.mark.system

DEADLINE_S = 30.0
PLANS = [
    {"name": "waiting", "interstitial_s": 2},
    {"name": "plain", "rules": False},
    {"name": "small", "scans_month": 3},
]


def test_plan_of_a_workspace_is_enforced_at_the_edge(tmp_path: Path) -> None:
    """Operators sell plans: rules, a pause and a month of scans must mean something where visitors are."""
    plans = tmp_path / "plans.json"
    plans.write_text(json.dumps(PLANS))
    machine = Machine(tmp_path, WAYPOST_PLANS_FILE=str(plans))
    machine.start()
    try:
        with (
            machine.api() as api,
            httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as visitor,
        ):
            workspace = api.get("/v1/workspace").json()["id"]
            rule = {"then": {"kind": "url", "url": "https://example.com/rule"}}
            body = {"slug": "a", "target_url": "https://example.com/", "rules": [rule]}
            assert api.post("/v1/links", json=body).status_code == 201

            def move_to(plan: str) -> None:
                assert api.patch(f"/v1/workspaces/{workspace}", json={"plan": plan}).status_code == 200

            assert wait_for(visitor, 302, "https://example.com/rule")
            move_to("waiting")
            assert "https://example.com/rule" in wait_for(visitor, 200).text
            move_to("plain")
            assert wait_for(visitor, 302, "https://example.com/")
            move_to("small")
            assert "plan" in wait_for(visitor, 503).text
            used = api.get("/v1/workspace/usage").json()["usage"]["scans_month"]
            assert used["limit"] == 3 <= used["used"]
            move_to("unlimited")
            assert wait_for(visitor, 302, "https://example.com/rule")
    finally:
        machine.stop()


def test_the_fallback_of_the_installation_takes_what_expired_and_what_is_over(tmp_path: Path) -> None:
    """QRs.bd's visitors land on a page of its operator; a domain or a link that says otherwise wins."""
    plans = tmp_path / "plans.json"
    plans.write_text(json.dumps(PLANS))
    fallback = "https://fallback.example/sorry"
    machine = Machine(tmp_path, WAYPOST_PLANS_FILE=str(plans), WAYPOST_FALLBACK_URL=fallback)
    machine.start()
    try:
        with (
            machine.api() as api,
            httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as visitor,
        ):
            body = {"slug": "abc", "target_url": "https://example.com/"}
            made = api.post("/qrsbd/api/v1/links", json=body).json()["data"]
            assert wait_for(visitor, 302, "https://example.com/", "/abc")
            one = f"/qrsbd/api/v1/links/{made['id']}"
            assert api.patch(one, json={"expires_at": "2020-01-01T00:00:00Z"}).status_code == 200
            assert wait_for(visitor, 302, fallback, "/abc")
            own = {"expired_url": "https://example.com/over"}
            assert api.patch(f"/v1/links/{made['id']}", json=own).status_code == 200
            assert wait_for(visitor, 302, "https://example.com/over", "/abc")
            assert api.patch(one, json={"expires_at": None}).status_code == 200
            workspace = api.get("/v1/workspace").json()["id"]
            assert api.patch(f"/v1/workspaces/{workspace}", json={"plan": "small"}).status_code == 200
            assert wait_for(visitor, 302, fallback, "/abc")
    finally:
        machine.stop()


def wait_for(
    visitor: httpx.Client, status: int, location: str | None = None, path: str = "/a"
) -> httpx.Response:
    """The first answer of this kind; each look is a visit that counts."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        answer = visitor.get(path)
        if answer.status_code == status and answer.headers.get("location") == location:
            return answer
        assert time.monotonic() < deadline, f"{answer.status_code} {answer.headers.get('location')}"
        time.sleep(0.05)
