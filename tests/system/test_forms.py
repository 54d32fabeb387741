"""A lead's whole way: sent while control and broker are down, stored once, told to webhooks, exported."""

import json
import queue
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.pages.samples import CONTENTS
from tests.system.machine import Machine
from tests.system.test_content_links import arrived, visitor_of
from tests.system.test_webhooks import Receiver

pytestmark = pytest.mark.system

DEADLINE_S = 40.0
ANSWER = {
    "name": "Ines",
    "email": "ines@example.com",
    "guests": "2",
    "time": "Noon",
    "wish": "",
    "consent": "yes",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on a port of its own."""
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_lead_survives_control_and_is_stored_and_told_once(tmp_path: Path, receiver: Receiver) -> None:
    """The visitor was thanked, so the lead must be there: once, and in the words of each webhook."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api, visitor_of(machine) as visitor:
            url = f"http://127.0.0.1:{receiver.server_address[1]}"
            assert api.post(
                "/v1/webhooks", json={"url": f"{url}/native", "events": ["form.submitted"]}
            ).is_success
            vendor = {"url": f"{url}/linkbreakers", "events": ["form.submitted"]}
            assert api.post("/linkbreakers/v1/webhooks", json=vendor).is_success
            kind, content = CONTENTS["form"]
            body = {"slug": "tasting", "target_url": "https://example.com/", "template_type": kind}
            link = api.post("/v1/links", json=body | {"content": content}).json()
            page = arrived(visitor, "/tasting")

            for name in ("control-api", "control-worker"):
                machine.kill(name)
            without_control = visitor.get("/tasting")
            first = sent(visitor, page, "Ines")
            machine.kill("nats-server")
            second = sent(visitor, page, "Malik")
            machine.start("nats-server")
            machine.start("control-worker", "control-api")
            again = sent(visitor, page, "Ines")
            machine.restart("redirect-agent")
            submissions = listed(api, 2)
            told = deliveries(receiver, 4)
            wait_until_shipped(machine)
            after = listed(api, 2)
            exported = api.get("/v1/form-submissions/export", params={"link_id": link["id"]})
    finally:
        machine.stop()
    assert [each.status_code for each in (first, second, again)] == [200, 200, 200]
    assert "Book a tasting" in without_control.text
    assert after == submissions
    assert sorted(each["fields"][0]["value"] for each in submissions) == ["Ines", "Malik"]
    assert {each["link_id"] for each in submissions} == {link["id"]}
    natives = [body["data"] for path, body in told if path == "/native"]
    assert sorted(each["submission"]["fields"][0]["value"] for each in natives) == ["Ines", "Malik"]
    assert natives[0]["link"]["id"] == link["id"]
    vendors = [body["data"] for path, body in told if path == "/linkbreakers"]
    assert [each["visitor"]["email"] for each in vendors] == ["ines@example.com"] * 2
    assert {each["form_responses"][1]["key"] for each in vendors} == {"email"}
    assert exported.text.count("ines@example.com") == 2


def sent(visitor: httpx.Client, page: httpx.Response, name: str) -> httpx.Response:
    """Send the form of a page, as soon as a person could have read it."""
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert token is not None
    deadline = time.monotonic() + DEADLINE_S
    while True:
        answer = visitor.post("/tasting", data={**ANSWER, "name": name, "form_token": token[1]})
        if answer.status_code != 422:
            return answer
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


def listed(api: httpx.Client, count: int) -> list[dict[str, Any]]:
    """The stored answers, once there are so many."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        found: list[dict[str, Any]] = api.get("/v1/form-submissions").json()["data"]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def deliveries(receiver: Receiver, count: int) -> list[tuple[str, dict[str, Any]]]:
    """So many deliveries with the paths they came to; what is tried again counts once."""
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    deadline = time.monotonic() + DEADLINE_S
    while len(found) < count:
        assert time.monotonic() < deadline, list(found.values())
        try:
            headers, body = receiver.received.get(timeout=0.5)
        except queue.Empty:
            continue
        event = json.loads(body)
        path = "/linkbreakers" if "event_type" in event else "/native"
        found[path, headers["webhook-id"]] = (path, event)
    return list(found.values())


def wait_until_shipped(machine: Machine) -> None:
    """Until the edge keeps no answer any more."""
    box = machine.data_dir / "redirect" / "form_answers"
    deadline = time.monotonic() + DEADLINE_S
    while any(box.iterdir()):
        assert time.monotonic() < deadline, list(box.iterdir())
        time.sleep(0.1)
