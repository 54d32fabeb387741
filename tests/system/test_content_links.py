"""Pages made over the API are served by the edge: every process is real."""

import time
from pathlib import Path

import httpx
import icalendar
import pytest
import vobject
from tests.pages.samples import CONTENTS
from tests.system.machine import Machine
from tests.system.visitors import AGENT

pytestmark = pytest.mark.system

ARRIVAL_DEADLINE_S = 20.0


def test_contact_wifi_menu_and_event_are_served_with_their_files(tmp_path: Path) -> None:
    """What a code for a card, a network, a menu or an evening is bought for."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api:
            for name in ("vcard", "wifi", "menu", "event"):
                kind, content = CONTENTS[name]
                body = {"slug": name, "target_url": "https://example.com/", "template_type": kind}
                made = api.post("/v1/links", json=body | {"content": content})
                assert made.status_code == 201, made.text
        with httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False) as visitor:
            pages = {name: arrived(visitor, f"/{name}") for name in ("vcard", "wifi", "menu", "event")}
            contact = visitor.get("/vcard?file=1")
            calendar = visitor.get("/event?file=1")
    finally:
        machine.stop()
    for page in pages.values():
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Harbour Guest" in pages["wifi"].text
    assert "data:image/svg+xml" in pages["wifi"].text
    assert contact.headers["content-type"].startswith("text/vcard")
    assert vobject.readOne(contact.text).fn.value
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")


def arrived(visitor: httpx.Client, path: str) -> httpx.Response:
    """The page, as soon as the edge has its record."""
    deadline = time.monotonic() + ARRIVAL_DEADLINE_S
    while True:
        answer = visitor.get(path)
        if answer.status_code == 200:
            return answer
        assert time.monotonic() < deadline, f"{path} still answers {answer.status_code}"
        time.sleep(0.02)
