"""A page and its picture in a real browser, while control and the broker are dead."""

import io
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image
from tests.pages.browser import chromium
from tests.system.machine import Machine

pytestmark = pytest.mark.system

DEADLINE_S = 20.0
_STATE = "const i = document.querySelector('img.avatar'); return i ? [i.complete, i.naturalWidth] : null;"


def upload(api: httpx.Client) -> str:
    """A published picture, sent as a browser sends it; its address."""
    out = io.BytesIO()
    Image.new("RGB", (320, 320), "#b4532a").save(out, "PNG")
    started = api.post("/v1/assets", json={"filename": "me.png", "content_type": "image/png"}).json()
    target = started["upload"]
    sent = httpx.put(target["url"], content=out.getvalue(), headers=target["headers"], trust_env=False)
    assert sent.status_code == 200, sent.text
    path = f"/v1/assets/{started['asset']['id']}"
    assert api.post(f"{path}/confirm").json()["status"] == "confirmed"
    return str(api.post(f"{path}/publish").json()["public_url"])


def test_a_page_and_its_picture_are_shown_while_everything_else_is_down(tmp_path: Path) -> None:
    """Issue 9: served by the edge alone, and the page's strict policy has nothing to say against it."""
    machine = Machine(tmp_path)
    machine.start()
    try:
        with machine.api() as api:
            page = {"title": "Ines", "slug": "ines", "avatar": upload(api), "published": True}
            made = api.post("/v1/bio-pages", json=page)
            assert made.status_code == 201, made.text
        address = f"{machine.edge}/@ines"
        deadline = time.monotonic() + DEADLINE_S
        while httpx.get(address, trust_env=False).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for name in [name for name in machine.processes if not name.startswith("redirect")]:
            machine.kill(name)
        with chromium() as chrome:
            chrome.get(address)
            while chrome.execute_script(_STATE) != [True, 320]:
                assert time.monotonic() < deadline + DEADLINE_S
                time.sleep(0.05)
            complaints = [entry["message"] for entry in chrome.get_log("browser")]  # type: ignore[no-untyped-call]  # selenium has no types here
    finally:
        machine.stop()
    assert [line for line in complaints if "Content Security Policy" in line] == []
