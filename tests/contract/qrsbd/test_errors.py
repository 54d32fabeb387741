"""QRs.bd's error codes and rate limit headers."""

import httpx
import pytest
from tests.contract.world import World

from waypost.control.core import workspaces
from waypost.control.dialects.qrsbd.dialect import QRSBD
from waypost.control.dialects.qrsbd.errors import SURFACE, ErrorEnvelope, MissingDomain, MissingId
from waypost.control.model import faults
from waypost.control.model.faults import Fault
from waypost.control.model.plans import Plan
from waypost.control.surface.faults import Internal

DOCUMENTED: list[tuple[Fault, str, int, str]] = [
    (faults.KeyRevoked(), "GET", 401, "unauthorized"),
    (faults.RateLimited("minute", 1), "GET", 429, "rate_limited"),
    (faults.QuotaReached("qr_codes", 2), "POST", 403, "quota_exceeded"),
    (faults.LinkNotFound(), "GET", 404, "not_found"),
    (faults.Invalid("title", "x"), "POST", 400, "invalid_request"),
    (faults.InvalidSlug("slug", "x"), "POST", 400, "invalid_slug"),
    (faults.SlugTaken("x"), "POST", 409, "slug_taken"),
    (faults.InvalidDomain("domain", "x"), "POST", 400, "invalid_domain"),
    (faults.DomainTaken("x"), "POST", 409, "domain_taken"),
    (faults.QuotaReached("domains", 1), "POST", 403, "domain_quota_reached"),
    (faults.DomainNotFound(), "DELETE", 404, "domain_not_found"),
    (MissingDomain("domain", "is required"), "POST", 400, "missing_domain"),
    (MissingId("id", "is required"), "DELETE", 400, "missing_id"),
    (faults.WorkspaceSuspended(), "POST", 400, "no_workspace"),
    (faults.WorkspaceNotFound(), "POST", 404, "workspace_not_found"),
    (Internal(), "GET", 500, "query_failed"),
    (Internal(), "POST", 500, "create_failed"),
    (Internal(), "PATCH", 500, "update_failed"),
    (Internal(), "DELETE", 500, "delete_failed"),
]


@pytest.mark.parametrize(("fault", "method", "status", "code"), DOCUMENTED, ids=str)
def test_every_documented_code_has_its_status(fault: Fault, method: str, status: int, code: str) -> None:
    """C34: clients branch on `error`; a code that is missing is a branch that never runs."""
    failure = SURFACE.failure(fault, request_id="r", method=method)
    told = SURFACE.envelope(failure)
    assert (failure.status, told) == (status, ErrorEnvelope(error=code, message=str(fault)))


def test_all_nineteen_codes_are_told_apart() -> None:
    """C34: the vendor's table has nineteen rows."""
    assert len({code for _, _, _, code in DOCUMENTED}) == 19


async def test_failures_of_the_framework_have_the_envelope_and_the_headers(client: httpx.AsyncClient) -> None:
    """C33, C47: a client reads `body.error` and the three headers whatever happens."""
    for method, path, content, status, code in [
        ("GET", "/nowhere", b"", 404, "not_found"),
        ("PUT", "/api/v1/links", b"", 405, "not_found"),
        ("POST", "/api/v1/links", b"{", 400, "invalid_request"),
        (
            "POST",
            "/api/v1/qrcodes",
            b'{"target_url": "https://a.example", "template_type": "x"}',
            400,
            "invalid_request",
        ),
        ("GET", "/api/v1/links/not-a-uuid", b"", 404, "not_found"),
        ("GET", f"/api/v1/links/{'longer-than-any-id' * 9}", b"", 404, "not_found"),
    ]:
        answer = await client.request(
            method, path, content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]) == (status, code), answer.text
        assert set(answer.json()) == {"error", "message"}
        assert len(answer.headers["x-ratelimit-reset"]) == 13


async def test_a_key_has_a_sliding_minute_by_plan_with_the_reset_in_milliseconds(world: World) -> None:
    """C46, C47: the vendor's helper waits `reset - now` milliseconds; seconds would make it wait for ever."""
    world.use_plan(Plan(name="unlimited", api_calls_minute=2))
    async with world.client(QRSBD) as client:
        first_ms = world.now_ms
        first = await client.get("/api/v1/links")
        second = await client.get("/api/v1/links")
        refused = await client.get("/api/v1/links")
        reset_ms = int(refused.headers["x-ratelimit-reset"])
        world.now_ms = reset_ms
        later = await client.get("/api/v1/links")
    assert [answer.status_code for answer in (first, second, refused, later)] == [200, 200, 429, 200]
    assert [first.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining")] == ["2", "1"]
    assert (refused.json()["error"], refused.headers["x-ratelimit-remaining"]) == ("rate_limited", "0")
    assert first_ms < reset_ms - 60_000 < first_ms + 100
    assert int(refused.headers["retry-after"]) == 60


async def test_quotas_are_hard_and_a_deleted_row_frees_its_place(world: World) -> None:
    """C49, C50: the plan's number of QR codes and of links, apart from each other."""
    world.use_plan(Plan(name="unlimited", links=1, qr_codes=1))
    async with world.client(QRSBD) as client:
        for path in ("/api/v1/qrcodes", "/api/v1/links"):
            body = {"target_url": "https://example.com"}
            first = await client.post(path, json=body)
            refused = await client.post(path, json=body)
            assert (refused.status_code, refused.json()["error"]) == (403, "quota_exceeded")
            await client.delete(f"{path}/{first.json()['data']['id']}")
            assert (await client.post(path, json=body)).status_code == 201


async def test_static_codes_count_in_no_quota_until_they_become_dynamic(world: World) -> None:
    """C49: the vendor sells dynamic codes; a static one is only a picture."""
    world.use_plan(Plan(name="unlimited", qr_codes=1))
    async with world.client(QRSBD) as client:
        body = {"target_url": "https://example.com", "is_dynamic": False}
        static = [(await client.post("/api/v1/qrcodes", json=body)).json()["data"]["id"] for _ in range(2)]
        one, another = (f"/api/v1/qrcodes/{each}" for each in static)
        assert (await client.patch(one, json={"is_dynamic": True})).status_code == 200
        refused = await client.patch(another, json={"is_dynamic": True})
        assert (refused.status_code, refused.json()["error"]) == (403, "quota_exceeded")


async def test_without_a_known_key_nothing_is_told(world: World) -> None:
    """C1: a missing and an unknown key get the same answer, with the headers."""
    async with world.client(QRSBD, "") as nobody, world.client(QRSBD, "qrbd_" + "x" * 32) as unknown:
        for each in (nobody, unknown):
            answer = await each.get("/api/v1/links")
            assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
            assert "x-ratelimit-reset" in answer.headers


async def test_rows_of_another_workspace_are_unknown_ones(world: World) -> None:
    """C38: an id that is guessed or leaked tells nothing and changes nothing."""
    async with world.control.database.write() as tx:
        _, minted = await workspaces.create_workspace(
            tx, world.actor, world.control.peppers, slug="strangers", name="Strangers"
        )
    body = {"target_url": "https://example.com"}
    async with world.client(QRSBD) as client, world.client(QRSBD, minted.text) as stranger:
        row = (await client.post("/api/v1/qrcodes", json=body)).json()["data"]
        path = f"/api/v1/qrcodes/{row['id']}"
        for answer in (
            await stranger.get(path),
            await stranger.patch(path, json=body),
            await stranger.delete(path),
        ):
            assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        assert (await stranger.get("/api/v1/qrcodes")).json() == {"data": []}
        assert (await client.get(path)).json() == {"data": row}
