"""One Litestar application per API, in which every failure leaves in that API's own shape."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.enums import ParamType
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    ValidationException,
)
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.types import Guard, Message, Scope

from waypost.control import limits
from waypost.control.model.faults import Fault, Invalid, Malformed, RateLimited, Unavailable
from waypost.control.surface.call import AnyRequest, authorise, provide_call, request_id
from waypost.control.surface.faults import (
    BodyTooLarge,
    Internal,
    MediaTypeUnsupported,
    MethodNotAllowed,
    RouteNotFound,
    Surface,
)
from waypost.control.surface.retired import Retired
from waypost.control.surface.undecodable import invalid_of
from waypost.runtime.logs import Log

_UNAVAILABLE_RETRY_S = 2
_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")
_WRONG_TYPE = re.compile(r"Expected `[^`]+`, got ")
_log = Log(__name__)


def build(
    surface: Surface,
    handlers: Sequence[HTTPRouteHandler],
    *,
    openapi: OpenAPIConfig | None = None,
    body_bytes_max: int = limits.BODY_BYTES_MAX,
    guards: Sequence[Guard] = (),
) -> Litestar:
    """The application of an API, for `serving`. `guards` judge a request after its key was.

    Raises LookupError when a handler declares no scope.
    """
    for handler in handlers:
        if "scope" not in handler.opt:
            raise LookupError(f"{surface.name}: {handler.handler_name} declares no scope")
        if handler.opt.get("retired") is not None:
            handler.deprecated = True
    return Litestar(
        route_handlers=list(handlers),
        guards=[authorise, *guards],
        dependencies={"call": Provide(provide_call)},
        exception_handlers={Exception: _exception_handler(surface)},
        before_send=[_header_hook(surface)],
        openapi_config=openapi,
        request_max_body_size=body_bytes_max,
        response_cache_config=ResponseCacheConfig(),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )


def to_fault(error: Exception) -> Fault | None:
    """What the framework raised, as a fault; None for a mistake of our own."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, ValidationException):
        return _invalid(error)
    if isinstance(error, UnicodeDecodeError) and error.encoding == "utf-8":
        # msgspec lets text that is not UTF-8 through, and so does the framework; both read only bodies here.
        return Malformed("", "The body is not UTF-8 text.")
    if isinstance(error, HTTPException):
        by_status: dict[int, Fault] = {
            400: Malformed("", "The body is not readable JSON."),
            404: RouteNotFound(),
            405: MethodNotAllowed(),
            413: BodyTooLarge(),
            415: MediaTypeUnsupported(),
        }
        return by_status.get(error.status_code)
    return None


def _invalid(error: ValidationException) -> Fault:
    # Litestar's own sentence names the mount path; what it found is in `extra`.
    extra = error.extra if isinstance(error.extra, list) else []
    no_body = False
    for found in extra:
        if isinstance(found, dict):
            field, why = str(found.get("key", "")), str(found.get("message", "is not valid"))
            if found.get("source") == ParamType.PATH:
                return RouteNotFound()  # what cannot be an id is the id of nothing
            if why == "'data'":
                no_body = True  # the framework's word for none at all, even where none is needed
                continue
            is_body = field == "data"
            fault = invalid_of(why, "" if is_body else field)
            return Malformed("", why) if is_body and not fault.field and _WRONG_TYPE.match(why) else fault
    if missing := _MISSING.match(error.detail):
        return Invalid(missing[1], "is required")
    return Malformed("", "A JSON body is required.") if no_body else Invalid("", "The request is not valid.")


def _exception_handler(surface: Surface) -> Callable[[AnyRequest, Exception], Response[Any]]:
    def render(request: AnyRequest, error: Exception) -> Response[Any]:
        identity = request_id(request.scope)
        fault = to_fault(error)
        if fault is None:
            _log.error("request_failed", cause=error, request_id=identity, api=surface.name)
            fault = Internal()
        failure = surface.failure(fault, request_id=identity, method=request.method)
        headers = {}
        if isinstance(fault, RateLimited):
            headers["Retry-After"] = str(fault.retry_after_s)
        if isinstance(fault, Unavailable):
            headers["Retry-After"] = str(_UNAVAILABLE_RETRY_S)
        if failure.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, MethodNotAllowedException) and error.headers:
            headers.update({str(name): str(value) for name, value in error.headers.items()})
        return Response(
            msgspec.json.encode(surface.envelope(failure)),
            status_code=failure.status,
            headers=headers,
            media_type=surface.media_type,
        )

    return render


def _retired(scope: Scope) -> Retired | None:
    handler: Any = scope.get("route_handler")
    found = None if handler is None else handler.opt.get("retired")
    return found if isinstance(found, Retired) else None


def _header_hook(surface: Surface) -> Callable[[Message, Scope], Awaitable[None]]:
    async def add_headers(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            headers["X-Request-Id"] = request_id(scope)
            headers["X-Content-Type-Options"] = "nosniff"
            headers.setdefault("Cache-Control", "no-store")
            retired = _retired(scope)
            if retired is not None:
                for name, value in retired.headers():
                    headers.add(name, value)
            rate = scope.get("state", {}).get("rate")
            if rate is not None:
                for name, value in surface.rate_headers(rate):
                    headers[name] = value

    return add_headers
