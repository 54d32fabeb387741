"""Assets: what is uploaded, what is kept of it, who may see it, and what is gone when it is deleted."""

import io
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image
from tests.control.clock import Clock
from tests.control.conftest import ApiClient
from tests.control.test_links import make

from waypost.control import limits
from waypost.control.core.asset_files import sweep
from waypost.control.model.access import Actor
from waypost.control.model.assets import Asset
from waypost.control.model.plans import Plan
from waypost.control.store import events
from waypost.control.store.database import Database
from waypost.control.surface.control import Control

SECRET = b"taken at 52.5200 N 13.4050 E"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def photograph(kind: str = "JPEG", size: tuple[int, int] = (320, 200)) -> bytes:
    """A picture with a place in its metadata, lying on its side, with more behind its end."""
    picture = Image.new("RGB", size, (10, 90, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = SECRET.decode()
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue() + b"<script>" + SECRET


async def announce(client: httpx.AsyncClient, filename: str, content_type: str, **more: Any) -> Any:
    """Announce a file; the answer."""
    body = {"filename": filename, "content_type": content_type, **more}
    answer = await client.post("/v1/assets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def put(client: httpx.AsyncClient, started: Any, body: bytes, **headers: str) -> httpx.Response:
    """Upload as a browser would: with the headers that were named, and no key."""
    upload = started["upload"]
    url = httpx.URL(upload["url"])
    assert upload["method"] == "PUT"
    sent = {**upload["headers"], **headers, "authorization": ""}
    return await client.put(url.raw_path.decode(), content=body, headers=sent)


async def uploaded(client: httpx.AsyncClient, filename: str, content_type: str, body: bytes) -> Any:
    """A confirmed asset."""
    started = await announce(client, filename, content_type)
    assert (await put(client, started, body)).status_code == 200
    answer = await client.post(f"/v1/assets/{started['asset']['id']}/confirm")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the files are."""
    return tmp_path / "assets"


def files(directory: Path) -> list[str]:
    """Every file that is kept."""
    return sorted(str(file.relative_to(directory)) for file in directory.rglob("*") if file.is_file())


async def test_a_picture_is_kept_without_what_was_hidden_in_it(
    client: httpx.AsyncClient, directory: Path
) -> None:
    """A photograph tells where somebody lives; an upload may be two files in one. Only pixels are kept."""
    asset = await uploaded(client, "Büro in Köln.jpeg", "image/jpeg", photograph())
    assert (asset["status"], asset["published"], asset["public_url"]) == ("confirmed", False, None)
    assert (asset["width"], asset["height"]) == (200, 320)  # upright
    hexadecimal = asset["id"].replace("-", "")
    assert files(directory) == [f"kept/{hexadecimal}"]
    kept = (directory / "kept" / hexadecimal).read_bytes()
    assert asset["size_bytes"] == len(kept)
    assert SECRET not in kept
    assert b"<script>" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (200, 320), {})


async def test_publishing_puts_a_copy_where_the_edge_looks(
    client: httpx.AsyncClient, directory: Path
) -> None:
    """The address holds the name in plain letters; before that nothing is to be seen."""
    asset = await uploaded(client, "Menü & Preise.pdf", "application/pdf", PDF)
    published = (await client.post(f"/v1/assets/{asset['id']}/publish")).json()
    hexadecimal = asset["id"].replace("-", "")
    assert published["public_url"] == f"https://go.example/-/assets/{hexadecimal}/Menu-Preise.pdf"
    assert (directory / "public" / hexadecimal / "Menu-Preise.pdf").read_bytes() == PDF
    again = await client.post(f"/v1/assets/{asset['id']}/publish")
    assert again.json() == published
    assert (await client.get(f"/v1/assets/{asset['id']}")).json() == published


async def test_deleting_removes_every_copy(client: httpx.AsyncClient, directory: Path) -> None:
    """What somebody wants gone is gone, the public copy first of all."""
    asset = await uploaded(client, "a.png", "image/png", photograph("PNG"))
    await client.post(f"/v1/assets/{asset['id']}/publish")
    assert len(files(directory)) == 2
    assert (await client.delete(f"/v1/assets/{asset['id']}")).status_code == 204
    assert files(directory) == []
    assert (await client.get(f"/v1/assets/{asset['id']}")).status_code == 404
    assert (await client.delete(f"/v1/assets/{asset['id']}")).status_code == 404
    assert (await client.get("/v1/assets")).json()["data"] == []


async def test_webhooks_hear_of_an_upload_once(client: httpx.AsyncClient, database: Database) -> None:
    """Confirming twice is one upload."""
    asset = await uploaded(client, "clip.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(64))
    assert (await client.post(f"/v1/assets/{asset['id']}/confirm")).json() == asset
    async with database.read() as tx:
        told = [event for event in await events.after(tx, 0, 50) if event.type == "asset.uploaded"]
    assert [event.data["asset_id"] for event in told] == [asset["id"]]


BAD_FILES = [
    ("image/png", photograph("JPEG"), "is not image/png"),
    ("image/webp", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "is not image/webp"),
    ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><g>", "cannot be read as SVG"),
    ("image/svg+xml", b"<html><script>alert(1)</script>", "not a PNG, JPEG, WebP or SVG"),
    ("image/jpeg", b"\xff\xd8\xff" + bytes(500), "cannot be read"),
    ("image/png", b"8BPS" + bytes(200), "not a PNG, JPEG, WebP or SVG"),
    ("application/pdf", b"<html><script>alert(1)</script>", "is not application/pdf"),
    ("video/mp4", b"MZ" + bytes(100), "is not video/mp4"),
    ("video/webm", PDF, "is not video/webm"),
    ("audio/mpeg", PDF, "is not audio/mpeg"),
    ("text/csv", b"a,b\n\xff\xfe\n", "is not text/csv"),
    ("text/plain", b"\x00\x01", "is not text/plain"),
]


@pytest.mark.parametrize(("content_type", "body", "why"), BAD_FILES, ids=lambda value: str(value)[:16])
async def test_a_file_that_is_not_what_it_says_is_refused(
    client: httpx.AsyncClient, directory: Path, content_type: str, body: bytes, why: str
) -> None:
    """The type decides how visitors' browsers treat a file, so the bytes have to agree with it."""
    started = await announce(client, "x", content_type)
    assert (await put(client, started, body)).status_code == 200
    answer = await client.post(f"/v1/assets/{started['asset']['id']}/confirm")
    assert answer.status_code == 422
    assert why in answer.json()["detail"]
    assert not [name for name in files(directory) if name.startswith(("kept", "public"))]
    early = await client.post(f"/v1/assets/{started['asset']['id']}/publish")
    assert early.json()["code"] == "upload_missing"


@pytest.mark.parametrize(
    "content_type", ["text/html", "image/svg", "application/zip", "image/gif", "text/javascript", "x"]
)
async def test_types_that_could_harm_are_not_taken(client: httpx.AsyncClient, content_type: str) -> None:
    """A closed list: nothing that runs in a browser, and no archives."""
    answer = await client.post("/v1/assets", json={"filename": "x", "content_type": content_type})
    assert (answer.status_code, answer.json()["field"]) == (422, "content_type")


async def test_a_picture_of_too_many_pixels_is_refused_unread(client: httpx.AsyncClient) -> None:
    """A few kilobytes can unfold into gigabytes of pixels."""
    out = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(out, "PNG")
    started = await announce(client, "bomb.png", "image/png")
    assert (await put(client, started, out.getvalue())).status_code == 200
    answer = await client.post(f"/v1/assets/{started['asset']['id']}/confirm")
    assert (answer.status_code, "pixels" in answer.json()["detail"]) == (422, True)


async def test_an_upload_needs_its_own_address(
    client: httpx.AsyncClient, api_client: ApiClient, clock: Clock
) -> None:
    """The signature is the only proof: for this asset, for this time, with the announced type."""
    started = await announce(client, "a.pdf", "application/pdf")
    other = await announce(client, "b.pdf", "application/pdf")
    keyless = await api_client(text="")
    url = httpx.URL(started["upload"]["url"]).raw_path.decode()
    for wrong in (
        url.replace("signature=", "signature=0"),
        url.replace("expires=", "expires=1"),
        url.partition("?")[0],
        url.replace(started["asset"]["id"], other["asset"]["id"]),
    ):
        answer = await keyless.put(wrong, content=PDF, headers={"content-type": "application/pdf"})
        assert answer.status_code == 404, wrong
    wrong_type = await keyless.put(url, content=PDF, headers={"content-type": "text/html"})
    assert (wrong_type.status_code, wrong_type.json()["field"]) == (422, "Content-Type")
    assert (await put(keyless, started, b"%PDF-first")).status_code == 200
    assert (await put(keyless, started, PDF)).status_code == 200  # again, before it is confirmed
    await client.post(f"/v1/assets/{started['asset']['id']}/confirm")
    assert (await put(keyless, started, b"%PDF-changed afterwards")).status_code == 404
    clock.advance(seconds=limits.ASSET_UPLOAD_S)
    assert (await put(keyless, other, PDF)).status_code == 404


async def test_size_is_limited_before_during_and_after_the_upload(
    client: httpx.AsyncClient, directory: Path
) -> None:
    """A disk is finite. A file that is announced smaller than it is stops where it was announced."""
    too_large = await client.post(
        "/v1/assets",
        json={
            "filename": "a.png",
            "content_type": "image/png",
            "size_bytes": limits.ASSET_PICTURE_BYTES_MAX + 1,
        },
    )
    assert (too_large.status_code, too_large.json()["code"]) == (422, "too_large")
    started = await announce(client, "a.pdf", "application/pdf", size_bytes=len(PDF))
    answer = await put(client, started, PDF + b" ")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_large")
    assert files(directory) == []
    unknown = await announce(client, "a.pdf", "application/pdf")
    answer = await put(client, unknown, PDF + bytes(limits.ASSET_BYTES_MAX))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_large")
    assert files(directory) == []


async def test_a_plan_limits_what_is_stored(client: httpx.AsyncClient, database: Database) -> None:
    """What is announced counts, what is confirmed counts as it is, and what is deleted does not."""
    plan = Plan(name="unlimited", storage_bytes=100)
    database.installation = msgspec.structs.replace(database.installation, plans=(plan,))
    first = await uploaded(client, "a.pdf", "application/pdf", PDF)
    usage = (await client.get("/v1/workspace/usage")).json()["usage"]["storage_bytes"]
    assert usage == {"used": len(PDF), "limit": 100}
    announced = await client.post(
        "/v1/assets", json={"filename": "b", "content_type": "application/pdf", "size_bytes": 90}
    )
    assert (announced.status_code, announced.json()["code"]) == (403, "quota_reached")
    started = await announce(client, "b", "application/pdf")
    await put(client, started, PDF + bytes(90))
    path = f"/v1/assets/{started['asset']['id']}/confirm"
    assert (await client.post(path)).json()["code"] == "quota_reached"
    await client.delete(f"/v1/assets/{first['id']}")
    await put(client, started, PDF)
    assert (await client.post(path)).json()["status"] == "confirmed"


async def test_nobody_else_sees_an_asset(
    client: httpx.AsyncClient, api_client: ApiClient, stranger: Actor
) -> None:
    """Files of other workspaces do not exist."""
    asset = await uploaded(client, "a.pdf", "application/pdf", PDF)
    other = await api_client("*", actor=stranger)
    path = f"/v1/assets/{asset['id']}"
    answers = [
        await other.get(path),
        await other.delete(path),
        await other.post(f"{path}/confirm"),
        await other.post(f"{path}/publish"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await other.get("/v1/assets")).json()["data"] == []
    assert (await client.get(path)).json() == asset


async def test_lists_are_paged_and_filtered(client: httpx.AsyncClient, clock: Clock) -> None:
    """Newest first, what waits for its upload included unless asked otherwise."""
    made = []
    for number in range(3):
        clock.advance(seconds=1)
        made.append((await announce(client, f"{number}.pdf", "application/pdf"))["asset"]["id"])
    first = (await client.get("/v1/assets?limit=2")).json()
    second = (await client.get(f"/v1/assets?limit=2&cursor={first['next_cursor']}")).json()
    assert [asset["id"] for asset in first["data"] + second["data"]] == made[::-1]
    assert second["next_cursor"] is None
    assert (await client.get("/v1/assets?status=confirmed")).json()["data"] == []


async def test_what_nobody_confirms_is_swept_away(
    client: httpx.AsyncClient, control: Control, clock: Clock, directory: Path
) -> None:
    """Uploads that were given up must not fill the disk, and one of yesterday evening is not given up."""
    started = await announce(client, "a.pdf", "application/pdf")
    await put(client, started, PDF)
    kept = await uploaded(client, "b.pdf", "application/pdf", PDF)
    clock.advance(seconds=limits.ASSET_UPLOAD_S + limits.ASSET_UPLOAD_KEPT_MS / 1000 - 60)
    assert await sweep(control.database, control.assets.objects) == 0
    clock.advance(seconds=120)
    assert await sweep(control.database, control.assets.objects) == 1
    assert files(directory) == [f"kept/{kept['id'].replace('-', '')}"]
    assert (await client.get(f"/v1/assets/{started['asset']['id']}")).status_code == 404


async def test_uploads_that_wait_are_counted(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Announcing costs nothing, so there must be an end to it."""
    monkeypatch.setattr(limits, "ASSETS_PENDING_MAX", 2)
    for name in ("a", "b"):
        await announce(client, name, "application/pdf")
    answer = await client.post("/v1/assets", json={"filename": "c", "content_type": "application/pdf"})
    assert answer.json()["code"] == "quota_reached"


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("Speisekarte Café.PDF", "Speisekarte-Cafe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\Menu.v2.pdf", "Menu-v2.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("菜单", "file.pdf"),
        ('a"; filename="evil.html', "a-filename-evil.pdf"),
        ("x" * 190 + ".pdf", "x" * 92 + ".pdf"),
    ],
)
def test_public_names_are_plain(filename: str, name: str) -> None:
    """The name becomes a path, an address and a header; what somebody typed must not steer any of them."""
    asset = Asset(
        id="1",
        workspace_id="w",
        filename=filename,
        content_type="application/pdf",
        created_ms=1,
        updated_ms=1,
    )
    assert asset.name == name


async def test_pages_and_previews_show_published_files(client: httpx.AsyncClient) -> None:
    """A picture becomes a path, so that every domain shows it; anything else keeps its address."""
    avatar = (await uploaded(client, "me.png", "image/png", photograph("PNG")))["id"]
    menu = (await uploaded(client, "menu.pdf", "application/pdf", PDF))["id"]
    picture = (await client.post(f"/v1/assets/{avatar}/publish")).json()["public_url"]
    file_url = (await client.post(f"/v1/assets/{menu}/publish")).json()["public_url"]
    page = await make(
        client,
        template_type="bio",
        content={"title": "Me", "avatar": picture, "links": [{"title": "Menu", "url": file_url}]},
        preview={"title": "Me", "image": picture},
    )
    assert page["content"]["avatar"] == picture.removeprefix("https://go.example")
    assert page["content"]["links"][0]["url"] == file_url
    assert page["preview"]["image"] == picture
    shots = {"images": [{"image": picture, "alt": "Me"}]}
    gallery = await make(client, template_type="gallery", content=shots)
    assert gallery["content"]["images"][0]["image"].startswith("/-/assets/")
    offer = await make(client, template_type="file", content={"file_url": file_url})
    assert offer["content"]["file_url"] == file_url
    straight = await client.post("/v1/links", json={"target_url": file_url})
    assert straight.status_code == 201
    loop = await client.post("/v1/links", json={"target_url": "https://go.example/-/other"})
    assert loop.json()["code"] == "invalid_url"
    taken = await client.post("/v1/links", json={"slug": "-/assets/x", "target_url": "https://example.com/"})
    assert (taken.status_code, taken.json()["code"]) == (422, "invalid_slug")


async def test_webhooks_are_told_when_the_disk_of_a_plan_gets_near_its_end(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Before uploads fail; at four fifths once, and once at the end."""
    plan = Plan(name="unlimited", storage_bytes=len(PDF) * 5)
    database.installation = msgspec.structs.replace(database.installation, plans=(plan,))
    for number in range(5):
        await uploaded(client, f"{number}.pdf", "application/pdf", PDF)
    async with database.read() as tx:
        told = [event.data for event in await events.after(tx, 0, 50) if event.type == "workspace.quota_near"]
    assert [(each["resource"], each["used"]) for each in told] == [
        ("storage_bytes", len(PDF) * 4),
        ("storage_bytes", len(PDF) * 5),
    ]


async def test_browsers_may_upload_from_any_page(client: httpx.AsyncClient, api_client: ApiClient) -> None:
    """The one who announces is a server; the one who uploads is often a page of another origin."""
    started = await announce(client, "a.pdf", "application/pdf")
    keyless = await api_client(text="")
    url = httpx.URL(started["upload"]["url"]).raw_path.decode()
    asks = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    allowed = await keyless.options(url, headers=asks | {"Access-Control-Request-Headers": "content-type"})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, "*")
    assert allowed.headers["access-control-allow-methods"] == "PUT"
    assert allowed.headers["access-control-allow-headers"].lower() == "content-type"
    sent = await put(keyless, started, PDF, Origin="https://shop.example")
    assert (sent.status_code, sent.content) == (200, b"")
    assert sent.headers["access-control-allow-origin"] == "*"


async def test_a_replaced_file_is_followed_by_what_shows_it(
    client: httpx.AsyncClient, directory: Path
) -> None:
    """A shop changes its logo once, not on every page; and nothing ever changes under an address that is cached."""
    old = await uploaded(client, "logo.jpeg", "image/jpeg", photograph())
    url = (await client.post(f"/v1/assets/{old['id']}/publish")).json()["public_url"]
    shown = {"title": "Shop", "avatar": url, "links": []}
    page = await make(client, target_url="", template_type="bio", content=shown)
    draft = (
        await client.post("/v1/bio-pages", json={"title": "Two", "avatar": url, "published": True})
    ).json()
    changed = await client.patch(f"/v1/bio-pages/{draft['id']}", json={"title": "Three"})
    assert (changed.status_code, changed.json()["title"]) == (200, "Three")

    started = await announce(client, "new.png", "image/png", replaces=old["id"])
    assert started["asset"]["replaces"] == old["id"]
    assert (await put(client, started, photograph("PNG", (64, 64)))).status_code == 200
    new = (await client.post(f"/v1/assets/{started['asset']['id']}/confirm")).json()
    assert (new["id"], new["filename"], new["width"], new["published"]) == (old["id"], "new.png", 64, True)
    assert new["public_url"] != url
    path = new["public_url"].partition("/-/")[2]
    for link_id in (page["id"], draft["id"]):
        content = (await client.get(f"/v1/links/{link_id}")).json()["content"]
        assert content["avatar"].endswith(path)
    assert (await client.get(f"/v1/bio-pages/{draft['id']}")).json()["avatar"].endswith(path)
    assert [name for name in files(directory) if name.startswith("public")] == [
        "public/" + path.removeprefix("assets/")
    ]
    assert len(files(directory)) == 2, "the old file, its public copy and the upload are gone"
    assert (await client.get(f"/v1/assets/{started['asset']['id']}")).status_code == 404


async def test_only_a_file_of_the_same_kind_takes_a_place(client: httpx.AsyncClient) -> None:
    """A page that shows a picture cannot show a paper; and there must be something to replace."""
    picture = await uploaded(client, "logo.jpeg", "image/jpeg", photograph())
    pending = await announce(client, "later.png", "image/png")
    for content_type, replaces, field in (
        ("application/pdf", picture["id"], "content_type"),
        ("image/png", pending["asset"]["id"], "replaces"),
    ):
        body = {"filename": "f", "content_type": content_type, "replaces": replaces}
        answer = await client.post("/v1/assets", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    body = {"filename": "f", "content_type": "image/png", "replaces": "01920000-0000-7000-8000-000000000000"}
    assert (await client.post("/v1/assets", json=body)).status_code == 404
