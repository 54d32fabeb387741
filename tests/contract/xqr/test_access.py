"""Keys, scopes and limits as xQR's clients meet them."""

import re
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.contract.world import World

from waypost.control.core import keys
from waypost.control.dialects.base.rates import Limiter
from waypost.control.dialects.xqr import plans
from waypost.control.dialects.xqr.dialect import XQR
from waypost.control.dialects.xqr.plans import policies
from waypost.control.model.faults import QuotaReached
from waypost.control.model.keys import CreateKey, new_text
from waypost.control.model.plans import Plan, read_plans
from waypost.control.store import keys as key_store
from waypost.wire.ids import to_text

PLANS_FILE = Path(plans.__file__).with_name("plans.json")
MISSING_ID = "00000000-0000-7000-8000-000000000000"
MISSING = f"/api/v1/links/{MISSING_ID}"
SCOPED = {
    "links:read": ["GET /links", "GET /links/{id}", "GET /links/bulk/{id}"],
    "links:write": [
        *("POST /links", "PATCH /links/{id}", "DELETE /links/{id}"),
        *("POST /links/bulk", "PATCH /links/bulk/status"),
    ],
    "qr:read": ["GET /qr/templates", "GET /qr/templates/{id}"],
    "qr:write": ["POST /qr/templates", "PATCH /qr/templates/{id}", "DELETE /qr/templates/{id}"],
    "qr:render": ["GET /links/{id}/qr", "POST /qr/generate", "POST /qr/templates/{id}/render"],
    "analytics:read": [
        *("GET /analytics/summary", "GET /analytics/timeseries", "GET /analytics/geography"),
        *("GET /analytics/devices", "GET /analytics/top-links", "GET /analytics/links/{id}"),
        "GET /bio/pages/{id}/stats",
    ],
    "bio:read": ["GET /bio/pages", "GET /bio/pages/{id}"],
    "bio:write": [
        *("POST /bio/pages", "PATCH /bio/pages/{id}", "DELETE /bio/pages/{id}"),
        *("POST /bio/pages/{id}/publish", "POST /bio/pages/{id}/unpublish"),
    ],
    "assets:read": ["GET /assets", "GET /assets/{id}"],
    "assets:write": [
        *("POST /assets/presign", "POST /assets/{id}/confirm", "POST /assets/presign/{id}/confirm"),
        *("DELETE /assets/{id}", "POST /assets/{id}/publish"),
    ],
    "workspace:read": ["GET /workspace", "GET /workspace/members", "GET /workspace/usage"],
    "webhooks:read": ["GET /webhooks", "GET /webhooks/{id}", "GET /webhooks/{id}/deliveries"],
    "webhooks:write": ["POST /webhooks", "PATCH /webhooks/{id}", "DELETE /webhooks/{id}"],
    "reports:read": [],
    "reports:write": [],
}
"""The fifteen scopes of the document, and every operation under the one that it names."""


async def _code(client: httpx.AsyncClient, path: str = "/api/v1/links") -> tuple[int, str]:
    answer = await client.get(path)
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def test_new_keys_look_as_the_seed_says() -> None:
    """C17: `xqr_pk_{8 hex}.{64 URL-safe}`; clients check the shape before they send."""
    taken = iter(range(256))
    text = new_text("xqr", lambda length: bytes([next(taken)]) * length)
    assert re.fullmatch(r"xqr_pk_[0-9a-f]{8}\.[A-Za-z0-9_-]{64}", text)


async def test_a_key_is_recognised_and_its_text_is_nowhere(world: World) -> None:
    """C17: a stolen database must not hold a single key."""
    command = CreateKey(name="shop", scopes=("*",), format="xqr")
    async with world.control.database.write() as tx:
        minted = await keys.create_key(tx, world.actor, world.control.peppers, command)
    text, key = minted.text, minted.key
    async with world.client(XQR, text) as client:
        assert await _code(client) == (200, "")
    async with world.control.database.read() as tx:
        stored = await key_store.get(tx, world.workspace_id, key.id)
    assert text not in str(stored)
    assert text.partition(".")[2][:16] not in str(stored)


async def test_unknown_revoked_and_expired_keys_are_told_apart(world: World) -> None:
    """C19, C37: each has its own remedy, so each has its own code."""
    await world.add_key("expired", expires_ms=world.now_ms + 10_000)
    revoked = await world.add_key("revoked")
    async with world.control.database.write() as tx:
        await key_store.save(tx, msgspec.structs.replace(revoked, revoked_ms=tx.now_ms))
    async with world.client(XQR, "expired") as client:
        assert await _code(client) == (200, "")
        world.now_ms += 10_000
        assert await _code(client) == (401, "EXPIRED_API_KEY")
    async with world.client(XQR, "revoked") as client:
        assert await _code(client) == (401, "REVOKED_API_KEY")
    for text in ("", "xqr_pk_0123abcd.unknown", "nonsense"):
        async with world.client(XQR, text) as client:
            assert await _code(client) == (401, "INVALID_API_KEY")
    async with world.client(XQR, "") as client:
        answer = await client.get("/api/v1/links", headers={"Authorization": "Basic eHFyOnhxcg=="})
    assert answer.json()["error"]["code"] == "INVALID_API_KEY"


async def test_every_operation_needs_exactly_its_scope(world: World) -> None:
    """C18: writing does not imply reading, and a missing scope is named."""
    assert len(SCOPED) == 15
    assert sum(map(len, SCOPED.values())) == len(XQR.routes())
    for scope, operations in SCOPED.items():
        await world.add_key(f"all but {scope}", *sorted({*SCOPED} - {scope}))
        await world.add_key(f"only {scope}", scope)
        async with (
            world.client(XQR, f"all but {scope}") as others,
            world.client(XQR, f"only {scope}") as only,
        ):
            for operation in operations:
                method, _, path = operation.partition(" ")
                path = f"/api/v1{path}".replace("{id}", MISSING_ID)
                body: dict[str, str] | None = None if method == "GET" else {}
                refused = await others.request(method, path, json=body)
                assert refused.status_code == 403, operation
                assert refused.json()["error"] == {
                    "code": "INSUFFICIENT_SCOPE",
                    "message": f"This endpoint requires the {scope} scope.",
                    "status": 403,
                }
                assert (await only.request(method, path, json=body)).status_code != 403, operation


async def test_what_belongs_to_another_workspace_does_not_exist(world: World) -> None:
    """C38: a foreign link and a missing one look alike, or ids could be probed."""
    async with world.client(XQR) as client:
        made = (await client.post("/api/v1/links", json={"url": "https://example.com/"})).json()["data"]["id"]
    async with world.control.database.write() as tx:
        from waypost.control.model.workspaces import Workspace
        from waypost.control.store import workspaces

        other = Workspace(
            id=to_text(b"\x01" * 16), slug="other", name="Other", created_ms=tx.now_ms, updated_ms=tx.now_ms
        )
        await workspaces.insert(tx, other)
    await world.add_key("foreign", workspace_id=other.id)
    async with world.client(XQR, "foreign") as client:
        foreign = await client.get(f"/api/v1/links/{made}")
        missing = await client.get(MISSING)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["error"] == missing.json()["error"]


async def test_headers_and_body_tell_the_same_limits_and_each_call_counts_once(
    client: httpx.AsyncClient,
) -> None:
    """C55, C56: a client may read either."""
    first = await client.get("/api/v1/links")
    second = await client.get("/api/v1/links")
    for answer in (first, second):
        told = answer.json()["meta"]["rate_limit"]
        assert answer.headers["x-ratelimit-limit"] == str(told["limit"])
        assert answer.headers["x-ratelimit-remaining"] == str(told["remaining"])
        assert answer.headers["x-ratelimit-burst-limit"] == str(told["burst_limit"])
        assert answer.headers["x-ratelimit-burst-remaining"] == str(told["burst_remaining"])
        assert answer.headers["x-request-id"] == answer.json()["meta"]["request_id"]
    assert (
        first.json()["meta"]["rate_limit"]["remaining"]
        == second.json()["meta"]["rate_limit"]["remaining"] + 1
    )
    assert second.json()["meta"]["rate_limit"]["reset"] == 1_772_323_200  # 2026-03-01 00:00 UTC


@pytest.mark.parametrize(
    ("name", "month", "second", "keys_max"),
    [("pro", 1_000, 10, 2), ("business", 25_000, 50, 10), ("enterprise", 100_000, 200, 0)],
)
def test_the_vendors_plans_are_a_file_that_operators_can_use(
    name: str, month: int, second: int, keys_max: int
) -> None:
    """C20, C54: what the vendor's table promises, as WAYPOST_PLANS_FILE reads it; 0 keys is no limit."""
    plan = next(plan for plan in read_plans(PLANS_FILE.read_bytes()) if plan.name == name)
    verdict = Limiter().charge("k", "w", policies(plan), 1_770_000_000_000)
    found = {standing.policy.name: standing.policy.limit for standing in verdict.standings}
    assert found == {"month": month, "burst": second}
    assert plan.keys == keys_max


async def test_keys_are_limited_by_the_plan(world: World) -> None:
    """C20, C37: the third key of a plan with two is refused as a limit, not as a mistake."""
    world.use_plan(Plan(name="unlimited", keys=2))
    command = CreateKey(name="one more", scopes=("*",), format="xqr")
    async with world.control.database.write() as tx:
        await keys.create_key(tx, world.actor, world.control.peppers, command)
    with pytest.raises(QuotaReached) as raised:
        async with world.control.database.write() as tx:
            await keys.create_key(tx, world.actor, world.control.peppers, command)
    failure = XQR.surface.failure(raised.value, request_id="req_1", method="POST")
    assert (failure.status, failure.code) == (403, "PLAN_LIMIT_EXCEEDED")


async def test_the_free_plan_has_no_keys(world: World) -> None:
    """C20: not one, where a 0 in a plans file would be without limit."""
    free = next(plan for plan in read_plans(PLANS_FILE.read_bytes()) if plan.name == "free")
    world.use_plan(msgspec.structs.replace(free, name="unlimited"))
    command = CreateKey(name="first", scopes=("*",), format="xqr")
    with pytest.raises(QuotaReached):
        async with world.control.database.write() as tx:
            await keys.create_key(tx, world.actor, world.control.peppers, command)


async def test_a_rotated_key_is_followed_by_one_with_the_same_rights(world: World) -> None:
    """C19: rotation ends the old key; without overlap, at once."""
    old = await world.add_key("old-key", "links:read")
    async with world.control.database.write() as tx:
        minted = await keys.rotate_key(tx, world.actor, world.control.peppers, old.id, 0)
    assert minted.key.scopes == old.scopes
    async with world.client(XQR, "old-key") as client:
        assert await _code(client) == (401, "EXPIRED_API_KEY")
    async with world.client(XQR, minted.text) as client:
        assert await _code(client) == (200, "")


async def test_too_many_in_a_second_and_too_many_in_a_month_are_told_apart(world: World) -> None:
    """C37, C54: one wants a moment's patience, the other a new month."""
    world.use_plan(Plan(name="unlimited", api_calls_month=5, api_burst=3))
    async with world.client(XQR) as client:
        for _ in range(3):
            assert await _code(client) == (200, "")
        burst = await client.get("/api/v1/links")
        world.now_ms += 1_000
        assert [await _code(client) for _ in range(2)] == [(200, "")] * 2
        await world.control.usage.flush()
        month = await client.delete("/api/v1/links/x")
    assert (burst.status_code, burst.json()["error"]["code"]) == (429, "BURST_LIMIT_EXCEEDED")
    assert burst.headers["retry-after"] == "1"
    assert burst.headers["x-ratelimit-remaining"] == "2"
    assert (month.status_code, month.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert month.headers["x-ratelimit-remaining"] == "0"
    assert abs(int(month.headers["retry-after"]) - (1_772_323_200_000 - world.now_ms) // 1000) <= 1


async def test_peppers_make_digests_that_need_the_server(world: World) -> None:
    """C17: the seed's bare SHA-256 would let a leaked table be searched; ours is keyed."""
    digests = world.control.peppers.digests("xqr_pk_0123abcd.secret")
    assert [len(digest) for digest in digests] == [64]
    assert digests != keys.Peppers((b"another pepper",)).digests("xqr_pk_0123abcd.secret")
