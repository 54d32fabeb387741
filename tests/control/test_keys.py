"""API keys: their text is shown once, checked offline, and kept nowhere."""

import asyncio
import base64
import hmac
import json
import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.clock import Clock
from tests.control.conftest import PEPPERS, ApiClient

from waypost.control.model import key_jwt
from waypost.control.model import keys as key_text
from waypost.control.store.database import Database


@given(st.binary(min_size=100, max_size=100), st.integers(0, 55), st.sampled_from(key_text.BASE62))
def test_a_typo_in_a_key_is_seen_without_asking_the_database(raw: bytes, place: int, typo: str) -> None:
    """Scanners and servers can drop what cannot be a key."""
    text = key_text.waypost_key(key_text.base62(raw[:16], 8), key_text.base62(raw[16:80], 32))
    assert key_text.is_plausible(text)
    if 4 <= place < len(text) and text[place] not in ("_", typo):
        assert not key_text.is_plausible(text[:place] + typo + text[place + 1 :])


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("waypost", r"way_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}"),
        ("trimlink", r"tk_live_[0-9A-Za-z]{32}"),
        ("codeqr", r"codeqr_[0-9A-Za-z]{32}"),
        ("qrsbd", r"qrbd_[0-9A-Za-z]{32}"),
        ("xqr", r"xqr_pk_[0-9a-f]{8}\.[0-9a-f]{64}"),
        ("linkbreakers", r"[\w-]+\.[\w-]+\.[\w-]+"),
    ],
)
async def test_key_has_the_form_its_client_expects_and_works_everywhere(
    client: httpx.AsyncClient, api_client: ApiClient, form: str, pattern: str
) -> None:
    """An unchanged client checks how its key looks."""
    body = {"name": form, "scopes": ["links:read"], "format": form}
    text = (await client.post("/v1/keys", json=body)).json()["text"]
    assert re.fullmatch(pattern, text)
    assert (await (await api_client(text=text)).get("/v1/links")).status_code == 200


def _everything_in(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.glob("control.db*"))


async def test_no_key_is_kept_in_the_database(
    client: httpx.AsyncClient, database: Database, tmp_path: Path, api_client: ApiClient
) -> None:
    """Whoever steals a backup must not be able to call the API."""
    if database.writer.dialect.name != "sqlite":
        pytest.skip("reads SQLite's file")
    made = (await client.post("/v1/keys", json={"name": "x", "scopes": ["*"]})).json()
    await (await api_client(text=made["text"])).get("/v1/links")
    await database.checkpoint()
    raw = await asyncio.to_thread(_everything_in, tmp_path)
    assert b"api_keys" in raw
    assert made["text"].split("_")[2].encode() not in raw
    assert "text" not in (await client.get(f"/v1/keys/{made['key']['id']}")).json()


async def test_rotated_key_overlaps_with_its_successor(
    client: httpx.AsyncClient, api_client: ApiClient, clock: Clock
) -> None:
    """A fleet of clients changes over without an outage."""
    old = (await client.post("/v1/keys", json={"name": "x", "scopes": ["links:read"]})).json()
    url = f"/v1/keys/{old['key']['id']}"
    new = (await client.post(f"{url}/rotate", json={"overlap_s": 3600})).json()
    assert new["key"]["scopes"] == ["links:read"]
    first, second = await api_client(text=old["text"]), await api_client(text=new["text"])
    assert (await first.get("/v1/links")).status_code == 200
    clock.advance(seconds=3601)
    assert (await first.get("/v1/links")).json()["code"] == "key_expired"
    assert (await second.get("/v1/links")).status_code == 200


async def test_revoked_key_is_refused_at_once(client: httpx.AsyncClient, api_client: ApiClient) -> None:
    """A leaked key must end with the call that revokes it."""
    made = (await client.post("/v1/keys", json={"name": "x", "scopes": ["links:read"]})).json()
    other = await api_client(text=made["text"])
    assert (await other.get("/v1/links")).status_code == 200
    assert (await client.delete(f"/v1/keys/{made['key']['id']}")).status_code == 204
    assert (await other.get("/v1/links")).json()["code"] == "key_revoked"


@given(st.binary(min_size=8, max_size=40), st.integers(0, 400), st.sampled_from(key_text.BASE62))
def test_changed_token_is_forged_under_every_pepper_but_its_own(pepper: bytes, place: int, typo: str) -> None:
    """A token is checked before the database is asked, and an old pepper still knows its own."""
    text = key_jwt.signed(key_jwt.Claims(tid="t", wid="w", iat=1, jti="00"), pepper)
    assert not key_jwt.is_forged(text, (b"newer", pepper))
    assert key_jwt.is_forged(text, (b"newer",))
    header = text.index(".") + 1
    place = header + place % (len(text) - header - 1)  # the last letter holds bits that say nothing
    if text[place] not in (".", typo):
        assert key_jwt.is_forged(text[:place] + typo + text[place + 1 :], (pepper,))


def packed(raw: bytes) -> str:
    """Base64url without padding, as RFC 7515 writes it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    """The bytes of such text."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_token_is_a_signed_jwt_that_can_be_revoked(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """Clients that read their token's claims find them; the table alone says what it may do, and until when."""
    body = {"name": "x", "scopes": ["links:read"], "format": "jwt"}
    made = (await client.post("/v1/keys", json=body)).json()
    secret = hmac.digest(PEPPERS.secrets[0], b"waypost key signature", "sha256")
    header, payload, signature = made["text"].split(".")
    assert json.loads(unpacked(header)) == {"alg": "HS256", "typ": "JWT", "kid": "waypost"}
    assert unpacked(signature) == hmac.digest(secret, f"{header}.{payload}".encode(), "sha256")
    claims = json.loads(unpacked(payload))
    assert (claims["tid"], claims["iss"]) == (made["key"]["id"], "waypost")
    assert claims["wid"] == (await client.get("/v1/workspace")).json()["id"]
    other = await api_client(text=made["text"])
    assert (await other.get("/v1/links")).status_code == 200
    assert (await other.get("/v1/tags")).json()["code"] == "scope_missing"
    # Who signs with the right secret but was never issued a key is nobody; and "none" is no signature.
    content = f"{header}.{packed(json.dumps({**claims, 'jti': '00'}).encode())}"
    never = f"{content}.{packed(hmac.digest(secret, content.encode(), 'sha256'))}"
    bare = f"{packed(json.dumps({'alg': 'none'}).encode())}.{payload}."
    for text in (never, bare, made["text"][:-3] + "AAA"):
        assert (await (await api_client(text=text)).get("/v1/links")).json()["code"] == "key_unknown"
    await client.patch(f"/v1/keys/{made['key']['id']}", json={"scopes": ["tags:read"]})
    assert (await other.get("/v1/tags")).status_code == 200
    await client.delete(f"/v1/keys/{made['key']['id']}")
    assert (await other.get("/v1/tags")).json()["code"] == "key_revoked"


async def test_key_that_has_ended_is_neither_made_nor_succeeded(
    client: httpx.AsyncClient, clock: Clock
) -> None:
    """A key that opens nothing from the start is a date with a typo."""
    body = {"name": "k", "scopes": ["links:read"]}
    past = await client.post("/v1/keys", json=body | {"expires_at": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["code"], past.json()["field"]) == (422, "invalid", "expires_at")
    made = await client.post("/v1/keys", json=body | {"expires_at": "2027-06-01T00:00:00Z"})
    clock.advance(seconds=365 * 24 * 3600)
    ended = await client.post(f"/v1/keys/{made.json()['key']['id']}/rotate", json={})
    assert (ended.status_code, ended.json()["code"]) == (401, "key_expired")
