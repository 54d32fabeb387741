"""API keys: their text is shown once, checked offline, and kept nowhere."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.clock import Clock
from tests.control.conftest import ApiClient

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
