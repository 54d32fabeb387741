"""The article's promises at a running Waypost: real processes, a real edge, a real receiver."""

import hashlib
import hmac
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import linkbreakers
import msgspec
import pytest
from tests.contract.linkbreakers.test_sdk import sdk
from tests.system.machine import Machine

pytestmark = pytest.mark.system
ResultT = TypeVar("ResultT")
DEADLINE_S = 30.0
BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
)


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Keep)
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/linkbreakers-webhook"

    def stop(self) -> None:
        """Let the port and the thread go."""
        self.shutdown()
        self.server_close()
        self.thread.join()


class Keep(http.server.BaseHTTPRequestHandler):
    """Answers 200 OK, as the article's handler does."""

    def do_POST(self) -> None:
        """Keep one delivery."""
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((headers, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """One Waypost."""
    started = Machine(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The customer's own server."""
    started = Receiver()
    yield started
    started.stop()


def eventually(look: Callable[[], ResultT]) -> ResultT:
    """What `look` finds before the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            assert found
            return found
        time.sleep(0.05)


def visit(url: str) -> httpx.Response:
    """Open a short URL as a phone does."""
    return httpx.get(url, headers={"User-Agent": BROWSER}, trust_env=False, timeout=10)


def test_a_link_is_followed_changed_counted_and_deleted(machine: Machine) -> None:
    """Through the vendor's client with its base URL and token changed, and the edge beside it."""
    with sdk(f"{machine.control}/linkbreakers", machine.key) as client:
        links, events = linkbreakers.LinksApi(client), linkbreakers.EventsApi(client)
        request = linkbreakers.CreateLinkRequest(destination="https://example.com/one", name="Launch")
        link = links.links_service_create(request).link
        assert link is not None
        link_id, url = link.id or "", link.entrypoint or ""

        eventually(lambda: visit(url).status_code == 302)
        first = visit(f"{url}?qr=1")
        assert first.headers["location"] == "https://example.com/one"
        api = httpx.Client(headers={"Authorization": f"Bearer {machine.key}"}, trust_env=False)
        one = f"{machine.control}/linkbreakers/v1/links/{link_id}"
        assert api.patch(one, json={"destination": "https://example.com/two"}).status_code == 200
        eventually(lambda: visit(url).headers.get("location") == "https://example.com/two")

        def counted() -> int:
            read = links.links_service_get(link_id).link
            return read.event_count or 0 if read else 0

        eventually(lambda: counted() >= 3)
        wrapped = events.events_service_list_events(link_id=link_id, include=["device"]).var_json
        assert wrapped is not None
        seen = wrapped.events or []
        actions = [event.action for event in seen]
        assert actions.count(linkbreakers.Action.ACTION_SCAN) == 1
        assert actions[0] == linkbreakers.Action.ACTION_CLICK
        assert seen[0].device is not None
        assert seen[0].device.platform_name == "iOS"

        links.links_service_delete(link_id)
        eventually(lambda: visit(url).status_code == 404)
        api.close()


def test_deliveries_verify_with_the_secret_of_the_creation(machine: Machine, receiver: Receiver) -> None:
    """HMAC-SHA256 of the raw body under the shared secret, as the article tells customers to check."""
    with httpx.Client(
        base_url=f"{machine.control}/linkbreakers",
        headers={"Authorization": f"Bearer {machine.key}"},
        trust_env=False,
    ) as api:
        body = {"url": receiver.url, "events": ["link.created"], "active": True}
        secret = api.post("/v1/webhooks", json=body).json()["webhook"]["signing_secret"]
        made = api.post("/v1/links", json={"destination": "https://example.com"}).json()["link"]
    eventually(lambda: receiver.received)
    headers, raw = receiver.received[0]
    wanted = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    assert headers["x-linkbreakers-signature"] == f"sha256={wanted}"
    assert msgspec.json.decode(raw)["data"]["link"]["shortlink"] == made["shortlink"]
