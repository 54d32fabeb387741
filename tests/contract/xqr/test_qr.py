"""xQR's pictures: they decode, they look as asked, and what cannot be drawn is said in JSON."""

import io

import httpx
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from tests.contract.world import PUBLIC_URL


def _read(png: bytes) -> str:
    found = zxingcpp.read_barcodes(np.asarray(Image.open(io.BytesIO(png)).convert("L")))
    assert len(found) == 1
    return str(found[0].text)


async def _link(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.post("/api/v1/links", json={"url": "https://example.com/", "custom_slug": "Menu-1"})
    link: dict[str, str] = answer.json()["data"]
    return link


async def test_the_code_of_a_link_leads_to_it_and_counts_as_a_scan(client: httpx.AsyncClient) -> None:
    """C162, C167: the short URL is encoded, with the marker that tells scans from clicks."""
    link = await _link(client)
    answer = await client.get(f"/api/v1/links/{link['id']}/qr", params={"format": "png"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="Menu-1.png"'
    assert answer.headers["x-ratelimit-burst-limit"] == "600"
    assert _read(answer.content) == f"{PUBLIC_URL}/Menu-1?qr=1"


async def test_svg_is_the_default_and_is_safe_to_open(client: httpx.AsyncClient) -> None:
    """The seed's default; a browser must take it as a picture."""
    link = await _link(client)
    answer = await client.get(f"/api/v1/links/{link['id']}/qr", params={"foreground": "1a2b3c"})
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.startswith(("<svg", "<?xml"))
    assert "#1a2b3c" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("size", [3, 10, 50])
async def test_size_is_pixels_per_module(client: httpx.AsyncClient, size: int) -> None:
    """C162: the edge is (modules + quiet zone) × size; `HELLO` takes 21 modules and 4 of quiet zone a side."""
    answer = await client.post(
        "/api/v1/qr/generate", json={"content": "HELLO", "format": "png", "size": size}
    )
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (29 * size, 29 * size)
    assert _read(answer.content) == "HELLO"


@pytest.mark.parametrize("size", [1, 2])
async def test_a_size_no_camera_reads_is_raised_to_one_that_it_does(
    client: httpx.AsyncClient, size: int
) -> None:
    """The seed allows size 1, and nothing unscannable leaves this house."""
    answer = await client.post(
        "/api/v1/qr/generate", json={"content": "HELLO", "format": "png", "size": size}
    )
    assert Image.open(io.BytesIO(answer.content)).size == (87, 87)
    assert _read(answer.content) == "HELLO"


async def test_any_text_becomes_a_code_in_the_colours_asked_for(client: httpx.AsyncClient) -> None:
    """C163."""
    body = {"content": "Grüße aus Köln", "format": "png", "foreground": "#003366", "background": "ffeecc"}
    answer = await client.post("/api/v1/qr/generate", json=body)
    pixels = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).reshape(-1, 3)
    assert {tuple(int(part) for part in pixel) for pixel in np.unique(pixels, axis=0)} == {
        (0x00, 0x33, 0x66),
        (0xFF, 0xEE, 0xCC),
    }
    assert _read(answer.content) == "Grüße aus Köln"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": "x" * 2954}, "content"),
        ({"content": "x" * 2500, "error_correction": "H"}, "content"),
        ({"content": "x", "size": 0}, "size"),
        ({"content": "x", "size": 51}, "size"),
        ({"content": "x", "format": "gif"}, "format"),
        ({"content": "x", "error_correction": "Z"}, "error_correction"),
        ({"content": "x", "foreground": "red-ish"}, "foreground"),
        ({"content": "x", "foreground": "#fff", "background": "#ffe"}, "foreground"),
    ],
)
async def test_what_cannot_be_drawn_is_said_with_the_member_to_change(
    client: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    """A client that shows a broken picture instead of a message has learned nothing."""
    answer = await client.post("/api/v1/qr/generate", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["details"]] == [field]


async def test_a_wrong_query_is_named_where_the_body_may_be_missing(client: httpx.AsyncClient) -> None:
    """The vendor's other document sends no body here, and a wrong size is not a missing body."""
    made = (await client.post("/api/v1/qr/templates", json={"name": "House"})).json()["data"]
    path = f"/api/v1/qr/templates/{made['id']}/render"
    drawn = await client.post(path, params={"data": "hello", "size": "4"})
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    wrong = await client.post(path, params={"data": "hello", "size": "big"})
    assert [each["field"] for each in wrong.json()["error"]["details"]] == ["size"]


async def test_a_picture_of_no_link_is_an_error_in_json(client: httpx.AsyncClient) -> None:
    """The envelope of errors holds for images too."""
    answer = await client.get("/api/v1/links/nope/qr")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")
