"""Keys that belong to people: they may no more than their person, and stop and end with them."""

import httpx
from tests.control.conftest import ApiClient


async def _person(client: httpx.AsyncClient, role: str) -> str:
    made = await client.post("/v1/members", json={"email": f"{role}@people.example", "role": role})
    member_id: str = made.json()["id"]
    return member_id


async def _key_of(client: httpx.AsyncClient, member_id: str) -> httpx.Response:
    return await client.post("/v1/keys", json={"name": "mine", "scopes": ["*"], "member_id": member_id})


async def test_a_persons_key_may_what_their_role_may(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """Also when the role changes later: the key follows its person."""
    person = await _person(client, "viewer")
    made = (await _key_of(client, person)).json()
    assert made["key"]["member_id"] == person
    theirs = await api_client(text=made["text"])
    assert (await theirs.get("/v1/links")).status_code == 200
    link = {"target_url": "https://shop.example/"}
    assert (await theirs.post("/v1/links", json=link)).json()["code"] == "scope_missing"
    await client.patch(f"/v1/members/{person}", json={"role": "editor"})
    assert (await theirs.post("/v1/links", json=link)).status_code == 201
    assert (await theirs.get("/v1/keys")).status_code == 200
    assert (await theirs.post("/v1/keys", json={"name": "x", "scopes": ["*"]})).status_code == 403


async def test_a_person_without_access_has_no_working_key(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """At once, and until access is allowed again; signing out ends their keys for good."""
    person = await _person(client, "editor")
    theirs = await api_client(text=(await _key_of(client, person)).json()["text"])
    assert (await theirs.get("/v1/links")).status_code == 200
    revoked = (await client.post(f"/v1/members/{person}/revoke-access")).json()
    assert revoked["access_revoked_at"] is not None
    assert (await client.post(f"/v1/members/{person}/revoke-access")).json() == revoked
    assert (await theirs.get("/v1/links")).json()["code"] == "key_revoked"
    allowed = (await client.post(f"/v1/members/{person}/allow-access")).json()
    assert allowed["access_revoked_at"] is None
    assert (await theirs.get("/v1/links")).status_code == 200
    assert (await client.post(f"/v1/members/{person}/sign-out")).json() == allowed
    assert (await theirs.get("/v1/links")).json()["code"] == "key_revoked"
    again = await api_client(text=(await _key_of(client, person)).json()["text"])
    assert (await again.get("/v1/links")).status_code == 200
    await client.delete(f"/v1/members/{person}")
    assert (await again.get("/v1/links")).json()["code"] == "key_revoked"


async def test_keys_that_a_person_makes_are_theirs(client: httpx.AsyncClient, api_client: ApiClient) -> None:
    """Nobody outlives their access through a second key, nor makes one in another's name."""
    boss, clerk = await _person(client, "admin"), await _person(client, "viewer")
    first = await api_client(text=(await _key_of(client, boss)).json()["text"])
    made = (
        await first.post("/v1/keys", json={"name": "second", "scopes": ["keys:read", "keys:write"]})
    ).json()
    assert made["key"]["member_id"] == boss
    second = await api_client(text=made["text"])
    other = await second.post("/v1/keys", json={"name": "x", "scopes": ["keys:read"], "member_id": clerk})
    assert other.status_code == 403
    assert (await _key_of(client, "01920000-0000-7000-8000-000000000000")).status_code == 404
    rotated = (await client.post(f"/v1/keys/{made['key']['id']}/rotate", json={})).json()
    assert rotated["key"]["member_id"] == boss
    await client.post(f"/v1/members/{boss}/revoke-access")
    for key in (first, second, await api_client(text=rotated["text"])):
        assert (await key.get("/v1/keys")).json()["code"] == "key_revoked"
