"""A thousand requests a minute for each token, and headers that say where a caller stands."""

from tests.contract.world import World

from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS

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
