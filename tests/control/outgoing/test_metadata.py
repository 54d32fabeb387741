"""What a destination says of itself, fetched on request and through the guarded client only."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.outgoing.conftest import Canary, serving
from tests.control.test_links import make

from waypost.control.core.page_metadata import PageMetadata, read_metadata
from waypost.control.model.installation import Installation
from waypost.control.surface.control import Control

PLACE = Installation(public_url="https://go.example")
URL = "https://shop.example/a/b"
PAGE = """<!doctype html><html><head><meta charset="utf-8">
<title>Plain &amp;
 title</title><meta property="og:title" content="Grün"><meta name="description" content=" What   it is ">
<meta property="og:image" content="../pic.png"><title>later</title></head><body>…"""


def read(body: str | bytes, kind: str = "text/html; charset=utf-8") -> PageMetadata:
    """Read a page as the fetch does."""
    raw = body.encode() if isinstance(body, str) else body
    return read_metadata(raw, {"content-type": kind}, URL, PLACE)


@pytest.mark.parametrize(
    ("body", "kind", "found"),
    [
        (PAGE, "text/html", PageMetadata(title="Grün", description="What it is", image="https://shop.example/pic.png")),
        ("<title>Only &lt;b&gt;</title>", "text/html", PageMetadata(title="Only <b>")),
        ("<title>Größe</title>".encode("latin-1"), "text/html; charset=ISO-8859-1", PageMetadata(title="Größe")),
        ('<meta charset="windows-1252"><title>ü</title>'.encode("cp1252"), "text/html", PageMetadata(title="ü")),
        ("<title>x</title>", "text/html; charset=no-such", PageMetadata(title="x")),
        ('<meta property="og:image" content="javascript:alert(1)">', "text/html", PageMetadata()),
        ('<meta property="og:image" content="http://127.0.0.1/x.png">', "text/html", PageMetadata()),
        ('<meta property="og:title"><meta name="twitter:title" content="t">', "text/html", PageMetadata(title="t")),
        (b"\x89PNG", "image/png", PageMetadata(image=URL)),
        ("{}", "application/json", PageMetadata()),
        ("<title>" + "x" * 1000, "text/html", PageMetadata(title="x" * 300)),
    ],
)  # fmt: skip
def test_page_is_read_as_people_see_it(body: str | bytes, kind: str, found: PageMetadata) -> None:
    """Titles in any charset, pictures with relative addresses, and nothing that a preview must not hold."""
    assert read(body, kind) == found


@given(
    st.binary(max_size=400),
    st.sampled_from(["text/html", "text/html; charset=utf-16", "text/html; charset=utf-7"]),
)
def test_no_page_breaks_the_reader(body: bytes, kind: str) -> None:
    """The page is a stranger's; what it says must always be storable text."""
    found = read(b"<title>" + body + b'</title><meta name="description" content="' + body, kind)
    for text in (found.title, found.description):
        assert "\x00" not in text
        text.encode()


async def test_metadata_are_shown_for_a_url_and_kept_with_a_link(
    client: httpx.AsyncClient, control: Control
) -> None:
    """Filling three fields by hand from a page one has open is what people complain about."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if asked.startswith(b"GET /moved"):
            writer.write(b"HTTP/1.1 301 X\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n")
            return
        body = PAGE.encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )

    control.database.installation = Installation(public_url="https://go.example", allow_private_targets=True)
    async with serving(serve) as port:
        site = f"http://127.0.0.1:{port}"
        shown = await client.post("/v1/metadata", json={"url": f"{site}/a/b"})
        assert shown.json() == {
            "url": f"{site}/a/b",
            "title": "Grün",
            "description": "What it is",
            "image": f"{site}/pic.png",
        }
        moved = await client.post("/v1/metadata", json={"url": f"{site}/moved"})
        assert (moved.status_code, moved.json()["field"]) == (422, "url")
        assert "http://10.0.0.1/" in moved.json()["detail"]
        link = await make(client, target_url=f"{site}/a/b", title="Mine")
        filled = await client.post(f"/v1/links/{link['id']}/metadata", json={})
        assert (filled.json()["title"], filled.json()["description"]) == ("Mine", "What it is")
        assert filled.json()["preview"]["image"] == f"{site}/pic.png"
        assert filled.json()["preview"]["enabled"] is False
        again = await client.post(f"/v1/links/{link['id']}/metadata", json={})
        assert again.json()["version"] == filled.json()["version"]
        replaced = await client.post(f"/v1/links/{link['id']}/metadata", json={"overwrite": True})
        assert replaced.json()["title"] == "Grün"


async def test_metadata_never_reach_the_inside(client: httpx.AsyncClient, canary: Canary) -> None:
    """The classic server-side request forgery: a preview that reads our own services aloud."""
    for url in (
        f"http://127.0.0.1:{canary.port}/",
        f"http://localhost:{canary.port}/",
        "http://169.254.169.254/",
    ):
        refused = await client.post("/v1/metadata", json={"url": url})
        assert (refused.status_code, refused.json()["field"]) == (422, "url")
    assert canary.attempts == []
