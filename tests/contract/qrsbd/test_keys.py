"""QRs.bd's API keys."""

import re

import httpx
from tests.contract.world import World

from waypost.control.dialects.qrsbd.dialect import QRSBD

PATH = "/api/keys"


async def test_a_key_is_shown_once_and_opens_the_api_until_it_is_revoked(
    world: World, client: httpx.AsyncClient
) -> None:
    """C11, C12, C13, C15: the whole life of a key."""
    answer = await client.post(PATH, json={"name": "Production Key"})
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert sorted(made) == ["created_at", "id", "key", "key_prefix", "last_used_at", "name"]
    assert re.fullmatch(r"qrbd_[0-9A-Za-z]{32}", made["key"])
    assert (made["name"], made["key_prefix"]) == ("Production Key", made["key"][:11])
    listed = (await client.get(PATH)).json()["data"]
    assert listed[0] == {name: value for name, value in made.items() if name != "key"}
    async with world.client(QRSBD, made["key"]) as holder:
        assert (await holder.get("/api/v1/qrcodes")).status_code == 200
        assert (await holder.get("/api/v1/domains")).status_code == 200
        revoked = await client.delete(f"{PATH}/{made['id']}")
        assert (revoked.status_code, revoked.json()) == (200, {"data": {"id": made["id"], "revoked": True}})
        refused = await holder.get("/api/v1/qrcodes")
    assert (refused.status_code, refused.json()["error"]) == (401, "unauthorized")
    assert made["id"] not in [key["id"] for key in (await client.get(PATH)).json()["data"]]
    again = await client.delete(f"{PATH}/{made['id']}")
    assert (again.status_code, again.json()["error"]) == (404, "not_found")


async def test_a_key_needs_neither_a_name_nor_a_body(client: httpx.AsyncClient) -> None:
    """C13: both members are optional, so `curl -X POST` alone makes one."""
    answer = await client.post(PATH)
    assert (answer.status_code, answer.json()["data"]["name"]) == (201, "API key")


async def test_keys_made_here_cannot_make_keys(world: World, client: httpx.AsyncClient) -> None:
    """C16: a key that leaks must not be able to renew itself."""
    key = (await client.post(PATH, json={})).json()["data"]["key"]
    async with world.client(QRSBD, key) as holder:
        for answer in (await holder.get(PATH), await holder.post(PATH, json={})):
            assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized")


async def test_the_workspace_is_that_of_the_caller_and_no_other(
    world: World, client: httpx.AsyncClient
) -> None:
    """C14: the default is the caller's own; another one does not exist for it."""
    own = await client.post(PATH, json={"workspace_id": world.workspace_id})
    assert own.status_code == 201
    other = await client.post(PATH, json={"workspace_id": "00000000-0000-7000-8000-000000000000"})
    assert (other.status_code, other.json()["error"]) == (404, "workspace_not_found")
