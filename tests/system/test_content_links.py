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


def test_bio_page_is_served_under_its_name_until_it_is_unpublished(tmp_path: Path) -> None:
    """A page its owner took down must not be seen any more."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api:
            content = {"title": "Ines", "links": [{"title": "Shop", "url": "https://shop.example/"}]}
            body = {"slug": "@ines", "target_url": "https://example.com/", "template_type": "bio"}
            made = api.post("/v1/links", json=body | {"content": content}).json()
            with httpx.Client(
                base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False
            ) as visitor:
                page = arrived(visitor, "/@ines")
                click = visitor.get("/@ines", params={"to": made["content"]["links"][0]["id"]})
                api.patch(f"/v1/links/{made['id']}", json={"active": False})
                gone = arrived(visitor, "/@ines", status=404)
    finally:
        machine.stop()
    assert "Shop" in page.text
    assert (click.status_code, click.headers["location"]) == (302, "https://shop.example/")
    assert "Shop" not in gone.text


def arrived(visitor: httpx.Client, path: str, status: int = 200) -> httpx.Response:
    """The answer with this status, as soon as the edge has the record that makes it so."""
    deadline = time.monotonic() + ARRIVAL_DEADLINE_S
    while True:
        answer = visitor.get(path)
        if answer.status_code == status:
            return answer
        assert time.monotonic() < deadline, f"{path} still answers {answer.status_code}"
        time.sleep(0.02)
