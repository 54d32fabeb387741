"""TrimLink's QR codes, as its page documents them."""

import base64
import io
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy.exc import OperationalError
from tests.contract.world import World

from waypost.control.core import workspaces
from waypost.control.dialects.trimlink.dialect import TRIMLINK
from waypost.control.dialects.trimlink.rates import policies
from waypost.control.model.plans import Plan

UNKNOWN = "0192f1c2-77aa-7e01-8d10-1c2b3a4d5e6f"


async def shorten(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """A new link."""
    answer = await client.post("/api/v1/shorten", json={"url": "https://example.com/a", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def decode(data: str) -> tuple[tuple[int, int], str]:
    """Size and text of a base64 PNG."""
    with Image.open(io.BytesIO(base64.b64decode(data))) as opened:
        found = zxingcpp.read_barcodes(np.asarray(opened.convert("L")))
        return opened.size, str(found[0].text)


async def test_generated_code_is_documented_member_for_member(client: httpx.AsyncClient) -> None:
    """C132: base64 of a picture that is exactly as large as asked for and says the short URL."""
    link = await shorten(client)
    answer = await client.post(
        f"/api/v1/links/{link['id']}/qr", json={"format": "png", "size": 1024, "errorCorrection": "M"}
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body["success"] is True
    assert sorted(body["data"]) == ["data", "downloadCount", "format", "id", "scanCount", "size"]
    assert (body["data"]["format"], body["data"]["size"]) == ("png", 1024)
    assert (body["data"]["downloadCount"], body["data"]["scanCount"]) == (0, 0)
    size, text = decode(body["data"]["data"])
    assert size == (1024, 1024)
    assert text == f"{link['shortUrl']}?qr=1"


@pytest.mark.parametrize("content", [b"", b"{}"])
async def test_every_option_has_its_documented_default(client: httpx.AsyncClient, content: bytes) -> None:
    """C133, C134: png, 1024 px, level M."""
    link = await shorten(client)
    answer = await client.post(f"/api/v1/links/{link['id']}/qr", content=content)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["data"]["format"], answer.json()["data"]["size"]) == ("png", 1024)


async def test_svg_comes_as_base64_of_its_text(client: httpx.AsyncClient) -> None:
    """C132: for print."""
    link = await shorten(client)
    answer = await client.post(f"/api/v1/links/{link['id']}/qr", json={"format": "SVG", "size": 512})
    svg = base64.b64decode(answer.json()["data"]["data"])
    root = ElementTree.fromstring(svg.decode())
    assert (root.tag.rpartition("}")[2], root.get("width"), root.get("height")) == ("svg", "512", "512")
    file = await client.get(f"/api/v1/qr/{answer.json()['data']['id']}/download")
    assert (file.headers["content-type"], file.content) == ("image/svg+xml", svg)
    assert file.headers["content-disposition"].endswith('.svg"')
    read = (await client.get(f"/api/v1/links/{link['id']}/qr")).json()["data"]
    assert (read["format"], read["downloadCount"]) == ("svg", 0), "a file is no told download"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"format": "gif"}, "format"),
        ({"size": 255}, "size"),
        ({"size": 2049}, "size"),
        ({"size": 512.5}, "size"),
        ({"size": "1024"}, "size"),
        ({"size": True}, "size"),
        ({"errorCorrection": "X"}, "errorCorrection"),
    ],
)
async def test_bad_option_is_400_and_named(
    client: httpx.AsyncClient, options: dict[str, Any], field: str
) -> None:
    """C30: the vendor's 400."""
    link = await shorten(client)
    answer = await client.post(f"/api/v1/links/{link['id']}/qr", json=options)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["success"], body["error"]["code"]) == (False, "VALIDATION_ERROR")
    assert body["error"]["details"]["field"] == field


async def test_code_is_made_anew_in_place_and_read_with_its_counters(client: httpx.AsyncClient) -> None:
    """C135, C136: one code per link; its id and counters stay; downloads are public and always 200."""
    link = await shorten(client)
    path = f"/api/v1/links/{link['id']}/qr"
    assert (await client.get(path)).status_code == 404
    first = (await client.post(path, json={})).json()["data"]
    for code_id in (first["id"], UNKNOWN, "nonsense", "x" * 500, "%00"):
        counted = await client.post(f"/api/v1/qr/{code_id}/download", headers={"Authorization": ""})
        assert (counted.status_code, counted.json()) == (200, {"success": True})
    again = (await client.post(path, json={"size": 256, "errorCorrection": "H"})).json()["data"]
    read = (await client.get(path)).json()["data"]
    assert again["id"] == read["id"] == first["id"]
    assert (read["size"], read["downloadCount"]) == (256, 1)
    file = await client.get(f"/api/v1/qr/{first['id']}/download")
    assert file.headers["content-disposition"] == f'attachment; filename="qr-{link["shortCode"]}.png"'
    assert file.content == base64.b64decode(read["data"])


async def test_downloads_past_sixty_a_minute_are_answered_and_not_counted(
    client: httpx.AsyncClient, world: World
) -> None:
    """Nobody fills a counter, and nobody is stopped: not by the limit, not by a key that is wrong or used up."""
    link = await shorten(client)
    made = (await client.post(f"/api/v1/links/{link['id']}/qr")).json()["data"]
    async with world.client(TRIMLINK, "tk_live_wrong") as anybody:
        for _ in range(62):
            counted = await anybody.post(f"/api/v1/qr/{made['id']}/download")
            assert (counted.status_code, counted.json()) == (200, {"success": True})
        assert counted.headers["x-ratelimit-remaining"] == "0"
    read = (await client.get(f"/api/v1/links/{link['id']}/qr")).json()["data"]
    assert read["downloadCount"] == 60


async def test_a_download_goes_on_when_the_database_does_not(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed count never blocks the download, with a key and without."""

    def fail() -> None:
        raise OperationalError("begin", {}, OSError("disk I/O error"))

    for engine in (world.control.database.writer, world.control.database.reader):
        monkeypatch.setattr(engine.sync_engine, "connect", fail)
        monkeypatch.setattr(engine.sync_engine, "raw_connection", fail)
    assert (await client.get("/api/v1/links")).status_code == 500
    counted = await client.post(f"/api/v1/qr/{UNKNOWN}/download")
    assert (counted.status_code, counted.json()) == (200, {"success": True})


async def test_the_code_of_a_deleted_link_is_gone_and_its_downloads_are_not(
    client: httpx.AsyncClient,
) -> None:
    """The picture stands on somebody's page for long."""
    link = await shorten(client)
    made = (await client.post(f"/api/v1/links/{link['id']}/qr")).json()["data"]
    await client.delete(f"/api/v1/links/{link['id']}")
    for method, path in (
        ("GET", f"links/{link['id']}/qr"),
        ("POST", f"links/{link['id']}/qr"),
        ("GET", f"qr/{made['id']}/download"),
    ):
        gone = await client.request(method, f"/api/v1/{path}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NOT_FOUND"), path
    assert (await client.post(f"/api/v1/qr/{made['id']}/download")).json() == {"success": True}


async def test_code_survives_an_edit_of_the_destination(client: httpx.AsyncClient) -> None:
    """C138: what is printed stays right."""
    link = await shorten(client)
    path = f"/api/v1/links/{link['id']}/qr"
    before = (await client.post(path)).json()["data"]["data"]
    changed = await client.patch(f"/api/v1/links/{link['id']}", json={"url": "https://example.com/b"})
    assert changed.json()["data"]["destinationUrl"] == "https://example.com/b"
    assert (await client.get(path)).json()["data"]["data"] == before


async def test_scopes_are_exact_and_strangers_see_nothing(world: World) -> None:
    """C8, C30, C38: writing does not imply reading; a foreign link is an unknown one."""
    await world.add_key("tk_live_" + "a" * 32, "links:write")
    await world.add_key("tk_test_" + "b" * 32, "links:read")
    async with world.client(TRIMLINK, "tk_live_" + "a" * 32) as writer:
        link = await shorten(writer)
        path = f"/api/v1/links/{link['id']}/qr"
        assert (await writer.post(path)).status_code == 201
        refused = await writer.get(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
    async with world.client(TRIMLINK, "tk_test_" + "b" * 32) as reader:
        assert (await reader.get(path)).status_code == 200
        assert (await reader.post(path)).status_code == 403
        assert (await reader.get(f"/api/v1/links/{UNKNOWN}/qr")).json()["error"]["code"] == "NOT_FOUND"
    async with world.client(TRIMLINK, "") as nobody:
        missing = await nobody.get(path)
    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "UNAUTHORIZED")


async def test_what_belongs_to_another_account_does_not_exist(
    client: httpx.AsyncClient, world: World
) -> None:
    """C30, C38: its link, its code and its picture."""
    async with world.control.database.write() as tx:
        _, minted = await workspaces.create_workspace(
            tx, world.actor, world.control.peppers, slug="strangers", name="Strangers"
        )
    link = await shorten(client)
    path = f"/api/v1/links/{link['id']}"
    made = (await client.post(f"{path}/qr")).json()["data"]
    async with world.client(TRIMLINK, minted.text) as stranger:
        for answer in (
            await stranger.get(path),
            await stranger.get(f"{path}/qr"),
            await stranger.post(f"{path}/qr"),
            await stranger.delete(path),
            await stranger.get(f"/api/v1/qr/{made['id']}/download"),
            await stranger.get(f"/api/v1/stats/{link['shortCode']}"),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert (await stranger.get("/api/v1/links")).json()["data"] == []


async def test_a_refusal_tells_limit_reset_and_wait(world: World) -> None:
    """C44: the vendor's `details`, in the seconds of its headers. It allows a thousand requests a minute."""
    assert policies(Plan(name="p"))[0].limit == 1000
    world.use_plan(Plan(name="unlimited", api_calls_minute=1))
    key = "tk_live_" + "d" * 32
    await world.add_key(key)
    async with world.client(TRIMLINK, key) as client:
        assert "retry-after" not in (await client.get("/api/v1/links")).headers
        refused = await client.get("/api/v1/links")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert error["details"] == {
        "limit": 1,
        "reset": int(refused.headers["x-ratelimit-reset"]),
        "retryAfter": int(refused.headers["retry-after"]),
    }


async def test_every_answer_tells_the_limit_and_every_error_has_the_envelope(
    client: httpx.AsyncClient,
) -> None:
    """C29, C44: framework-made errors too."""
    link = await shorten(client)
    for answer in (
        await client.get("/nowhere"),
        await client.put("/api/v1/links"),
        await client.post(f"/api/v1/links/{link['id']}/qr", content=b"{"),
        await client.post("/api/v1/shorten", content=b"[", headers={"Content-Type": "application/json"}),
    ):
        assert answer.status_code >= 400
        assert answer.json()["success"] is False
        assert set(answer.json()["error"]) <= {"code", "message", "details"}
        assert int(answer.headers["x-ratelimit-reset"]) > 1_700_000_000
        assert int(answer.headers["x-ratelimit-reset"]) < 10_000_000_000
    assert (await client.delete(f"/api/v1/links/{link['id']}")).headers["x-ratelimit-limit"]
