"""Every failure in the vendor's one flat object."""

import inspect
from typing import Any

import httpx
import pytest
from linkbreakers.models.error_response import ErrorResponse
from tests.contract.world import World

from waypost.control.dialects.linkbreakers import errors
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS
from waypost.control.model import faults
from waypost.control.model.faults import Fault
from waypost.control.surface import faults as surface_faults

ARGUMENTS: dict[str, Any] = {
    "field": "target_url", "why": "not a URL", "scope": "links:write", "role": "owner", "feature": "rules",
    "limit": 3, "id": "an-id", "slug": "spring", "host": "go.example", "external_id": "x", "name": "n",
    "current": "4", "resource": "links", "policy": "token", "retry_after_s": 7, "reset_ms": 0, "what": "Analytics",
    "reason": "TOO_LARGE", "link_ids": ("l",),
    "template_ids": ("t",),
    "refusals": (("Open me", "KIND_NOT_ACCEPTED"),),
}  # fmt: skip


def every_fault() -> list[Fault]:
    """One of each kind, wherever it is written down."""
    made = []
    for module in (faults, surface_faults, errors):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Fault) and kind.__module__ == module.__name__:
                plain = kind.__init__ is Fault.__init__
                wanted = [] if plain else list(inspect.signature(kind.__init__).parameters)[1:]
                made.append(kind(*(ARGUMENTS[name] for name in wanted)))
    return made


@pytest.mark.parametrize("fault", every_fault(), ids=lambda fault: type(fault).__name__)
def test_every_fault_is_one_flat_object_that_the_client_reads(fault: Fault) -> None:
    """The generated client throws when one of the four members is missing or null."""
    failure = errors.SURFACE.failure(fault, request_id="r", method="POST")
    body = errors.envelope(failure)
    assert body["code"] == failure.status >= 400
    assert body["codeType"] == body["code_type"] != ""
    assert body["message"]
    read = ErrorResponse.from_dict(body)
    assert read is not None
    assert read.code == failure.status


def test_a_fault_names_the_member_as_this_vendor_does() -> None:
    """Nobody here knows a `target_url`."""
    fault = faults.InvalidUrl("target_url", "not an absolute URL")
    body = errors.envelope(errors.SURFACE.failure(fault, request_id="r", method="POST"))
    assert body["message"] == "destination: not an absolute URL"
    assert body["details"] == [{"field": "destination", "reason": "invalid_url"}]


def test_a_fault_in_a_batch_says_which_item() -> None:
    """250 links and one mistake."""
    fault = errors.in_batch(faults.SlugTaken("spring"), 17)
    body = errors.envelope(errors.SURFACE.failure(fault, request_id="r", method="POST"))
    assert (body["code"], body["codeType"]) == (409, "SHORTLINK_ALREADY_TAKEN")
    assert body["details"] == [{"field": "shortlink", "reason": "slug_taken", "index": 17}]
    assert body["message"] == "links[17]: The slug `spring` is taken."


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/nothing", b"", 404, "NOT_FOUND"),
        ("PUT", "/v1/links", b"{}", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v1/links", b"{not json", 400, "MALFORMED_REQUEST"),
        ("POST", "/v1/links", b"[]", 400, "MALFORMED_REQUEST"),
        ("POST", "/v1/links", b"", 400, "MALFORMED_REQUEST"),
        ("POST", "/v1/links", b" " * (5 * 1024 * 1024 + 1), 413, "REQUEST_TOO_LARGE"),
        ("GET", "/v1/links/not-an-id", b"", 404, "NOT_FOUND"),
        ("GET", "/v1/links?page_size=0", b"", 400, "VALIDATION_FAILED"),
        ("GET", "/v1/links?page_token=zzz", b"", 400, "INVALID_PAGE_TOKEN"),
        ("GET", "/v1/links?sort_by=SHOE_SIZE", b"", 400, "VALIDATION_FAILED"),
    ],
)
async def test_failures_of_the_framework_have_the_vendors_shape(
    client: httpx.AsyncClient, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    """The framework's own words must never leak."""
    answer = await client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    found = answer.json()
    assert (found["code"], found["codeType"]) == (status, code)
    assert set(found) == {"code", "codeType", "code_type", "message", "details"}
    assert isinstance(found["details"], list)
    assert answer.headers["x-ratelimit-limit"] == "1000"


async def test_without_a_known_token_nothing_is_told(world: World) -> None:
    """401 for no token, a wrong one and another scheme; the path may exist or not."""
    async with world.client(LINKBREAKERS, key="") as nobody:
        for headers in ({}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Basic YTpi"}):
            answer = await nobody.get("/v1/links", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["codeType"] == "UNAUTHENTICATED"
            assert answer.json()["message"]


async def test_a_missing_scope_is_named(world: World) -> None:
    """Whoever set up the token learns what to add."""
    await world.add_key("a-reading-token", "links:read")
    async with world.client(LINKBREAKERS, key="a-reading-token") as reader:
        answer = await reader.post("/v1/links", json={"destination": "https://example.com"})
    assert answer.status_code == 403
    assert answer.json()["codeType"] == "PERMISSION_DENIED"
    assert "links:write" in answer.json()["message"]
