"""Media through the vendor's client: taken in once, shown, opened by links, kept while they are used."""

import asyncio
import base64
import contextlib
import io
import tracemalloc
from typing import Any

import httpx
import linkbreakers
import msgspec
import pytest
import zxingcpp
from linkbreakers.exceptions import ApiException, ConflictException
from PIL import Image
from tests.contract.linkbreakers.test_sdk import refusal, run
from tests.contract.linkbreakers.test_workflows import stored
from tests.contract.world import World

from waypost.control import limits as control_limits
from waypost.control.core import assets
from waypost.control.core.assets import kept_key, public_key, upload_key
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.model.assets import Asset
from waypost.control.store import assets as stored_assets

_PIECE_BYTES = 256 * 1024
PDF = b"%PDF-1.4\n% a small file\n%%EOF\n"


def png(color: str = "#aa0000") -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(out, "PNG")
    return out.getvalue()


def take_in(client: linkbreakers.ApiClient, body: bytes, **members: Any) -> linkbreakers.Media:
    """Upload a file in the request."""
    request = linkbreakers.CreateMediaRequest(fileData=base64.b64encode(body).decode(), **members)
    made = linkbreakers.MediaApi(client).media_service_create(request).media
    assert made is not None
    return made


async def stored_asset(world: World, media_id: str) -> Asset:
    """The file as the core keeps it."""
    async with world.control.database.read() as tx:
        return await assets.get_asset(tx, world.actor, media_id)


async def test_a_file_is_taken_in_once_and_shown(served: str, world: World) -> None:
    """Its kind is read from its bytes; the same bytes are refused, naming the file that is there."""

    def work(client: linkbreakers.ApiClient) -> str:
        api = linkbreakers.MediaApi(client)
        made = take_in(client, png(), fileName="red.png", usage=linkbreakers.MediaUsage.USAGE_BADGE)
        assert (made.kind, made.mime_type, made.file_name) == ("KIND_IMAGE", "image/png", "red.png")
        assert made.status == linkbreakers.MediaStatus.STATUS_READY
        assert made.visibility == linkbreakers.MediaVisibility.VISIBILITY_PRIVATE
        assert made.uploaded_from == linkbreakers.MediaUploadOrigin.UPLOAD_ORIGIN_BADGE
        with pytest.raises(ConflictException) as known:
            take_in(client, png(), fileName="again.png")
        error = refusal(known.value)
        assert error.code_type == "MEDIA_ALREADY_EXISTS"
        assert error.details[0]["existingMediaId"] == made.id
        assert error.details[0]["existingFileName"] == "red.png"
        take_in(client, PDF, fileName="paper.pdf")
        listed = api.media_service_list(page_size=1)
        assert (listed.total_count, [each.file_name for each in listed.media or []]) == (2, ["paper.pdf"])
        rest = api.media_service_list(page_size=1, page_token=listed.next_page_token)
        assert [each.file_name for each in rest.media or []] == ["red.png"]
        papers = api.media_service_list(page_size=5, kind="KIND_DOCUMENT")
        assert [each.kind for each in papers.media or []] == ["KIND_DOCUMENT"]
        return made.signed_url or ""

    address = await run(served, work)
    path = "/" + address.split("/linkbreakers/", 1)[1]
    async with world.client(LINKBREAKERS, "") as nobody:
        shown = await nobody.get(path)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(shown.content)).size == (8, 8)
        assert (await nobody.get(path.replace("sig=", "sig=0"))).status_code == 400
        world.now_ms += 9 * 24 * 3600 * 1000
        assert (await nobody.get(path)).status_code == 400


async def test_a_large_file_goes_straight_to_the_store(served: str, world: World) -> None:
    """Announced, PUT where the answer says, completed; before that there is nothing to open."""

    def announce(client: linkbreakers.ApiClient) -> linkbreakers.CreateMediaUploadResponse:
        request = linkbreakers.CreateMediaUploadRequest(
            fileName="paper.pdf",
            mimeType="application/pdf",
            size=len(PDF),
            visibility=linkbreakers.MediaVisibility.VISIBILITY_PUBLIC,
        )
        started = linkbreakers.MediaApi(client).media_service_create_upload(request)
        assert started.media is not None
        assert started.media.status == linkbreakers.MediaStatus.STATUS_PENDING
        assert started.upload_method == "PUT"
        open_it = linkbreakers.CreateOpenMediaLinkRequest(mediaId=started.media.id or "")
        with pytest.raises(ApiException) as early:
            linkbreakers.LinksApi(client).links_service_create_open_media_link(open_it)
        assert refusal(early.value).details[0]["field"] == "payload.openMedia.mediaId"
        return started

    started = await run(served, announce)
    assert started.media is not None
    media_id = started.media.id or ""
    asset = await stored_asset(world, media_id)
    await world.control.assets.objects.write(upload_key(asset), PDF, started.upload_headers or {})

    def complete(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.MediaApi(client)
        for _ in range(2):
            done = api.media_service_complete_upload(media_id, {}).media
            assert done is not None
            assert done.status == linkbreakers.MediaStatus.STATUS_READY
            assert done.visibility == linkbreakers.MediaVisibility.VISIBILITY_PUBLIC
            assert (done.signed_url or "").startswith("https://go.example/-/assets/")

    await run(served, complete)


async def test_a_file_is_fetched_from_where_it_is(world: World, client: httpx.AsyncClient) -> None:
    """Through the guarded client alone: a server beside us is asked only where the operator allows it."""
    listening = await asyncio.start_server(hand_out, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        body = {"url": f"http://127.0.0.1:{port}/paper.pdf", "file_name": "paper.pdf"}
        refused = await client.post("/v1/media:import", json=body)
        assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "url")
        database = world.control.database
        database.installation = msgspec.structs.replace(database.installation, allow_private_targets=True)
        taken = (await client.post("/v1/media:import", json=body)).json()["media"]
    assert (taken["kind"], taken["size"], taken["status"]) == ("KIND_DOCUMENT", len(PDF), "STATUS_READY")


FILM_BYTES = 30 * 1024 * 1024
"""More than other files may have, less than a film may."""


async def test_a_film_is_fetched_without_being_in_memory(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its address leads on; from the network to the disk and out again in pieces, up to the limit of films."""
    database = world.control.database
    database.installation = msgspec.structs.replace(database.installation, allow_private_targets=True)
    listening = await asyncio.start_server(lead_on, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        body = {"url": f"http://127.0.0.1:{port}/", "visibility": "VISIBILITY_PUBLIC"}
        tracemalloc.start()
        try:
            answer = await client.post("/v1/media:import", json=body)
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        taken = answer.json()["media"]
        assert (taken["kind"], taken["size"]) == ("KIND_VIDEO", FILM_BYTES)
        assert peak_bytes < FILM_BYTES / 2
        asset = await stored_asset(world, taken["id"])
        published = world.control.assets.objects.opened(public_key(asset))
        async with published as file:
            assert file is not None
            assert file.size_bytes == FILM_BYTES

        monkeypatch.setattr(control_limits, "ASSET_FILM_BYTES_MAX", 1024 * 1024)
        refused = await client.post("/v1/media:import", json=body)
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "url")
    async with database.read() as tx:
        assert await stored_assets.count_of(tx, world.workspace_id, "pending") == 0


async def lead_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Lead from any address to a film, and give that piece by piece."""
    request = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 ")
    if b" /film.mp4 " not in request:
        writer.write(b"302 Found\r\nLocation: /film.mp4\r\nContent-Length: 0\r\n\r\n")
    else:
        writer.write(b"200 OK\r\nContent-Length: %d\r\n\r\n" % FILM_BYTES)
        writer.write(b"\x00\x00\x00\x18ftypmp42".ljust(_PIECE_BYTES, b"\x00"))
        with contextlib.suppress(ConnectionError):  # whoever has had enough goes away
            for _ in range(FILM_BYTES // _PIECE_BYTES - 1):
                writer.write(bytes(_PIECE_BYTES))
                await writer.drain()
    writer.close()


async def hand_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer any request with the file."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(PDF), PDF))
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(("body", "kind"), [(png(), "media"), (PDF, "file")])
async def test_a_link_opens_a_file(served: str, world: World, body: bytes, kind: str) -> None:
    """The edge shows or hands out the file; while a link opens it, it stays; a step opens it as well."""

    def work(client: linkbreakers.ApiClient) -> tuple[str, str]:
        api, links = linkbreakers.MediaApi(client), linkbreakers.LinksApi(client)
        media_id = take_in(client, body).id or ""
        made = links.links_service_create_open_media_link(
            linkbreakers.CreateOpenMediaLinkRequest(mediaId=media_id, name="Open me")
        )
        assert made.link is not None
        steps = made.workflow_steps or []
        assert [step.event_action for step in steps] == ["EVENT_ACTION_LINK_VISIT", "EVENT_ACTION_OPEN_MEDIA"]
        used = api.media_service_get(media_id).media
        assert used is not None
        assert [(each.link_id, each.link_name, each.workflow_step_id) for each in used.references or []] == [
            (made.link.id, "Open me", steps[1].id)
        ]
        with pytest.raises(ApiException) as busy:
            api.media_service_delete(media_id)
        assert (busy.value.status, refusal(busy.value).code_type) == (412, "MEDIA_IN_USE")
        assert refusal(busy.value).details[0]["linkIds"] == [made.link.id]
        return made.link.id or "", media_id

    link_id, media_id = await run(served, work)
    link = await stored(world, link_id)
    assert link.template_type == kind
    assert media_id.replace("-", "") in str(link.content)

    def let_go(client: linkbreakers.ApiClient) -> None:
        linkbreakers.LinksApi(client).links_service_delete(link_id)
        api = linkbreakers.MediaApi(client)
        api.media_service_delete(media_id)
        assert api.media_service_list(page_size=5).total_count == 0

    await run(served, let_go)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "file_data"),
        ({"file_data": "not base64!"}, "file_data"),
        ({"file_data": base64.b64encode(b"MZ a program").decode()}, "file_data"),
        ({"file_data": base64.b64encode(PDF).decode(), "uploaded_from": "HOME"}, "uploaded_from"),
    ],
)
async def test_what_is_no_file_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    """400 naming the member."""
    answer = await client.post("/v1/media", json=body)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


async def test_a_file_is_taken_in_once_for_a_key(client: httpx.AsyncClient) -> None:
    """A client that retries must not read that its file is there already: it gets its first answer again."""
    body = {"file_data": base64.b64encode(PDF).decode(), "file_name": "paper.pdf"}
    headers = {"Idempotency-Key": "one"}
    first = await client.post("/v1/media", json=body, headers=headers)
    again = await client.post("/v1/media", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post("/v1/media", json={**body, "file_name": "b.pdf"}, headers=headers)
    assert (other.status_code, other.json()["code_type"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await client.post("/v1/media", json=body)).status_code == 409


async def test_a_file_is_replaced_and_everything_follows(served: str, world: World) -> None:
    """The item keeps its id: the link opens a film instead of a paper, the QR code keeps its logo."""
    film = b"\x00\x00\x00\x18ftypmp42" + bytes(40)

    def start(client: linkbreakers.ApiClient) -> tuple[str, str, str]:
        paper = take_in(client, PDF, fileName="paper.pdf").id or ""
        link = (
            linkbreakers.LinksApi(client)
            .links_service_create_open_media_link(linkbreakers.CreateOpenMediaLinkRequest(mediaId=paper))
            .link
        )
        assert link is not None
        body = linkbreakers.MediaServiceCreateReplaceUploadBody(
            fileName="film.mp4", mimeType="video/mp4", size=len(film)
        )
        started = linkbreakers.MediaApi(client).media_service_create_replace_upload(paper, body)
        assert started.media is not None
        assert [use.link_id for use in started.media.references or []] == [link.id]
        assert (started.upload_method, started.unchanged) == ("PUT", False)
        return paper, link.id or "", started.replacement_id or ""

    paper, link_id, replacement = await run(served, start)
    upload = await stored_asset(world, replacement)
    await world.control.assets.objects.write(upload_key(upload), film, {})

    def complete(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.MediaApi(client)
        with pytest.raises(ApiException):
            api.media_service_complete_upload(replacement, {})
        done = api.media_service_complete_replace(paper, replacement, {})
        assert done.media is not None
        assert (done.media.id, done.media.kind, done.media.file_name) == (paper, "KIND_VIDEO", "film.mp4")
        assert [use.link_id for use in done.media.references or []] == [link_id]
        assert api.media_service_list(page_size=5).total_count == 1
        with pytest.raises(ApiException):
            api.media_service_complete_replace(paper, replacement, {})

    await run(served, complete)
    link = await stored(world, link_id)
    assert link.content is not None
    assert (link.template_type, link.content["source"].endswith("film.mp4")) == ("media", True)


async def test_a_replacement_that_is_the_same_file_changes_nothing(served: str) -> None:
    """Said before anything is uploaded; another item's file is refused."""

    def work(client: linkbreakers.ApiClient) -> None:
        api = linkbreakers.MediaApi(client)
        red, blue = take_in(client, png()), take_in(client, png("#0000aa"))

        def ask(digest: str | None) -> linkbreakers.CreateMediaReplaceUploadResponse:
            body = linkbreakers.MediaServiceCreateReplaceUploadBody(
                fileName="x.png", mimeType="image/png", size=9, sha256=digest
            )
            return api.media_service_create_replace_upload(red.id or "", body)

        same = ask(red.sha256)
        assert (same.unchanged, same.upload_url) == (True, "")
        with pytest.raises(ConflictException) as known:
            ask(blue.sha256)
        assert refusal(known.value).details[0]["existingMediaId"] == blue.id

    await run(served, work)


async def test_a_picture_of_the_library_becomes_a_logo(
    served: str, world: World, client: httpx.AsyncClient
) -> None:
    """The design keeps a copy, names the file until that is replaced, and the file names the design's link."""
    made = (await client.post("/v1/qrcode-designs", json={"width": 400})).json()["qrcode_design"]["id"]

    def work(sdk: linkbreakers.ApiClient) -> tuple[str, str]:
        media_id = take_in(sdk, png(), fileName="logo.png").id or ""
        designs = linkbreakers.QRCodeDesignsApi(sdk)
        body = linkbreakers.QrcodeDesignServiceUpdateBody(centralImageMediaId=media_id)
        changed = designs.qrcode_design_service_update(made, body).qrcode_design
        assert changed is not None
        assert changed.central_image_media_id == media_id
        wrong = linkbreakers.QrcodeDesignServiceUpdateBody(centralImageMediaId=take_in(sdk, PDF).id)
        with pytest.raises(ApiException) as refused:
            designs.qrcode_design_service_update(made, wrong)
        error = refusal(refused.value)
        assert error.code_type == "MEDIA_NOT_ALLOWED_HERE"
        assert error.details[0]["reason"] == "KIND_NOT_ACCEPTED"
        used = linkbreakers.MediaApi(sdk).media_service_get(media_id).media
        assert used is not None
        assert [use.type for use in used.references or []] == ["TYPE_QR_CODE_LOGO"]
        return media_id, changed.central_image_signed_url or ""

    media_id, address = await run(served, work)
    async with world.client(LINKBREAKERS, "") as nobody:
        path = "/" + address.split("/linkbreakers/", 1)[1]
        logo = await nobody.get(path)
        assert (logo.status_code, logo.headers["content-type"]) == (200, "image/png")
        assert (await nobody.get(path.replace("sig=", "sig=0"))).status_code == 400
    listening = await asyncio.start_server(hand_out, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        database = world.control.database
        database.installation = msgspec.structs.replace(database.installation, allow_private_targets=True)
        papers = (await client.get("/v1/media", params={"kind": "KIND_DOCUMENT"})).json()["media"]
        assert (await client.delete(f"/v1/media/{papers[0]['id']}")).status_code == 200
        body = {"url": f"http://127.0.0.1:{port}/paper.pdf"}
        answer = await client.post(f"/v1/media/{media_id}/replace:import", json=body)
    replaced = answer.json()
    assert [use["type"] for use in replaced["detached_references"]] == ["TYPE_QR_CODE_LOGO"]
    assert (replaced["media"]["file_name"], replaced["media"]["references"]) == ("paper.pdf", [])
    kept = (await client.get(f"/v1/qrcode-designs/{made}")).json()["qrcode_design"]
    assert (kept["central_image_media_id"], bool(kept["central_image_signed_url"])) == ("", True)


async def test_a_drawing_of_the_library_becomes_a_logo(client: httpx.AsyncClient) -> None:
    """Any picture may be one, as the vendor's client says; the code can be read with it."""
    body = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#a00"/></svg>'
    sent = {"file_data": base64.b64encode(body).decode(), "file_name": "logo.svg"}
    media_id = (await client.post("/v1/media", json=sent)).json()["media"]["id"]
    for image in ({"central_image_media_id": media_id}, {"central_image_data": sent["file_data"]}):
        made = await client.post(
            "/v1/qrcode-designs", json={**image, "output_file_format": "OUTPUT_FILE_FORMAT_PNG"}
        )
        assert made.status_code == 200, made.text
        design_id = made.json()["qrcode_design"]["id"]
        link = {"destination": "https://example.com/", "qrcode_design_id": design_id}
        address = (await client.post("/v1/links", json=link)).json()["link"]
        picture = Image.open(io.BytesIO((await client.get(address["qrcode_signed_url"])).content)).convert(
            "RGB"
        )
        assert picture.getpixel((picture.width // 2, picture.height // 2)) == (170, 0, 0)
        (read,) = zxingcpp.read_barcodes(picture)
        assert read.text.startswith(address["entrypoint"])
    words = b'<svg xmlns="http://www.w3.org/2000/svg"><text>Waypost</text></svg>'
    refused = await client.post(
        "/v1/qrcode-designs", json={"central_image_data": base64.b64encode(words).decode()}
    )
    assert (refused.status_code, refused.json()["codeType"]) == (400, "CENTRAL_IMAGE_INVALID")


async def test_a_drawing_is_taken_in_and_only_draws(served: str, world: World) -> None:
    """An SVG is a picture as any other, without what would run; a link opens it."""
    body = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><script>alert(1)</script><rect/></svg>'
    )

    def work(client: linkbreakers.ApiClient) -> tuple[str, str]:
        made = take_in(client, body, fileName="logo.svg")
        assert (made.kind, made.mime_type) == ("KIND_IMAGE", "image/svg+xml")
        open_it = linkbreakers.CreateOpenMediaLinkRequest(mediaId=made.id or "")
        link = linkbreakers.LinksApi(client).links_service_create_open_media_link(open_it).link
        assert link is not None
        return made.id or "", link.id or ""

    media_id, link_id = await run(served, work)
    asset = await stored_asset(world, media_id)
    assert (asset.width, asset.height) == (8, 4)
    kept = await world.control.assets.objects.read(kept_key(asset), 1000)
    assert kept == b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect></rect></svg>'
    link = await stored(world, link_id)
    assert link.content is not None
    assert (link.template_type, link.content["source"].endswith("/logo.svg")) == ("media", True)
