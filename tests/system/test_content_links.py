"""Pages made over the API are served by the edge: every process is real."""

import time
from pathlib import Path
from typing import Any

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


def test_bio_page_is_published_clicked_counted_and_taken_away(tmp_path: Path) -> None:
    """The whole life of a page: drafts unseen, each button counted, and gone when its owner says so."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api, visitor_of(machine) as visitor:
            links = [
                {"title": "Shop", "url": "https://shop.example/"},
                {"title": "News", "url": "https://news.example/"},
            ]
            made = api.post("/v1/bio-pages", json={"title": "Ines", "slug": "ines", "links": links})
            assert made.status_code == 201, made.text
            path = f"/v1/bio-pages/{made.json()['id']}"
            arrived(visitor, "/@ines", status=404)
            api.post(f"{path}/publish")
            page = arrived(visitor, "/@ines")
            shop, news = (f"/@ines?to={button['id']}" for button in made.json()["links"])
            clicks = [visitor.get(address).headers["location"] for address in (shop, shop, news)]
            api.patch(path, json={"bio": "A draft"})
            unseen = visitor.get("/@ines")
            stats = counted(api, f"{path}/stats", views=2, clicks=3)
            api.post(f"{path}/unpublish")
            gone = arrived(visitor, "/@ines", status=404)
    finally:
        machine.stop()
    assert "Shop" in page.text
    assert f'href="{shop.removeprefix("/@ines")}"' in page.text
    assert clicks == ["https://shop.example/", "https://shop.example/", "https://news.example/"]
    assert "A draft" not in unseen.text
    # Requests before it was published are no views; the one that waited for it and the one after are.
    assert (stats["views"], stats["visitors"]) == (2, 1)
    assert [(each["title"], each["clicks"], each["visitors"]) for each in stats["links"]] == [
        ("Shop", 2, 1),
        ("News", 1, 1),
    ]
    assert "Shop" not in gone.text


def visitor_of(machine: Machine) -> httpx.Client:
    """Somebody with a telephone."""
    return httpx.Client(base_url=machine.edge, headers={"User-Agent": AGENT}, trust_env=False)


def counted(api: httpx.Client, path: str, *, views: int, clicks: int) -> dict[str, Any]:
    """The statistics of a page, as soon as they hold so many views and clicks."""
    deadline = time.monotonic() + ARRIVAL_DEADLINE_S
    while True:
        stats: dict[str, Any] = api.get(path).json()
        if stats["views"] >= views and stats["clicks"] >= clicks:
            return stats
        assert time.monotonic() < deadline, stats
        time.sleep(0.1)


def arrived(visitor: httpx.Client, path: str, status: int = 200) -> httpx.Response:
    """The answer with this status, as soon as the edge has the record that makes it so."""
    deadline = time.monotonic() + ARRIVAL_DEADLINE_S
    while True:
        answer = visitor.get(path)
        if answer.status_code == status:
            return answer
        assert time.monotonic() < deadline, f"{path} still answers {answer.status_code}"
        time.sleep(0.02)
