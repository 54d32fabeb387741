"""Idempotency-Key: the same request twice has one effect and one answer."""

import asyncio
import os
import random
from pathlib import Path

import httpx
import pytest
from tests.control.clock import Clock
from tests.control.conftest import ApiClient
from tests.control.processes import ControlProcess

TARGET = "https://example.com/"
IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
KILLS = 50 if IS_LONG else 6
pytestmark = [pytest.mark.timeout(1800)] if IS_LONG else []


async def test_equal_requests_at_once_make_one_link(client: httpx.AsyncClient) -> None:
    """A client that retries too early must not get two links."""
    body = {"target_url": TARGET}
    answers = await asyncio.gather(
        *(client.post("/v1/links", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(100))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 99
    assert (await client.get("/v1/links", params={"count": True})).json()["total"] == 1


async def test_another_request_under_the_same_key_is_refused(client: httpx.AsyncClient) -> None:
    """A key that is reused by mistake must not return somebody else's answer."""
    headers = {"Idempotency-Key": "k1"}
    await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)
    other = await client.post("/v1/links", json={"target_url": TARGET + "b"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", " ", "ü", "x" * 256, "a b"])
async def test_malformed_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    """Silence would make the caller believe in a protection that is not there."""
    headers = {"Idempotency-Key": key.encode()}
    answer = await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)  # type: ignore[arg-type]  # bytes values are allowed
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_keys_belong_to_their_owner_and_operation(
    client: httpx.AsyncClient, api_client: ApiClient
) -> None:
    """Two integrators may choose the same key."""
    headers = {"Idempotency-Key": "k1"}
    mine = await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)
    other = await (await api_client("*")).post("/v1/links", json={"target_url": TARGET}, headers=headers)
    tag = await client.post("/v1/tags", json={"name": "a"}, headers=headers)
    assert mine.json()["id"] != other.json()["id"]
    assert tag.status_code == 201


async def test_failed_request_leaves_the_key_free(client: httpx.AsyncClient) -> None:
    """What was refused had no effect, so the mended request may use the key."""
    headers = {"Idempotency-Key": "k1"}
    assert (await client.post("/v1/links", json={"target_url": "x:"}, headers=headers)).status_code == 422
    assert (await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)).status_code == 201


async def test_answer_is_kept_for_a_day(client: httpx.AsyncClient, clock: Clock) -> None:
    """After that the same key is a new request."""
    headers = {"Idempotency-Key": "k1"}
    first = await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)
    clock.advance(seconds=23 * 3600)
    again = await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)
    assert again.json() == first.json()
    clock.advance(seconds=2 * 3600)
    later = await client.post("/v1/links", json={"target_url": TARGET}, headers=headers)
    assert later.json()["id"] != first.json()["id"]


@pytest.mark.fault
async def test_key_holds_over_a_kill_at_any_moment(tmp_path: Path) -> None:
    """The answer is stored with its effect, so a crash between both cannot make two links."""
    api = ControlProcess("api", tmp_path / "data")
    api.start()
    headers = {"Authorization": "Bearer an-admin-key-for-tests"}
    chance = random.Random(7)
    async with httpx.AsyncClient(base_url=api.url, headers=headers, timeout=60, trust_env=False) as client:
        for number in range(KILLS):
            once = {"Idempotency-Key": f"k{number}"}
            body = {"target_url": TARGET, "external_id": None, "title": f"t{number}"}
            sending = asyncio.create_task(client.post("/v1/links", json=body, headers=once))
            await asyncio.wait({sending}, timeout=chance.uniform(0, 0.02))
            api.kill()
            await asyncio.gather(sending, return_exceptions=True)
            api.start()
            made = await client.post("/v1/links", json=body, headers=once)
            again = await client.post("/v1/links", json=body, headers=once)
            assert (made.status_code, made.json()) == (201, again.json())
        assert (await client.get("/v1/links", params={"count": True})).json()["total"] == KILLS
    api.kill()
