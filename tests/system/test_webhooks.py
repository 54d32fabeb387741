"""A scan at the edge reaches a webhook: worker, agent, broker, analytics, control and receiver are all real."""

import http.server
import json
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from tests.system.machine import Machine
from tests.system.visitors import AGENT

pytestmark = pytest.mark.system

DELIVERY_DEADLINE_S = 30.0


class Receiver(http.server.ThreadingHTTPServer):
    """Takes deliveries and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 204 to everything."""

    server: Receiver

    def do_POST(self) -> None:
        """Keep one delivery."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.put((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_scan_and_threshold_are_delivered_signed(tmp_path: Path, receiver: Receiver) -> None:
    """The event people buy webhooks for."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api:
            url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
            made = api.post("/v1/webhooks", json={"url": url, "events": ["link.scanned", "link.threshold"]})
            assert made.status_code == 201, made.text
            link = api.post("/v1/links", json={"slug": "hooked", "target_url": "https://example.com/"}).json()
            found = deliveries(machine, receiver, made.json()["secret"])
    finally:
        machine.stop()
    assert set(found) == {"link.scanned", "link.threshold"}
    assert found["link.scanned"]["link"]["id"] == link["id"]
    assert found["link.threshold"]["threshold"] == 1


def deliveries(machine: Machine, receiver: Receiver, secret: str) -> dict[str, dict[str, Any]]:
    """Follow the link until both events came; every signature must verify."""
    found: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + DELIVERY_DEADLINE_S
    with httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as visitor:
        while len(found) < 2:
            assert time.monotonic() < deadline, f"only {sorted(found)} arrived"
            visitor.get("/hooked")
            try:
                headers, body = receiver.received.get(timeout=0.5)
            except queue.Empty:
                continue
            Webhook(secret).verify(body.decode(), {name.lower(): value for name, value in headers.items()})
            event = json.loads(body)
            found[event["type"]] = event["data"]
    return found
