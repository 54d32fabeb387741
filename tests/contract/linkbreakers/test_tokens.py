"""Workspace tokens: shown once, scoped, and shaped as clients expect."""

import base64
import json

import httpx
import pytest
from tests.contract.world import World

from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.dialects.linkbreakers.mapping.tokens import SCOPES, from_native, to_native
from waypost.control.model.access import SCOPES as NATIVE_SCOPES

PATH = "/v1/workspace-tokens"


async def test_a_token_has_the_shape_of_a_jwt_and_is_shown_once(
    client: httpx.AsyncClient, world: World
) -> None:
    """Three base64url parts, of which the first two are JSON; nothing ever shows it again."""
    made = (await client.post(PATH, json={"name": "Production integration"})).json()
    text = made["access_token"]
    assert made["accessToken"] == text
    header, claims, secret = text.split(".")
    for part in (header, claims):
        assert isinstance(json.loads(base64.urlsafe_b64decode(part + "==")), dict)
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["typ"] == "JWT"
    assert len(base64.urlsafe_b64decode(secret + "==")) >= 32
    for answer in (await client.get(PATH), await client.get(f"{PATH}/{made['token']['id']}")):
        assert secret not in answer.text
    async with world.client(LINKBREAKERS, key=text) as user:
        assert (await user.get("/v1/links")).status_code == 200


async def test_several_tokens_are_told_apart_by_their_names(client: httpx.AsyncClient) -> None:
    """One for each environment, each revoked alone."""
    names = ["Development testing", "Staging environment", "Marketing automation"]
    ids = [(await client.post(PATH, json={"name": name})).json()["token"]["id"] for name in names]
    listed = (await client.get(PATH)).json()
    assert {token["name"] for token in listed["tokens"]} >= set(names)
    assert (await client.delete(f"{PATH}/{ids[0]}")).json() == {}
    left = {token["name"] for token in (await client.get(PATH)).json()["tokens"]}
    assert names[0] not in left
    assert set(names[1:]) <= left


async def test_a_revoked_token_is_refused_at_once(client: httpx.AsyncClient, world: World) -> None:
    """Whatever its claims say."""
    made = (await client.post(PATH, json={"name": "leaked"})).json()
    async with world.client(LINKBREAKERS, key=made["access_token"]) as user:
        assert (await user.get("/v1/links")).status_code == 200
        await client.delete(f"{PATH}/{made['token']['id']}")
        assert (await user.get("/v1/links")).status_code == 401


async def test_writing_implies_reading_and_nothing_else(client: httpx.AsyncClient, world: World) -> None:
    """As the vendor documents its scopes."""
    body = {"name": "w", "scopes": ["API_SCOPE_LINKS_WRITE"]}
    made = (await client.post(PATH, json=body)).json()
    async with world.client(LINKBREAKERS, key=made["access_token"]) as user:
        assert (await user.post("/v1/links", json={"destination": "https://example.com"})).status_code == 200
        assert (await user.get("/v1/links")).status_code == 200
        refused = await user.get(PATH)
        assert (refused.status_code, refused.json()["codeType"]) == (403, "PERMISSION_DENIED")


async def test_nobody_hands_out_more_than_they_hold(client: httpx.AsyncClient, world: World) -> None:
    """A token for tokens is not a token for everything."""
    made = (await client.post(PATH, json={"name": "t", "scopes": ["API_SCOPE_TOKENS_WRITE"]})).json()
    async with world.client(LINKBREAKERS, key=made["access_token"]) as user:
        for body in ({"name": "all"}, {"name": "links", "scopes": ["API_SCOPE_LINKS_READ"]}):
            answer = await user.post(PATH, json=body)
            assert answer.status_code == 400
            assert answer.json()["details"][0]["field"] == "scopes"


async def test_a_publishable_token_writes_no_links(client: httpx.AsyncClient, world: World) -> None:
    """It stands in web pages for everybody to read."""
    body = {"name": "web", "keyType": "WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE"}
    made = (await client.post(PATH, json=body)).json()
    assert made["token"]["keyType"] == body["keyType"]
    async with world.client(LINKBREAKERS, key=made["access_token"]) as page:
        refused = await page.post("/v1/links", json={"destination": "https://example.com"})
        assert refused.status_code == 403
    refused = await client.post(PATH, json={**body, "scopes": ["API_SCOPE_LINKS_READ"]})
    assert refused.status_code == 400


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_means_native_scopes_and_comes_back(scope: str) -> None:
    """A token lists the scopes it was made with."""
    native = to_native([scope])
    assert set(native) <= NATIVE_SCOPES
    assert from_native(native) == [scope]


async def test_the_catalogue_of_scopes_needs_no_token(world: World) -> None:
    """Each entry says what it is, in both notations."""
    async with world.client(LINKBREAKERS, key="") as nobody:
        scopes = (await nobody.get("/v1/api-scopes")).json()["scopes"]
    assert [scope["scope"] for scope in scopes] == list(SCOPES)
    assert {"scope": "API_SCOPE_PAGE_THEMES_WRITE", "name": "page_themes:write"}.items() <= scopes[7].items()


async def test_the_entry_points_need_no_token(world: World) -> None:
    """A tool that knows only the host finds the description of everything."""
    async with world.client(LINKBREAKERS, key="") as nobody:
        for path in ("/", "/v1"):
            entry = (await nobody.get(path)).json()
            assert entry["version"] == "v1"
        document = (await nobody.get(entry["openapi"])).json()
    assert document["openapi"].startswith("3.1")
    assert "/v1/links" in document["paths"]


async def test_a_token_tells_when_it_was_last_used(client: httpx.AsyncClient, world: World) -> None:
    """Whoever cleans up sees which tokens nobody needs any more."""
    made = (await client.post(PATH, json={"name": "watched"})).json()
    assert made["token"]["last_used_at"] is None
    async with world.client(LINKBREAKERS, key=made["access_token"]) as user:
        await user.get("/v1/links")
    await world.control.usage.flush()
    read = (await client.get(f"{PATH}/{made['token']['id']}")).json()["token"]
    assert read["lastUsedAt"] == read["last_used_at"]
    assert read["last_used_at"] >= made["token"]["created_at"]
