"""Assets through xQR: presign, PUT, confirm, publish, as the seed describes them."""

import httpx
from tests.contract.world import World
from tests.control.test_assets import PDF, photograph

from waypost.control.app import asgi


async def put(world: World, presigned: dict[str, object], body: bytes, **headers: str) -> httpx.Response:
    """Upload as the vendor's users do: at the address itself, without Authorization."""
    url = httpx.URL(str(presigned["presigned_url"]))
    transport = httpx.ASGITransport(app=asgi(world.control))
    async with httpx.AsyncClient(transport=transport, base_url=f"{url.scheme}://{url.host}") as anybody:
        sent = {**presigned["headers"], **headers}  # type: ignore[dict-item]  # a JSON object
        return await anybody.request(str(presigned["method"]), url, content=body, headers=sent)


async def test_a_file_is_presigned_uploaded_confirmed_and_published(
    client: httpx.AsyncClient, world: World
) -> None:
    """C268, C269, C271: private until it is published; the vendor's second path confirms as well."""
    for filename, content_type, body, confirm in (
        ("me.jpg", "image/jpeg", photograph(), "/api/v1/assets/{}/confirm"),
        ("menu.pdf", "application/pdf", PDF, "/api/v1/assets/presign/{}/confirm"),
    ):
        order = {"filename": filename, "content_type": content_type}
        presigned = (await client.post("/api/v1/assets/presign", json=order)).json()["data"]
        assert presigned["upload_url"] == presigned["presigned_url"]
        assert presigned["headers"] == {"Content-Type": content_type}
        assert (await put(world, presigned, body)).status_code == 200
        asset = (await client.post(confirm.format(presigned["asset_id"]))).json()["data"]
        assert (asset["status"], asset["mime_type"], asset["is_public"], asset["public_url"]) == (
            "confirmed",
            content_type,
            False,
            None,
        )
        assert asset["file_size"] > 0
        public = (await client.post(f"/api/v1/assets/{asset['id']}/publish")).json()["data"]
        assert (public["is_public"], public["public_url"]) == (
            True,
            f"https://go.example/-/assets/{asset['id'].replace('-', '')}/{filename}",
        )
        assert (await client.get(f"/api/v1/assets/{asset['id']}")).json()["data"] == public


async def test_an_upload_of_another_type_or_size_is_refused(client: httpx.AsyncClient, world: World) -> None:
    """C269: a 4xx, and nothing to confirm afterwards."""
    order = {"filename": "menu.pdf", "content_type": "application/pdf", "file_size": len(PDF)}
    presigned = (await client.post("/api/v1/assets/presign", json=order)).json()["data"]
    assert 400 <= (await put(world, presigned, PDF + b"more")).status_code < 500
    assert 400 <= (await put(world, presigned, PDF, **{"Content-Type": "text/html"})).status_code < 500
    answer = await client.post(f"/api/v1/assets/{presigned['asset_id']}/confirm")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
