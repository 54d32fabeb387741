"""What every dialect gets without saying so, shown with a dialect of one resource."""

from datetime import UTC, datetime
from typing import Literal

import httpx
import pytest
from litestar import get, post
from litestar.enums import ScopeType
from litestar.params import FromPath, JSONBody
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from tests.contract.world import World

from waypost.control.core.links import get_link
from waypost.control.dialects.base.mount import HostsUnreadable, Mounts, read_hosts
from waypost.control.dialects.base.rates import Policy, Rates
from waypost.control.dialects.dialect import Dialect, application
from waypost.control.model import faults
from waypost.control.surface.call import Caller
from waypost.control.surface.faults import BodyTooLarge, Failure, MethodNotAllowed, Surface
from waypost.control.surface.retired import Retired


class Thing(Struct):
    """A body with an enumeration."""

    color: Literal["red", "blue"]


@get("/api/v1/things/{thing_id:str}", scope="links:read")
async def read_thing(call: Caller, thing_id: FromPath[str]) -> dict[str, str]:
    """Look it up among the links, where nothing is."""
    await call.read(lambda tx: get_link(tx, call.actor, thing_id))
    return {}


@post("/api/v1/things", scope="links:write")
async def make_thing(call: Caller, data: JSONBody[Thing]) -> dict[str, str]:
    """Give back what came."""
    return {"color": data.color, "workspace": call.actor.workspace_id}


@get("/api/v1/broken", scope="links:read")
async def broken() -> None:
    """A mistake of ours."""
    raise ZeroDivisionError


@get("/open", scope="")
async def open_to_all() -> dict[str, bool]:
    """Needs no key."""
    return {"open": True}


@get(
    "/api/v1/old/{thing_id:str}",
    scope="links:read",
    retired=Retired(datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 2, 3, tzinfo=UTC), "/api/v1/things"),
)
async def read_old_thing(call: Caller, thing_id: FromPath[str]) -> dict[str, str]:
    """On its way out."""
    if thing_id == "none":
        await call.read(lambda tx: get_link(tx, call.actor, thing_id))
    return {"id": thing_id}


def _envelope(failure: Failure) -> object:
    return {"oops": failure.code, "of": failure.request_id, "why": failure.message, "at": failure.field}


TINY = Dialect(
    surface=Surface(
        name="tiny",
        statuses={
            faults.Fault: (500, "broken"),
            faults.Invalid: (400, "invalid"),
            faults.Unauthenticated: (401, "who"),
            faults.Forbidden: (403, "no"),
            faults.NotFound: (404, "none"),
            faults.RateLimited: (429, "slow"),
            MethodNotAllowed: (405, "method"),
            BodyTooLarge: (413, "large"),
        },
        envelope=_envelope,
    ),
    title="Tiny",
    version="1",
    routes=lambda: [read_thing, make_thing, broken, open_to_all, read_old_thing],
    rates=Rates(
        of_plan=lambda plan: (Policy(name="minute", limit=3, window="fixed"),),
        headers=lambda verdict, now_ms: [("X-Left", str(verdict.standings[0].remaining))],
        public=(Policy(name="address", limit=2, window="fixed"),),
    ),
    request_id=lambda random: "tiny-" + random[:4].hex(),
    body_bytes_max=1000,
)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "field"),
    [
        ("GET", "/nowhere", None, 404, "none", ""),
        ("GET", "/_openapi/x", None, 404, "none", ""),
        ("GET", "/_openapi", None, 404, "none", ""),
        ("DELETE", "/api/v1/things", None, 405, "method", ""),
        ("GET", "/api/v1/things/x", None, 404, "none", ""),
        ("POST", "/api/v1/things", b"{not json", 400, "invalid", ""),
        ("POST", "/api/v1/things", b"{}", 400, "invalid", "color"),
        ("POST", "/api/v1/things", b'{"color": "green"}', 400, "invalid", "color"),
        ("POST", "/api/v1/things", b'{"color": "red", "x": "' + b"y" * 1000 + b'"}', 413, "large", ""),
        ("GET", "/api/v1/broken", None, 500, "broken", ""),
    ],
)
async def test_every_failure_leaves_in_the_dialects_own_envelope_with_its_headers(
    world: World, method: str, path: str, body: bytes | None, status: int, code: str, field: str
) -> None:
    """A client that meets the framework's own JSON, even on 404, cannot read the error."""
    async with world.client(TINY) as client:
        answer = await client.request(
            method, path, content=body, headers={"Content-Type": "application/json"} if body else {}
        )
    told = answer.json()
    assert (answer.status_code, told["oops"]) == (status, code)
    assert field in told["at"], told
    assert answer.headers["x-request-id"] == told["of"]
    assert told["of"].startswith("tiny-")
    assert answer.headers["x-left"] == "2"
    assert answer.headers["content-type"] == "application/json"


async def test_a_retired_operation_says_so_in_every_answer(world: World) -> None:
    """Who calls it must learn in time when it ends and what to call instead (RFC 9745, RFC 8594)."""
    told = {
        "deprecation": "@1767312000",
        "sunset": "Sat, 02 Jan 2027 03:00:00 GMT",
        "link": '</api/v1/things>; rel="successor-version"',
    }
    async with world.client(TINY) as client:
        works, fails = await client.get("/api/v1/old/1"), await client.get("/api/v1/old/none")
        kept = await client.get("/openapi.json")
    assert (works.status_code, fails.status_code) == (200, 404)
    for answer in (works, fails):
        assert {name: answer.headers.get(name) for name in told} == told
    assert not set(told) & set(kept.headers)
    operations = {
        path: each["get"].get("deprecated", False)
        for path, each in kept.json()["paths"].items()
        if "get" in each
    }
    assert [path for path, is_deprecated in operations.items() if is_deprecated] == ["/api/v1/old/{thing_id}"]


async def test_unknown_members_of_a_body_are_ignored(world: World) -> None:
    """Vendors add members; a client of a newer version must not be refused."""
    async with world.client(TINY) as client:
        answer = await client.post("/api/v1/things", json={"color": "red", "shade": 3})
    assert answer.status_code == 201
    assert answer.json() == {"color": "red", "workspace": world.workspace_id}


async def test_a_key_opens_what_its_scopes_allow_and_says_why_not_otherwise(world: World) -> None:
    """Keys of any format work in every dialect, and only as far as they reach."""
    key = await world.add_key("trimlink-like-key", "links:read")
    await world.add_key("expired-key", expires_ms=world.now_ms)
    async with world.client(TINY, "trimlink-like-key") as client:
        read = await client.get("/api/v1/things/00000000-0000-7000-8000-000000000000")
        refused = await client.post("/api/v1/things", json={"color": "red"})
    async with world.client(TINY, "expired-key") as client:
        expired = await client.get("/api/v1/things/x")
    async with world.client(TINY, "") as client:
        missing = await client.get("/api/v1/things/x")
    assert key.workspace_id == world.workspace_id
    assert read.status_code == 404
    assert (refused.status_code, "links:write" in refused.json()["why"]) == (403, True)
    assert (expired.status_code, "expired" in expired.json()["why"]) == (401, True)
    assert (missing.status_code, missing.headers["x-left"]) == (401, "0")


async def test_requests_are_counted_per_key_and_refused_ones_say_when_to_return(world: World) -> None:
    """A refusal without Retry-After makes clients hammer; a 404 that is not counted invites scanning."""
    async with world.client(TINY) as client:
        for _ in range(3):
            assert (await client.get("/nowhere")).status_code == 404
        refused = await client.get("/api/v1/things/x")
        world.now_ms += 60_000
        later = await client.get("/api/v1/things/x")
    assert (refused.status_code, refused.json()["oops"]) == (429, "slow")
    assert refused.headers["x-left"] == "0"
    assert refused.headers["x-request-id"] == refused.json()["of"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert later.status_code == 404


async def test_public_operations_need_no_key_but_are_counted_by_address(world: World) -> None:
    """Open endpoints are where strangers knock."""
    async with world.client(TINY, "") as client:
        answers = [(await client.get("/open")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


async def test_a_dialect_describes_itself(world: World) -> None:
    """Each dialect serves the OpenAPI document of its own operations, and needs no key for it."""
    async with world.client(TINY, "") as client:
        answer = await client.get("/openapi.json")
    document = answer.json()
    assert answer.status_code == 200
    assert document["info"]["title"] == "Tiny"
    assert set(document["paths"]) == {
        "/api/v1/things/{thing_id}",
        "/api/v1/things",
        "/api/v1/broken",
        "/api/v1/old/{thing_id}",
        "/open",
    }


async def test_dialects_are_found_by_prefix_and_by_host(world: World) -> None:
    """Clients change a base URL, or where they cannot, only what a host name points to."""
    app = Mounts({"tiny": application(TINY, world.control)}, {"api.old.example": "tiny"}, _elsewhere())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:  # type: ignore[arg-type]  # as above
        by_prefix = await client.get("/tiny/open")
        by_host = await client.get("/open", headers={"Host": "API.old.example:8000"})
        other = await client.get("/open")
        near = await client.get("/tinyopen")
    assert (by_prefix.json(), by_host.json()) == ({"open": True}, {"open": True})
    assert (other.text, near.text) == ("elsewhere /open", "elsewhere /tinyopen")


def test_a_wrong_map_of_hosts_is_named() -> None:
    """An operator's typing error must not silently send a vendor's clients to the native API."""
    assert read_hosts(" a.example=tiny , b.example = tiny ", frozenset({"tiny"})) == {
        "a.example": "tiny",
        "b.example": "tiny",
    }
    with pytest.raises(HostsUnreadable, match="nosuch"):
        read_hosts("a.example=nosuch", frozenset({"tiny"}))
    with pytest.raises(HostsUnreadable, match=r"a\.example"):
        read_hosts("a.example", frozenset({"tiny"}))


def _elsewhere() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == ScopeType.HTTP
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body = f"elsewhere {scope['path']}".encode()
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app
