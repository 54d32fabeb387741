"""Assets in a bucket: the signature against AWS's own examples and botocore, the journey against moto's server."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from tests.control.conftest import PEPPERS
from tests.control.test_assets import PDF, announce, photograph

from waypost.control.app import asgi
from waypost.control.assets_wiring import assets_url, objects_of
from waypost.control.bus import Bus
from waypost.control.core import keys
from waypost.control.model.access import Actor
from waypost.control.model.faults import TooLarge, Unavailable
from waypost.control.model.keys import CreateKey
from waypost.control.model.sigv4 import Credentials, signed_headers, signed_url
from waypost.control.objects import s3
from waypost.control.objects.local import LocalObjects
from waypost.control.objects.s3 import S3Objects
from waypost.control.settings import ControlSettings
from waypost.control.store.database import Database
from waypost.control.store.tx import clock_ms
from waypost.control.surface.control import Control
from waypost.runtime.settings import SettingError

EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
EXAMPLE_AT_MS = int(datetime(2013, 5, 24, tzinfo=UTC).timestamp() * 1000)
HOST = "https://examplebucket.s3.amazonaws.com"


def test_signatures_are_those_of_the_documentation() -> None:
    """AWS publishes requests with their signatures: GET object, PUT object, GET with a query, presigned GET.

    docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html.
    """
    sent = signed_headers("GET", f"{HOST}/test.txt", {"range": "bytes=0-9"}, b"", EXAMPLE, EXAMPLE_AT_MS)
    assert sent["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    sent = signed_headers(
        "PUT",
        f"{HOST}/test%24file.text",
        {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        b"Welcome to Amazon S3.",
        EXAMPLE,
        EXAMPLE_AT_MS,
    )
    assert sent["authorization"].endswith(
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    )
    for query, signature in (
        ("?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ):
        sent = signed_headers("GET", f"{HOST}/{query}", {}, b"", EXAMPLE, EXAMPLE_AT_MS)
        assert sent["authorization"].endswith(f"Signature={signature}")
    url = signed_url("GET", f"{HOST}/test.txt", {}, EXAMPLE, EXAMPLE_AT_MS, 86400)
    assert url == (
        f"{HOST}/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF), min_size=1, max_size=30)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30).map(
    str.strip
)


@settings(max_examples=200, deadline=None)
@given(key=KEYS, value=VALUES.filter(bool), body=st.binary(max_size=40))
def test_signatures_are_those_of_another_implementation(key: str, value: str, body: bytes) -> None:
    """botocore signs for all of AWS's own tools; for any key, header and body it must agree with ours."""
    path = quote(key.strip("/.") or "x", safe="/-._~")
    url = f"https://s3.example:9000/bucket/{path}"
    theirs = BotoCredentials(EXAMPLE.access_key, EXAMPLE.secret_key)
    now_ms = clock_ms()
    ours = signed_headers("PUT", url, {"content-disposition": value}, body, EXAMPLE, now_ms)
    request = AWSRequest("PUT", url, data=body, headers={"content-disposition": value})
    request.context["payload_signing_enabled"] = True
    auth = S3SigV4Auth(theirs, "s3", "us-east-1")
    request.context["timestamp"] = ours["x-amz-date"]
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    request.headers["X-Amz-Content-SHA256"] = ours["x-amz-content-sha256"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    assert ours["authorization"].rpartition("=")[2] == auth.signature(text, request)

    ours_url = signed_url("PUT", url, {"content-type": "image/png"}, EXAMPLE, now_ms, 900)
    query_auth = S3SigV4QueryAuth(theirs, "s3", "us-east-1", expires=900)
    request = AWSRequest("PUT", ours_url.rpartition("&")[0], headers={"content-type": "image/png"})
    request.context["timestamp"] = ours["x-amz-date"]
    request.context["payload_signing_enabled"] = False
    text = query_auth.string_to_sign(request, query_auth.canonical_request(request))
    assert ours_url.rpartition("=")[2] == query_auth.signature(text, request)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """moto's S3 server on a port of its own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def policy(bucket: str) -> bytes:
    """The bucket policy of docs/assets.md: everybody may read what is published, and nothing else."""
    text = (Path(__file__).parents[2] / "docs" / "assets.md").read_text()
    example = text.partition("```json\n")[2].partition("```")[0]
    assert '"s3:GetObject"' in example
    return example.replace("my-bucket", bucket).encode()


@pytest.fixture
async def bucket(server: str) -> AsyncIterator[S3Objects]:
    """An empty bucket."""
    name = f"assets-{clock_ms()}"
    credentials = Credentials("access", "secret")
    async with httpx.AsyncClient(trust_env=False) as http:
        for query, body in (("", b""), ("?policy", policy(name))):
            url = f"{server}/{name}{query}"
            headers = signed_headers("PUT", url, {}, body, credentials, clock_ms())
            answer = await http.put(url, headers=headers, content=body)
            assert answer.is_success, answer.text
    objects = S3Objects(server, name, credentials, clock_ms)
    yield objects
    await objects.close()


async def test_objects_are_written_read_and_removed(bucket: S3Objects) -> None:
    """Binary bytes come back as they went in; what is not there is None and may be removed."""
    body = bytes(range(256)) * 100
    assert await bucket.read("kept/a", 10) is None
    await bucket.write("kept/a", body, {"content-type": "image/png"})
    assert await bucket.read("kept/a", len(body)) == body
    with pytest.raises(TooLarge):
        await bucket.read("kept/a", len(body) - 1)
    await bucket.remove("kept/a")
    await bucket.remove("kept/a")
    assert await bucket.read("kept/a", len(body)) is None


async def test_large_objects_pass_in_parts(bucket: S3Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """Received in parts, copied by the bucket itself while they are what was read; a break leaves nothing."""
    monkeypatch.setattr(s3, "_PART_BYTES", 5 * 1024 * 1024)
    body = b"%PDF-" + bytes(6 * 1024 * 1024)

    async def pieces(*, breaks: bool = False) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1 << 20):
            yield body[start : start + (1 << 20)]
        if breaks:
            raise ConnectionError

    headers = {"content-type": "application/pdf"}
    with pytest.raises(ConnectionError):
        await bucket.receive("uploads/a", pieces(breaks=True), 1 << 24, headers)
    with pytest.raises(TooLarge):
        await bucket.receive("uploads/a", pieces(), len(body) - 1, headers)
    assert await bucket.read("uploads/a", 1 << 24) is None
    assert await bucket.receive("uploads/a", pieces(), len(body), headers) == len(body)
    async with bucket.opened("uploads/a") as reading:
        assert reading is not None
        version = reading.version
        assert b"".join([piece async for piece in reading.pieces]) == body
    assert await bucket.copy("uploads/a", "kept/a", headers, version)
    assert await bucket.read("kept/a", len(body)) == body
    await bucket.write("uploads/a", b"another", headers)
    assert not await bucket.copy("uploads/a", "kept/a", headers, version)
    assert not await bucket.copy("uploads/none", "kept/a", headers)


async def test_a_journey_through_a_bucket(bucket: S3Objects, database: Database, actor: Actor) -> None:
    """Announce, PUT at the bucket itself, confirm, publish, read as everybody, delete."""
    installation = msgspec.structs.replace(database.installation, assets_url="https://cdn.example")
    database.installation = installation
    database.clock = clock_ms  # the bucket judges expiry by its own clock
    control = Control(database, PEPPERS, Bus("", "test"), bucket)
    async with database.write() as tx:
        key = await keys.create_key(tx, actor, PEPPERS, CreateKey(name="s3", scopes=("*",)))
    transport = httpx.ASGITransport(app=asgi(control), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {key.text}"}
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://control", headers=headers) as client,
        httpx.AsyncClient(trust_env=False) as browser,
    ):
        for filename, content_type, body in (
            ("Photo.jpg", "image/jpeg", photograph()),
            ("Menu.pdf", "application/pdf", PDF),
        ):
            started = await announce(client, filename, content_type)
            upload, asset_id = started["upload"], started["asset"]["id"]
            assert upload["url"].startswith(bucket.upload_url("uploads/", {}, 0, 1).partition("?")[0])
            early = await client.post(f"/v1/assets/{asset_id}/confirm")
            assert early.json()["code"] == "upload_missing"
            put = await browser.put(upload["url"], content=body, headers=upload["headers"])
            assert put.status_code == 200
            confirmed = (await client.post(f"/v1/assets/{asset_id}/confirm")).json()
            assert confirmed["status"] == "confirmed"
            published = (await client.post(f"/v1/assets/{asset_id}/publish")).json()
            name = urlsplit(published["public_url"]).path
            assert published["public_url"].startswith("https://cdn.example/public/")
            shown = await browser.get(bucket.upload_url(name[1:], {}, 0, 1).partition("?")[0])
            kept = f"kept/{asset_id.replace('-', '')}"
            hidden = await browser.get(bucket.upload_url(kept, {}, 0, 1).partition("?")[0])
            assert (shown.status_code, hidden.status_code) == (200, 403)
            assert shown.headers["content-type"] == content_type
            assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
            is_picture = content_type == "image/jpeg"
            assert ("content-disposition" in shown.headers) is not is_picture
            assert len(shown.content) == confirmed["size_bytes"]
            own = await client.put(f"/v1/assets/{asset_id}/upload?expires=1&signature=x", content=body)
            assert own.status_code == 404
            assert (await client.delete(f"/v1/assets/{asset_id}")).status_code == 204
            assert await bucket.read(name[1:], 1 << 20) is None


async def test_a_bucket_that_is_away_is_said_to_be_away(database: Database) -> None:
    """503 with Retry-After is what clients wait for; a missing bucket must not look like a missing file."""
    with pytest.raises(Unavailable):
        await S3Objects("http://127.0.0.1:1", "b", EXAMPLE, clock_ms).read("kept/a", 1)


async def test_settings_decide_where_assets_are(tmp_path: Any) -> None:
    """A bucket that is half described must not end as files in a directory."""
    local = objects_of(ControlSettings(data_dir=str(tmp_path)))
    assert isinstance(local, LocalObjects)
    assert local.root == tmp_path / "assets"
    whole = ControlSettings(
        assets_s3_endpoint="https://s3.example",
        assets_s3_bucket="b",
        assets_s3_access_key="a",
        assets_s3_secret_key="s",
        assets_url="https://cdn.example/",
    )
    bucket = objects_of(whole)
    assert isinstance(bucket, S3Objects)
    await bucket.close()
    assert assets_url(whole) == "https://cdn.example"
    for missing in ("assets_s3_bucket", "assets_s3_access_key", "assets_s3_secret_key", "assets_url"):
        with pytest.raises(SettingError, match=f"WAYPOST_{missing.upper()}"):
            objects_of(msgspec.structs.replace(whole, **{missing: ""}))
    with pytest.raises(SettingError, match="WAYPOST_ASSETS_URL"):
        assets_url(ControlSettings(assets_url="https://cdn.example"))
    with pytest.raises(SettingError, match="WAYPOST_ASSETS_S3_ENDPOINT"):
        objects_of(msgspec.structs.replace(whole, assets_s3_endpoint="s3.example"))
