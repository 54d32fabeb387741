"""A dialect: another vendor's API, as one description from which its application is made.

Each dialect package has `schemas.py` (the vendor's names), `mapping*.py` (pure, both ways), `errors.py`
(fault table and envelope), `routes*.py` (thin handlers) and gives one `Dialect` in its `dialect.py`. Here
is what none of them repeats: one application each, so that 404, 405, 413 and unreadable bodies leave in
the vendor's envelope too; recognising keys; scopes; request ids; rate limits and their headers; the
OpenAPI document; mounting by prefix and by host (`base/mount.py`).

Request bodies are msgspec Structs that ignore unknown members; unknown values of enumerations are errors.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from litestar import Litestar, Response, Router, get
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from waypost.control import limits
from waypost.control.dialects.base.gate import Gate
from waypost.control.dialects.base.rates import Limiter, Rates
from waypost.control.surface.application import build
from waypost.control.surface.call import AnyConnection, AnyRequest, serving
from waypost.control.surface.control import Control
from waypost.control.surface.faults import RouteNotFound, Surface


class Dialect(Struct, frozen=True, kw_only=True, eq=False):
    """One vendor's API, equal to nothing but itself. `surface.name` is also its prefix.

    Handlers given by `routes` declare their native scope as `scope="links:read"`, or `scope=""` when
    they are public, and take the dependency `call: Caller`. `request_id` makes the id of a request from
    16 random bytes. Keys of any format open every dialect; `model.keys.new_text` makes them in the form
    that a vendor's clients expect.
    """

    surface: Surface
    title: str
    version: str
    routes: Callable[[], Sequence[HTTPRouteHandler]]
    rates: Rates
    request_id: Callable[[bytes], str] = lambda random: random.hex()
    body_bytes_max: int = limits.BODY_BYTES_MAX
    always_answered: Callable[[str, str], bool] = lambda method, path: False
    """Requests, by method and path, whose handlers are called even past the limit; no key of theirs is looked at."""
    respelt: Callable[[str, bytes], bytes] | None = None
    """Gives the query of a path as handlers declare it, where a vendor's clients spell names in several ways."""

    @property
    def name(self) -> str:
        """The word in paths and settings."""
        return self.surface.name


def application(dialect: Dialect, control: Control, limiter: Limiter | None = None) -> ASGIApp:
    """The dialect as an ASGI application with paths as the vendor has them, without a prefix.

    Its OpenAPI document is at `/openapi.json`. Raises LookupError when a handler declares no scope.
    """
    app = serving(_router(dialect), control)
    if dialect.respelt is not None:
        app = _respelling(app, dialect.respelt)
    return Gate(
        app,
        dialect.surface,
        control,
        dialect.rates,
        limiter or Limiter(),
        dialect.request_id,
        dialect.always_answered,
    )


@cache
def _router(dialect: Dialect) -> Litestar:
    return build(
        dialect.surface,
        [*dialect.routes(), openapi_document],
        openapi=_openapi(dialect),
        body_bytes_max=dialect.body_bytes_max,
    )


def _respelling(app: ASGIApp, respelt: Callable[[str, bytes], bytes]) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            scope["query_string"] = respelt(scope["path"], scope["query_string"])
        await app(scope, receive, send)

    return serve


@get("/openapi.json", scope="", include_in_schema=False, sync_to_thread=False)
def openapi_document(request: AnyRequest) -> Response[dict[str, Any]]:
    """The OpenAPI 3.1 document of this dialect."""
    return Response(request.app.openapi_schema.to_schema(), media_type="application/json")


def _openapi(dialect: Dialect) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=dialect.title,
        version=dialect.version,
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"key": []}],
        use_handler_docstrings=True,
        render_plugins=[],
        # Litestar insists on routes of its own for documents, which answer in its own words.
        openapi_router=Router(
            "/_openapi",
            route_handlers=[],
            include_in_schema=False,
            opt={"scope": ""},
            guards=[_nothing_here],
        ),
    )


def _nothing_here(_connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    raise RouteNotFound
