"""One authenticated request: who asks, and how a use case is run for them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from waypost.control.core import keys
from waypost.control.model.access import Actor
from waypost.control.model.faults import Fault, Invalid, KeyMissing, ScopeMissing
from waypost.control.store.tx import Tx
from waypost.control.surface.control import Control
from waypost.wire.ids import uuid7

ResultT = TypeVar("ResultT")
BodyT = TypeVar("BodyT")
AnyConnection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]

NO_ACTOR = Actor(workspace_id="", kind="system", id="")
"""Stands in where an operation is public."""


class Call:
    """The actor of a request and the transactions run for it."""

    def __init__(self, control: Control, actor: Actor, request: AnyConnection) -> None:
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
        async with self.control.database.write() as tx:
            result = await work(tx)
        body = b"" if status == 204 else msgspec.json.encode(render(result))
        return answer(body, status=status, etag=etag(result) if etag else "")


Caller: TypeAlias = NamedDependency[Call]
"""How a handler asks for its call: `async def handler(call: Caller)`."""


def answer(body: bytes, *, status: int = 200, etag: str = "") -> Response[Any]:
    """A response with ready JSON bytes."""
    headers = {"ETag": etag} if etag else {}
    return Response(
        cast("Any", body),
        status_code=status,
        headers=headers,
        media_type="application/json" if body else None,
    )


def control_of(connection: AnyConnection) -> Control:
    """The control plane that the application was built with."""
    return cast("Control", connection.app.state["control"])


def request_id(scope: Any) -> str:
    """The id of a request, drawn when it is first asked for."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        control = cast("Control | None", scope["app"].state.get("control") if "app" in scope else None)
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
    """Who asks. Raises the kinds of Unauthenticated.

    A gate in front of the application may have looked already: then the state's `actor` is what it
    found, or the fault it met.
    """
    state = connection.scope["state"]
    if "actor" not in state:
        control = control_of(connection)
        async with control.database.read() as tx:
            state["actor"] = await keys.authenticate(tx, control.peppers, bearer(connection))
    if isinstance(state["actor"], Fault):
        raise state["actor"]
    return cast("Actor", state["actor"])


async def authorise(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard of every operation: recognise the key and require the operation's declared scope.

    An operation declares `scope="links:read"`, or `scope=""` when it is public. Raises the kinds of
    Unauthenticated, and ScopeMissing.
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
    connection.scope["state"]["call"] = Call(control, actor, connection)


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
