"""QR codes over the API: every picture decodes, designs restyle, signed addresses expire, bad designs are refused."""

import asyncio
import base64
import io
import threading
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from tests.control.clock import Clock
from tests.control.conftest import ApiClient
from tests.control.webhooks.receiver import Receiver, answering

from waypost.control.core import qr_designs, qr_studio
from waypost.control.model.access import Actor
from waypost.control.model.qr import CreateQrDesign, Picture, PictureOrder
from waypost.control.surface.control import Control

TARGET = "https://example.com/"


def read_code(picture: bytes) -> str:
    """What a decoder reads in a picture."""
    with Image.open(io.BytesIO(picture)) as opened:
        found = zxingcpp.read_barcodes(np.asarray(opened.convert("L")))
    assert len(found) == 1
    return str(found[0].text)


async def make_link(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """A new link."""
    answer = await client.post("/v1/links", json={"target_url": TARGET, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def logo(color: str = "#0044cc") -> str:
    """A small picture in base64."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
async def test_picture_of_a_link_reads_as_its_short_url_with_the_marker(
    api_client: ApiClient, kind: str
) -> None:
    """A scan must be told from a click, and follow the link wherever it goes."""
    client = await api_client("links:write", "qr:render")
    link = await make_link(client)
    answer = await client.get(f"/v1/links/{link['id']}/qr", params={"format": kind, "size_px": 512})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == f"image/{kind}"
    assert read_code(answer.content) == f"{link['short_url']}?qr=1"


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<svg"), ("pdf", b"%PDF"), ("eps", b"%!PS-Adobe")])
async def test_vector_formats_come_with_their_media_type(
    api_client: ApiClient, kind: str, start: bytes
) -> None:
    """Printers want vectors."""
    client = await api_client("links:write", "qr:render")
    link = await make_link(client)
    answer = await client.get(f"/v1/links/{link['id']}/qr", params={"format": kind})
    assert answer.status_code == 200
    assert start in answer.content[:200]


async def test_same_question_same_bytes_and_no_bytes_when_they_are_known(api_client: ApiClient) -> None:
    """Pictures are cached by whoever fetches them."""
    client = await api_client("links:write", "qr:render")
    link = await make_link(client)
    first = await client.get(f"/v1/links/{link['id']}/qr")
    again = await client.get(f"/v1/links/{link['id']}/qr")
    assert first.content == again.content
    known = await client.get(f"/v1/links/{link['id']}/qr", headers={"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


async def test_changing_a_design_restyles_every_code_that_uses_it(api_client: ApiClient) -> None:
    """A brand changes its colour once."""
    client = await api_client()
    design = (await client.post("/v1/qr/designs", json={"design": {"dots": {"color": "#003366"}}})).json()
    links = [await make_link(client, qr_design_id=design["id"]) for _ in range(2)]
    before = [(await client.get(f"/v1/links/{link['id']}/qr")).content for link in links]
    changed = await client.patch(
        f"/v1/qr/designs/{design['id']}",
        json={"design": {"dotsOptions": {"type": "rounded", "color": "#660000"}}, "logo": logo()},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["has_logo"] is True
    assert changed.json()["version"] == 2
    for link, old in zip(links, before, strict=True):
        new = (await client.get(f"/v1/links/{link['id']}/qr")).content
        assert new != old
        assert read_code(new) == f"{link['short_url']}?qr=1"
    assert (await client.delete(f"/v1/qr/designs/{design['id']}")).status_code == 204
    assert (await client.get(f"/v1/links/{links[0]['id']}/qr")).status_code == 200


async def test_unscannable_design_is_refused_with_what_to_change(api_client: ApiClient) -> None:
    """Nothing unscannable is ever printed."""
    client = await api_client("qr:write", "qr:read")
    answer = await client.post("/v1/qr/designs", json={"design": {"dots": {"color": "#ffff00"}}})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "unscannable"
    assert problem["findings"]
    assert problem["findings"][0]["message"]
    assert (await client.get("/v1/qr/designs")).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"design": {"dots": {"type": "wavy"}}}, "design.dots.type"),
        ({"design": {"dots": {"color": "#12"}}}, "design.dots.color"),
        ({"design": {"nonsense": 1}}, "design.nonsense"),
        ({"logo": "not base64!"}, "logo"),
        ({"logo": base64.b64encode(b"<svg onload=alert(1)>").decode()}, "logo"),
        ({"size_px": 63}, "size_px"),
    ],
)
async def test_bad_design_names_its_member(api_client: ApiClient, body: dict[str, Any], field: str) -> None:
    """Clear findings instead of a broken picture."""
    client = await api_client("qr:write")
    answer = await client.post("/v1/qr/designs", json=body)
    assert answer.status_code in {400, 422}
    assert answer.json()["field"] == field


async def test_any_content_becomes_a_code(api_client: ApiClient) -> None:
    """WiFi, cards and calendars need no link."""
    client = await api_client("qr:render")
    wifi = {"type": "wifi", "ssid": "Guests", "password": "open sesame"}
    answer = await client.post("/v1/qr/generate", json={"content": wifi, "size_px": 400})
    assert answer.status_code == 200, answer.text
    assert read_code(answer.content).startswith("WIFI:")
    text = await client.post("/v1/qr/generate", json={"text": "Grüße 例え", "size_px": 400})
    assert read_code(text.content) == "Grüße 例え"
    assert (await client.post("/v1/qr/generate", json={})).status_code == 422
    assert (await client.post("/v1/qr/generate", json={"text": "x" * 3000})).status_code == 422


async def test_check_reports_and_repair_mends(api_client: ApiClient) -> None:
    """The automatic mode changes as little as it takes."""
    client = await api_client("qr:read", "qr:render")
    bad = {"text": TARGET, "design": {"margin": 0}, "size_px": 300}
    report = (await client.post("/v1/qr/check", json=bad)).json()
    assert report["ok"] is False
    assert report["findings"][0]["field"] == "margin"
    assert (await client.post("/v1/qr/generate", json=bad)).status_code == 422
    mended = await client.post("/v1/qr/generate", json={**bad, "repair": True})
    assert read_code(mended.content) == TARGET


async def test_signed_address_needs_no_key_and_expires(api_client: ApiClient, clock: Clock) -> None:
    """A picture in a mail must not carry a key."""
    client = await api_client("links:write", "qr:render")
    link = await make_link(client)
    made = await client.post(
        f"/v1/links/{link['id']}/qr/signed-url", json={"expires_in_s": 60, "size_px": 300}
    )
    assert made.status_code == 201, made.text
    path = made.json()["url"].removeprefix("http://localhost:8000")
    nobody = await api_client(text="")
    assert read_code((await nobody.get(path)).content) == f"{link['short_url']}?qr=1"
    assert (await nobody.get(path.replace("size_px=300", "size_px=301"))).status_code == 404
    assert (await nobody.get(f"/v1/qr/images/{link['id']}")).status_code == 404
    clock.advance(seconds=61)
    assert (await nobody.get(path)).status_code == 404


async def test_code_keeps_counters_and_downloads_are_public(api_client: ApiClient) -> None:
    """Downloads are counted from pages that hold no key."""
    client = await api_client("links:write", "qr:read")
    link = await make_link(client)
    code = (await client.get(f"/v1/links/{link['id']}/qr-code")).json()
    nobody = await api_client(text="")
    for code_id in (code["id"], "nonsense"):
        answer = await nobody.post(f"/v1/qr/codes/{code_id}/downloads")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
    again = (await client.get(f"/v1/links/{link['id']}/qr-code")).json()
    assert (again["id"], again["downloads"], again["scans"]) == (code["id"], 1, 0)
    assert again["text"] == f"{link['short_url']}?qr=1"


async def test_designs_of_others_do_not_exist(api_client: ApiClient, stranger: Actor) -> None:
    """404, not 403: nothing tells that they are there."""
    client = await api_client()
    design = (await client.post("/v1/qr/designs", json={})).json()
    other = await api_client("*", actor=stranger)
    path = f"/v1/qr/designs/{design['id']}"
    assert (await other.get(path)).status_code == 404
    assert (await other.patch(path, json={"name": "mine"})).status_code == 404
    assert (await other.delete(path)).status_code == 404


async def test_designs_are_paged_newest_first_and_templates_stand_apart(api_client: ApiClient) -> None:
    """A gallery of thousands is read page by page."""
    client = await api_client("qr:write", "qr:read")
    names = [f"d{number}" for number in range(5)]
    for name in names:
        await client.post("/v1/qr/designs", json={"name": name})
    await client.post("/v1/qr/designs", json={"name": "t", "template": True})
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await client.get("/v1/qr/designs", params={"limit": 2, "cursor": cursor})).json()
        seen += [design["name"] for design in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert sorted(seen) == names
    templates = (await client.get("/v1/qr/designs", params={"template": True})).json()["data"]
    assert [design["name"] for design in templates] == ["t"]


async def test_public_design_of_others_may_be_used_and_never_changed(
    control: Control, api_client: ApiClient, actor: Actor, stranger: Actor
) -> None:
    """Sharing a design must not give it away."""
    async with control.database.write() as tx:
        command = CreateQrDesign(name="shared", is_public=True)
        design = await qr_designs.create_design(tx, actor, command, None)
    other = await api_client("*", actor=stranger)
    path = f"/v1/qr/designs/{design.id}"
    assert (await other.get(path)).status_code == 200
    assert (await other.patch(path, json={"name": "mine"})).status_code == 404
    assert (await other.delete(path)).status_code == 404


async def test_deleting_a_design_lets_its_links_go(api_client: ApiClient) -> None:
    """A link must not name what is gone."""
    client = await api_client()
    design = (await client.post("/v1/qr/designs", json={})).json()
    link = await make_link(client, qr_design_id=design["id"])
    await client.delete(f"/v1/qr/designs/{design['id']}")
    assert (await client.get(f"/v1/links/{link['id']}")).json()["qr_design_id"] is None


async def test_saturated_drawing_asks_to_come_back_while_other_calls_go_on(
    api_client: ApiClient, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever floods the drawing slows nobody else, and learns when to try again."""
    client = await api_client()
    gate = threading.Event()
    drawn = qr_studio.draw

    def held(order: PictureOrder) -> Picture:
        gate.wait(timeout=30)
        return drawn(order)

    monkeypatch.setattr(qr_studio, "draw", held)
    orders = [PictureOrder(text=f"{n}", design={}, format="png", size_px=128) for n in range(64)]
    drawing = [asyncio.ensure_future(control.studio.draw(order)) for order in orders]
    try:
        await asyncio.sleep(0)
        busy = await client.post("/v1/qr/generate", json={"text": "one more"})
        assert (busy.status_code, busy.json()["code"]) == (503, "unavailable")
        assert int(busy.headers["retry-after"]) > 0
        link = await make_link(client)
        assert (await client.get(f"/v1/links/{link['id']}")).status_code == 200
    finally:
        gate.set()
        pictures = await asyncio.gather(*drawing)
    assert len(pictures) == 64


async def test_saved_design_tells_what_the_guard_says_and_what_was_mended(api_client: ApiClient) -> None:
    """Whoever asks for the automatic mode sees what it did."""
    client = await api_client("qr:write", "qr:read")
    body = {"design": {"margin": 0}}
    assert (await client.post("/v1/qr/designs", json=body)).status_code == 422
    made = (await client.post("/v1/qr/designs", json={**body, "repair": True})).json()
    assert made["design"]["margin"] == 4
    assert made["report"]["ok"] is True
    assert [(change["field"], change["before"], change["after"]) for change in made["report"]["changes"]] == [
        ("margin", 0, 4)
    ]
    path = f"/v1/qr/designs/{made['id']}"
    patched = (await client.patch(path, json={**body, "repair": True})).json()
    assert patched["design"]["margin"] == 4


async def test_generating_lists_what_was_mended(api_client: ApiClient) -> None:
    """A picture cannot say what was changed, so a header does."""
    client = await api_client("qr:render")
    bad = {"text": TARGET, "design": {"margin": 0}, "size_px": 300, "logo": logo(), "repair": True}
    answer = await client.post("/v1/qr/generate", json=bad)
    assert read_code(answer.content) == TARGET
    assert "margin" in answer.headers["qr-changes"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/logo.png", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_logo_address_cannot_reach_inside(api_client: ApiClient, url: str) -> None:
    """An address from outside must not make us ask our own network."""
    client = await api_client("qr:write", "qr:render")
    for path, body in (("/v1/qr/designs", {}), ("/v1/qr/generate", {"text": TARGET})):
        answer = await client.post(path, json={**body, "logo_url": url})
        assert (answer.status_code, answer.json()["field"]) == (422, "logo_url")


async def test_template_is_copied_and_renders_any_content(api_client: ApiClient) -> None:
    """A template is a start, and the copy is one's own."""
    client = await api_client()
    made = {"name": "brand", "template": True, "design": {"dots": {"color": "#003366"}}, "logo": logo()}
    template = (await client.post("/v1/qr/designs", json=made)).json()
    copy = (await client.post(f"/v1/qr/designs/{template['id']}/duplicate")).json()
    assert copy["id"] != template["id"]
    assert (copy["design"], copy["has_logo"], copy["version"]) == (template["design"], True, 1)
    answer = await client.post("/v1/qr/generate", json={"text": TARGET, "design_id": template["id"]})
    assert read_code(answer.content) == TARGET


async def test_picture_is_as_wide_and_as_high_as_asked(api_client: ApiClient) -> None:
    """A banner has two sides; the code sits square in its middle, and a design keeps both."""
    client = await api_client()
    made = await client.post("/v1/qr/designs", json={"size_px": 600, "height_px": 300})
    design = made.json()
    assert (design["size_px"], design["height_px"]) == (600, 300)
    link = await make_link(client, qr_design_id=design["id"])
    for path, query, size in (
        (f"/v1/links/{link['id']}/qr", {}, (600, 300)),
        (f"/v1/links/{link['id']}/qr", {"size_px": 400}, (400, 400)),
        (f"/v1/links/{link['id']}/qr", {"size_px": 300, "height_px": 800}, (300, 800)),
    ):
        answer = await client.get(path, params=query)
        with Image.open(io.BytesIO(answer.content)) as opened:
            assert opened.size == size
        assert read_code(answer.content) == f"{link['short_url']}?qr=1"
    answer = await client.post("/v1/qr/generate", json={"text": TARGET, "size_px": 300, "height_px": 30})
    assert (answer.status_code, answer.json()["field"]) == (422, "height_px")


async def test_design_renders_any_content(api_client: ApiClient) -> None:
    """A template is drawn by its own address; what is no content of its own is refused by name."""
    client = await api_client()
    design = (await client.post("/v1/qr/designs", json={"template": True, "format": "webp"})).json()
    path = f"/v1/qr/designs/{design['id']}/render"
    answer = await client.post(path, json={"content": {"type": "phone", "phone": "+4930123456"}})
    assert answer.headers["content-type"] == "image/webp"
    assert read_code(answer.content) == "tel:+4930123456"
    refused = await client.post(path, json={})
    assert (refused.status_code, refused.json()["field"]) == (422, "text")
    unknown = await client.post("/v1/qr/designs/none/render", json={"text": TARGET})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "qr_design_not_found")


async def test_every_write_of_a_design_is_in_the_audit_log(api_client: ApiClient) -> None:
    """Whoever asks why all posters look different today finds who changed the design."""
    client = await api_client()
    design = (await client.post("/v1/qr/designs", json={"name": "brand"})).json()
    await client.patch(f"/v1/qr/designs/{design['id']}", json={"design": {"dots": {"color": "#003366"}}})
    copy = (await client.post(f"/v1/qr/designs/{design['id']}/duplicate")).json()
    await client.delete(f"/v1/qr/designs/{copy['id']}")
    log = (await client.get("/v1/changes", params={"kind": "qr_design"})).json()["data"]
    told = [(entry["action"], entry["subject_id"]) for entry in log]
    assert told == [
        ("qr_design.delete", copy["id"]),
        ("qr_design.create", copy["id"]),
        ("qr_design.update", design["id"]),
        ("qr_design.create", design["id"]),
    ]
    assert "design" in log[2]["diff"]


async def test_logo_behind_an_address_is_fetched_once_and_drawn(
    api_client: ApiClient, control: Control
) -> None:
    """A real server's picture stands in the middle of the code; a missing one is named, nothing is kept."""
    control.database.installation = msgspec.structs.replace(
        control.database.installation, allow_private_targets=True
    )
    client = await api_client()
    async with Receiver() as host:
        host.behave = answering(200, {"content-type": "image/png"}, base64.b64decode(logo("#0044cc")))
        host.paths["/gone.png"] = answering(404)
        made = await client.post("/v1/qr/designs", json={"logo_url": f"{host.url}/logo.png", "name": "brand"})
        assert made.status_code == 201, made.text
        missing = await client.post("/v1/qr/designs", json={"logo_url": f"{host.url}/gone.png"})
        assert (missing.status_code, missing.json()["field"]) == (422, "logo_url")
        drawn = await client.post("/v1/qr/generate", json={"text": TARGET, "design_id": made.json()["id"]})
        assert [received.path for received in host.received] == ["/logo.png", "/gone.png"]
    assert read_code(drawn.content) == TARGET
    with Image.open(io.BytesIO(drawn.content)) as opened:
        red, _, blue = np.asarray(opened.convert("RGB"))[opened.height // 2, opened.width // 2].tolist()
    assert blue > red + 100
    assert len((await client.get("/v1/qr/designs")).json()["data"]) == 1
