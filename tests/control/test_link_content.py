"""Links that show a page: what the API accepts, and what the edges are told."""

from typing import Any

import httpx
import pytest
from tests.control.test_links import make, record_of
from tests.pages.samples import CONTENTS

from waypost.control.core.link_content import content_record
from waypost.control.store.database import Database
from waypost.wire.content import check, decode
from waypost.wire.content.limits import QR_SVG_BYTES_MAX

TARGET = "https://example.com/"


@pytest.mark.parametrize("name", CONTENTS)
async def test_every_kind_reaches_the_edges_as_it_was_written(
    client: httpx.AsyncClient, database: Database, name: str
) -> None:
    """The edge decodes by kind; a document in any other form would be an unreadable page."""
    kind, document = CONTENTS[name]
    link = await make(client, slug="page", template_type=kind, content=document)
    assert link["template_type"] == kind
    if kind != "bio":
        assert link["content"] == document
    content = (await record_of(database, "page")).options.content
    assert content.kind == kind
    assert decode(kind, content.data) == check(kind, link["content"])
    assert bool(content.qr_svg) is (kind == "wifi")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"template_type": "poster", "content": {}}, "template_type"),
        ({"content": {"body": "Hello"}}, "template_type"),
        ({"template_type": "wifi", "content": {}}, "content.ssid"),
        ({"template_type": "wifi", "content": {"ssid": "Cafe", "password": "short"}}, "content.password"),
        (
            {
                "template_type": "bio",
                "content": {"title": "A", "links": [{"title": "B", "url": "ftp://x.example/"}]},
            },
            "content.links[0].url",
        ),
        (
            {
                "template_type": "bio",
                "content": {"title": "A", "links": [{"title": "B", "url": "http://127.0.0.1/"}]},
            },
            "content.links[0].url",
        ),
    ],
)
async def test_fault_in_a_page_is_named_by_its_path(
    client: httpx.AsyncClient, members: dict[str, Any], field: str
) -> None:
    """A form of sixty fields cannot be mended by a message that says only `invalid`."""
    answer = await client.post("/v1/links", json={"target_url": TARGET, **members})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


async def test_changed_half_of_a_page_is_judged_with_the_other(client: httpx.AsyncClient) -> None:
    """A new kind over old content would be a page that nobody can read."""
    link = await make(client, template_type="text", content={"body": "Hello"})
    path = f"/v1/links/{link['id']}"
    assert (await client.patch(path, json={"template_type": "wifi"})).status_code == 422
    assert (await client.patch(path, json={"content": {"ssid": "Cafe"}})).status_code == 422
    changed = await client.patch(path, json={"content": {"body": "Good evening"}})
    assert changed.json()["content"] == {"body": "Good evening"}
    cleared = await client.patch(path, json={"content": None, "template_type": None})
    assert (cleared.json()["content"], cleared.json()["template_type"]) == (None, None)


def test_longest_join_code_fits_its_bound() -> None:
    """A record is held in memory by every edge; a code left out would be a page without its point."""
    record = content_record("wifi", {"ssid": ";" * 32, "password": ";" * 63, "hidden": True})
    assert record is not None
    assert 0 < len(record.qr_svg) <= QR_SVG_BYTES_MAX


def test_page_stored_before_it_was_judged_holds_nothing_up() -> None:
    """Snapshots are made of all records; one bad row must not stop them."""
    record = content_record("wifi", {"nonsense": True})
    assert record is not None
    assert bytes(record.data) == b"\xc0"
