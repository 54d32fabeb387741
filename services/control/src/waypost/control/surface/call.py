"""One authenticated request: who asks, and how a use case is run for them."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from waypost.control import limits
from waypost.control.core import keys
from waypost.control.model.access import Actor
from waypost.control.model.faults import Fault, Invalid, KeyMissing, RateLimited, ScopeMissing
from waypost.control.model.rate import US_PER_S, RatePolicy
from waypost.control.store.tx import Tx
from waypost.control.surface.control import Control
from waypost.control.surface.once import OnceKey, keep, known, once_key, replayed
from waypost.wire.ids import uuid7

ResultT = TypeVar("ResultT")
BodyT = TypeVar("BodyT")
AnyConnection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]

_CONTROL = "waypost.control"
"""Where a connection's scope holds the control plane."""

NO_ACTOR = Actor(workspace_id="", kind="system", id="")
"""Stands in where an operation is public."""


class Call:
    """The actor of a request and the transactions run for it."""

    def __init__(self, control: Control, actor: Actor, request: AnyRequest) -> None:
        self.control = control
        self.actor = actor
        self.request = request

    @property
    def now_ms(self) -> int:
        """The time at which the request is judged."""
        return self.control.database.clock()

    async def read(self, work: Callable[[Tx], Awaitable[ResultT]]) -> ResultT:
        """Run a use case that only reads."""
        async with self.control.database.read() as tx:
            return await work(tx)

    async def write(
        self,
        work: Callable[[Tx], Awaitable[ResultT]],
        render: Callable[[ResultT], BodyT],
        *,
        status: int = 200,
        etag: Callable[[ResultT], str] | None = None,
    ) -> Response[BodyT]:
        """Run a use case that writes, and answer with what it gives."""
        once = await self._once_key()
        async with self.control.database.write() as tx:
            if once is not None and (kept := await replayed(tx, once, self.control.peppers)) is not None:
                return answer(kept.body, status=kept.status, etag=kept.etag, is_replay=True)
            result = await work(tx)
            body = b"" if status == 204 else msgspec.json.encode(render(result))
            tag = etag(result) if etag else ""
            if once is not None:
                await keep(tx, once, self.control.peppers, status=status, etag=tag, body=body)
        return answer(body, status=status, etag=tag)

    async def answered_before(self) -> Response[Any] | None:
        """What was answered under the request's Idempotency-Key; None without one, or for its first request.

        For use cases that do things before the transaction in which `write` keeps their answer.
        """
        once = await self._once_key()
        if once is None:
            return None
        kept = await self.read(lambda tx: known(tx, once, self.control.peppers))
        if kept is None:
            return None
        return answer(kept.body, status=kept.status, etag=kept.etag, is_replay=True)

    async def _once_key(self) -> OnceKey | None:
        header = self.request.headers.get("idempotency-key")
        if header is None:
            return None
        return once_key(
            header,
            owner=self.actor.id,
            method=self.request.method,
            path=self.request.scope["path"],
            query=self.request.scope.get("query_string", b""),
            body=await self.request.body(),
        )


Caller: TypeAlias = NamedDependency[Call]
"""How a handler asks for its call: `async def handler(call: Caller)`."""


def answer(body: bytes, *, status: int = 200, etag: str = "", is_replay: bool = False) -> Response[Any]:
    """A response with ready JSON bytes."""
    headers = {"ETag": etag} if etag else {}
    if is_replay:
        headers["Idempotent-Replayed"] = "true"
    return Response(
        cast("Any", body),
        status_code=status,
        headers=headers,
        media_type="application/json" if body else None,
    )


PUBLIC_POLICIES = (RatePolicy("address", limits.PUBLIC_CALLS_MINUTE, 60, limits.PUBLIC_BURST),)
REPORT_POLICIES = (
    *PUBLIC_POLICIES,
    RatePolicy("reports", limits.REPORTS_HOUR, 3600, limits.REPORTS_BURST),
)
"""A form that anybody may fill in is filled in by machines, too."""


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 an IPv6 address is in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def serving(app: ASGIApp, control: Control) -> ASGIApp:
    """The application, with the control plane that its requests are for.

    An application itself holds none: to build one takes longer than a thousand requests.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        cast("Any", scope)[_CONTROL] = control
        await app(scope, receive, send)

    return serve


def control_of(connection: AnyConnection) -> Control:
    """The control plane that a request is for."""
    return cast("Control", cast("Any", connection.scope)[_CONTROL])


def request_id(scope: Any) -> str:
    """The id of a request, drawn when it is first asked for."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        control = cast("Control | None", scope.get(_CONTROL))
        if control is None:
            return ""
        database = control.database
        state["request_id"] = str(uuid7(database.clock(), database.random_bytes(10)))
    return cast("str", state["request_id"])


def bearer(connection: AnyConnection) -> str:
    """The text of the key that a request carries. Raises KeyMissing."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise KeyMissing
    return text.strip()


async def recognise(connection: AnyConnection) -> Actor:
    """Who asks; the call is counted. Raises the kinds of Unauthenticated, RateLimited, QuotaReached.

    A gate in front of the application may have looked and counted already: then the state's `actor` is
    what it found, or the fault it met.
    """
    control, state = control_of(connection), connection.scope["state"]
    if "actor" not in state:
        await asyncio.sleep(0)  # many who come at once are not all gone through in one turn of the event loop
        async with control.database.glance() as tx:
            actor = await keys.authenticate(tx, control.peppers, bearer(connection))
        _limit_rate(control, connection, actor)
        await control.usage.count(actor, control.database.clock())
        state["actor"] = actor
    if isinstance(state["actor"], Fault):
        raise state["actor"]
    return cast("Actor", state["actor"])


async def still_may(call: Call, scope: str) -> bool:
    """Whether the key of a request that is answered bit by bit may still do what it began."""
    try:
        async with call.control.database.glance() as tx:
            actor = await keys.authenticate(tx, call.control.peppers, bearer(call.request))
    except Fault:
        return False
    return actor.may(scope)


async def authorise(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard of every operation: recognise the key, count the call, require the declared scope.

    An operation declares `scope="links:read"`, or `scope=""` when it is public; `limited` names the
    policies by which public calls of one address are judged. Raises the kinds of
    Unauthenticated, RateLimited, QuotaReached and ScopeMissing.
    """
    scope = handler.opt.get("scope")
    control = control_of(connection)
    actor = NO_ACTOR
    if scope is None:
        raise LookupError(f"{handler} declares no scope")
    if scope:
        actor = await recognise(connection)
        if not actor.may(scope):
            raise ScopeMissing(scope)
    elif (policies := handler.opt.get("limited")) and "actor" not in connection.scope["state"]:
        limit_address(connection, policies)
    connection.scope["state"]["call"] = Call(control, actor, cast("AnyRequest", connection))


def limit_address(connection: AnyConnection, policies: Sequence[RatePolicy]) -> None:
    """Judge a call without a key by the address it comes from. Raises RateLimited."""
    client = network_of(connection.client.host if connection.client else "")
    _limit(connection, [(client, policy) for policy in policies])


def _limit_rate(control: Control, connection: AnyConnection, actor: Actor) -> None:
    """Judge a call with a key by what the plan allows the key and the workspace."""
    plan = control.database.installation.plan(actor.plan)
    policies = [
        (actor.id, RatePolicy("key", plan.api_calls_minute, 60, plan.api_burst)),
        (actor.workspace_id, RatePolicy("workspace", plan.api_calls_minute * 2, 60, plan.api_burst * 2)),
    ]
    _limit(connection, policies)


def _limit(connection: AnyConnection, policies: list[tuple[str, RatePolicy]]) -> None:
    """Judge the call by every policy that applies, and keep what was decided for the headers."""
    control = control_of(connection)
    states = control.limiter.arrive(policies, control.monotonic_us())
    strictest = min(states, key=lambda state: (state.allowed, state.remaining))
    connection.scope["state"]["rate"] = strictest
    if not strictest.allowed:
        raise RateLimited(strictest.policy.name, -(-strictest.retry_us // US_PER_S))


async def provide_call(request: AnyRequest) -> Call:
    """The dependency `call`."""
    return cast("Call", request.scope["state"]["call"])


def expected_version(connection: AnyConnection) -> int | None:
    """The version that If-Match names, None without the header or with `*`. Raises Invalid."""
    text = connection.headers.get("if-match", "").strip()
    if not text or text == "*":
        return None
    number = text.removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 18:
        raise Invalid("If-Match", "is not an ETag of this resource")
    return int(number)


def version_etag(version: int) -> str:
    """The ETag of a resource that counts its versions."""
    return f'"{version}"'
