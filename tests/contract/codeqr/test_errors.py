"""Errors and limits: one envelope, one code for each status."""

import httpx
import pytest
from tests.contract.codeqr.conftest import KEY
from tests.contract.world import World

from waypost.control.dialects.codeqr.dialect import CODEQR
from waypost.control.model.keys import CreateKey, new_text
from waypost.control.model.plans import Plan


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "not_found"),
        ("GET", "/partners", None, 404, "not_found"),
        ("PUT", "/links", b"{}", 405, "not_found"),
        ("POST", "/links", b"{not json", 400, "bad_request"),
        ("POST", "/links", b"[]", 400, "bad_request"),
        ("POST", "/links/bulk", b"{}", 400, "bad_request"),
        ("POST", "/tags", b'"news"', 400, "bad_request"),
        ("PATCH", "/links/bulk", b'{"data": {}}', 400, "bad_request"),
        ("POST", "/links", b"{}", 422, "unprocessable_entity"),
        ("POST", "/links", b'{"url": 5}', 422, "unprocessable_entity"),
        ("POST", "/links", b'{"url": "javascript:alert(1)"}', 422, "unprocessable_entity"),
        ("POST", "/links", b'{"url": "https://e.org", "expiresAt": "tomorrow"}', 422, "unprocessable_entity"),
        (
            "POST",
            "/links",
            b'{"url": "https://e.org", "geo": {"XX": "https://e.org"}}',
            422,
            "unprocessable_entity",
        ),
        ("POST", "/links", b'{"url": "https://e.org", "domain": "not-ours.example"}', 403, "forbidden"),
        ("POST", "/links", b'{"url": "https://e.org", "folderId": "fold_1"}', 404, "not_found"),
        ("PATCH", "/links/link_x", b"{}", 404, "not_found"),
        ("DELETE", "/links/link_x", None, 404, "not_found"),
    ],
)
async def test_every_error_has_the_vendors_envelope(
    client: httpx.AsyncClient, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    """The relative's clients throw when a status comes with another word."""
    headers = {"Content-Type": "application/json"} if body else {}
    answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert list(answer.json()) == ["error"]
    assert sorted(error) == ["code", "doc_url", "message"]
    assert error["code"] == code
    assert error["doc_url"].endswith("#" + code.replace("_", "-"))
    assert error["message"]


async def test_errors_name_the_vendors_members(client: httpx.AsyncClient) -> None:
    """Nobody who wrote `url` can guess what `target_url` is."""
    members = {
        "url": "ftp://x.example",
        "key": "robots.txt",
        "expiredUrl": "javascript:alert(1)",
        "image": "data:x",
    }
    for name, value in members.items():
        body = {"url": "https://example.com", "proxy": True, name: value}
        answer = await client.post("/links", json=body)
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].startswith(f"{name}: "), answer.text
    queries = {
        "/links?withTags=perhaps": "withTags",
        "/links/count?groupBy=moon": "groupBy",
        "/analytics?groupBy=moon": "groupBy",
        "/events?sort_order=up": "sortOrder",
        "/links?pageSize=101": "pageSize",
        "/qr?url=x&hideLogo=perhaps": "hideLogo",
    }
    for path, name in queries.items():
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["error"]["message"].partition(":")[0]) == (422, name)


async def test_keys_of_the_vendors_form_open_what_they_were_made_for(world: World) -> None:
    """Permissions are chosen when a key is made; without one, or with a wrong one, it is 401."""
    assert new_text("codeqr", lambda count: bytes(range(count))).startswith("codeqr_")
    assert CreateKey(name="n", scopes=("links:read",), format="codeqr").format == "codeqr"
    await world.add_key(KEY, "links:read")
    async with world.client(CODEQR, KEY) as client:
        assert (await client.get("/links?projectSlug=any-slug")).status_code == 200
        refused = await client.post("/links", json={"url": "https://example.com"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    for wrong in ("", "codeqr_wrong"):
        async with world.client(CODEQR, wrong) as stranger:
            answer = await stranger.get("/links")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    for header in (KEY, f"Basic {KEY}", "Bearer"):
        async with world.client(CODEQR, "") as careless:
            answer = await careless.get("/links", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_the_limit_is_told_in_milliseconds_and_refusals_say_when_to_return(world: World) -> None:
    """`X-RateLimit-Reset` is a Unix time in milliseconds, `Retry-After` a number of seconds, only on 429."""
    world.use_plan(Plan(name="unlimited", api_calls_minute=2))
    await world.add_key(KEY)
    async with world.client(CODEQR, KEY) as client:
        first = await client.get("/links")
        await client.get("/nowhere")
        refused = await client.get("/links")
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("2", "1")
    assert 0 < int(first.headers["x-ratelimit-reset"]) - world.now_ms <= 60_000
    assert "retry-after" not in first.headers
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-ratelimit-remaining"] == "0"


async def test_a_full_plan_is_forbidden(world: World) -> None:
    """The clients know no other word for it."""
    world.use_plan(Plan(name="unlimited", links=1))
    await world.add_key(KEY)
    async with world.client(CODEQR, KEY) as client:
        await client.post("/links", json={"url": "https://example.com"})
        refused = await client.post("/links", json={"url": "https://example.com"})
        bulk = (await client.post("/links/bulk", json=[{"url": "https://example.com"}])).json()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert bulk[0]["code"] == "forbidden"
