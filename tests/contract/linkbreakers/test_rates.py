"""A thousand requests a minute for each token, and headers that say where a caller stands."""

import msgspec
from tests.contract.world import World

from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.dialects.linkbreakers.errors import SURFACE, envelope
from waypost.control.dialects.linkbreakers.rates import of_plan
from waypost.control.model.faults import RateLimited

MINUTE_MS = 60_000


async def test_headers_tell_usage_and_reset_on_every_answer(world: World) -> None:
    """The vendor's names in Unix seconds, the drafts' in seconds to wait; on errors too."""
    world.now_ms = 1_770_000_000_000 + 18_000
    async with world.client(LINKBREAKERS) as client:
        for path, status in (("/v1/links", 200), ("/v1/nothing", 404)):
            headers = (await client.get(path)).headers
            left = 999 if status == 200 else 998
            assert headers["x-ratelimit-limit"] == headers["ratelimit-limit"] == "1000"
            assert headers["x-ratelimit-remaining"] == headers["ratelimit-remaining"] == str(left)
            assert headers["x-ratelimit-reset"] == "1770000060"
            assert headers["ratelimit-reset"] == "42"
            assert headers["ratelimit-policy"] == '"token";q=1000;w=60'
            assert headers["ratelimit"] == f'"token";r={left};t=42'


async def test_past_a_thousand_a_token_waits_for_the_next_minute(world: World) -> None:
    """`Retry-After` is in seconds: the article's helper multiplies it by 1000."""
    world.now_ms = 1_770_000_000_000 + 10_500
    async with world.client(LINKBREAKERS) as client:
        for _ in range(1000):
            answer = await client.get("/v1")
        assert answer.status_code == 200
        world.now_ms = 1_770_000_000_000 + 10_500
        refused = await client.get("/v1")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "50"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        body = refused.json()
        assert (body["code"], body["codeType"]) == (429, "RATE_LIMITED")
        assert body["message"]
        assert body["details"] == []
        world.now_ms += MINUTE_MS
        assert (await client.get("/v1")).status_code == 200


async def test_tokens_are_counted_apart(world: World) -> None:
    """One busy integration must not starve another."""
    await world.add_key("another-token")
    async with world.client(LINKBREAKERS) as busy, world.client(LINKBREAKERS, key="another-token") as other:
        for _ in range(3):
            await busy.get("/v1/links")
        assert (await other.get("/v1/links")).headers["x-ratelimit-remaining"] == "999"


async def test_a_plan_bounds_the_calls_of_a_month(world: World) -> None:
    """The vendor has a code of its own for it, and the wait is until the month is over."""
    plan = world.control.database.installation.plan("")
    policies = of_plan(msgspec.structs.replace(plan, api_calls_month=10_000))
    assert [(policy.name, policy.limit) for policy in policies] == [("token", 1000), ("month", 10_000)]
    failure = SURFACE.failure(RateLimited("month", 86_400), request_id="r", method="GET")
    body = envelope(failure)
    assert (body["code"], body["codeType"]) == (429, "MAX_PUBLIC_API_QUERIED_REACHED")


async def test_a_retried_creation_is_done_once(world: World) -> None:
    """Idempotency-Key: the same answer again, marked; another body under the key is refused."""
    headers = {"Idempotency-Key": "a-key-of-a-client"}
    body = {"destination": "https://example.com"}
    async with world.client(LINKBREAKERS) as client:
        first = await client.post("/v1/links", json=body, headers=headers)
        again = await client.post("/v1/links", json=body, headers=headers)
        assert again.json() == first.json()
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        other = await client.post("/v1/links", json={**body, "name": "x"}, headers=headers)
        assert (other.status_code, other.json()["codeType"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert (await client.get("/v1/links")).json()["total_count"] == 1
