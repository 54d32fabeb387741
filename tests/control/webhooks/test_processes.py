"""Webhooks by the real processes: API, two workers that are killed, a receiver of its own."""

import random
import time
from pathlib import Path

import httpx
import pytest
from tests.broker_process import BrokerProcess
from tests.control.processes import ControlProcess
from tests.control.webhooks.receiver_process import ReceiverProcess

_KEY = {"Authorization": "Bearer an-admin-key-for-tests"}
_LINKS, _KILLS = 60, 5
_DEADLINE_S = 120.0
_SECRET = "whsec_" + "d2F5cG9zdC13ZWJob29rLXRlc3Qtc2VjcmV0"


@pytest.mark.system
@pytest.mark.fault
def test_no_webhook_is_lost_while_workers_are_killed(tmp_path: Path, broker_process: BrokerProcess) -> None:
    """At least once, to the endpoints that live, whatever dies in between: the promise of the log."""
    settings = {"WAYPOST_NATS_URL": broker_process.url, "WAYPOST_ALLOW_PRIVATE_TARGETS": "on"}
    receiver = ReceiverProcess(tmp_path)
    api = ControlProcess("api", tmp_path / "data", **settings)
    workers = [ControlProcess("worker", tmp_path / "data", **settings) for _ in range(2)]
    chance = random.Random(7)
    try:
        api.start()
        for worker in workers:
            worker.start()
        with httpx.Client(base_url=api.url, headers=_KEY, timeout=30) as client:
            for path in ("/a", "/b", "/hang"):
                body = {"url": f"{receiver.url}{path}?secret={_SECRET}", "events": ["link.created"]}
                assert client.post("/v1/webhooks", json={**body, "secret": _SECRET}).status_code == 201
            made = []
            for number in range(_LINKS):
                answer = client.post("/v1/links", json={"target_url": "https://example.com/"})
                assert answer.status_code == 201
                made.append(answer.json()["id"])
                if number % (_LINKS // _KILLS) == 5:
                    victim = chance.choice(workers)
                    victim.kill()
                    victim.start()
            wanted = {(path, link_id) for path in ("/a", "/b") for link_id in made}
            deadline = time.monotonic() + _DEADLINE_S
            while True:
                received = receiver.received()
                got = {(each["path"], each["body"]["data"]["link"]["id"]) for each in received}
                if got >= wanted or time.monotonic() > deadline:
                    break
                time.sleep(0.2)
        assert got == wanted
        assert all(each["verified"] for each in received)
        ids = {(each["path"], each["body"]["data"]["link"]["id"]): each["id"] for each in received}
        for each in received:
            assert each["id"] == ids[each["path"], each["body"]["data"]["link"]["id"]], "one id for all tries"
    finally:
        for process in (*workers, api):
            process.stop()
        receiver.stop()
