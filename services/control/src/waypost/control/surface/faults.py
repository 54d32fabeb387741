"""Faults that only HTTP knows, and how an API puts any fault into its own numbers and words."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from msgspec import Struct

from waypost.control.model.faults import Fault, NotFound
from waypost.control.model.rate import US_PER_S, RateState


class RouteNotFound(NotFound):
    """No operation at this path."""

    code: ClassVar[str] = "route_not_found"
    kind: ClassVar[str] = "path"


class MethodNotAllowed(Fault):
    """The path exists, but not for this method."""

    code: ClassVar[str] = "method_not_allowed"

    def __str__(self) -> str:
        return "This path does not take this method."


class MediaTypeUnsupported(Fault):
    """A body in a form that the operation does not read."""

    code: ClassVar[str] = "media_type_unsupported"

    def __str__(self) -> str:
        return "Send the body as application/json."


class BodyTooLarge(Fault):
    """More bytes than a request may have."""

    code: ClassVar[str] = "body_too_large"

    def __str__(self) -> str:
        return "The body of this request is too large."


class Internal(Fault):
    """Our own mistake; the log has it under the request id."""

    code: ClassVar[str] = "internal"

    def __str__(self) -> str:
        return "Something went wrong on our side."


class Failure(Struct, frozen=True, kw_only=True):
    """A fault as one API says it."""

    status: int
    code: str
    message: str
    field: str
    request_id: str
    method: str
    fault: Fault


def ietf_rate_headers(state: RateState) -> list[tuple[str, str]]:
    """The `RateLimit` fields of draft-ietf-httpapi-ratelimit-headers."""
    policy = state.policy
    return [
        ("RateLimit-Policy", f'"{policy.name}";q={policy.limit};w={policy.window_s};burst={policy.burst}'),
        ("RateLimit", f'"{policy.name}";r={state.remaining};t={-(-state.reset_us // US_PER_S)}'),
    ]


class Surface(Struct, frozen=True, kw_only=True):
    """One HTTP API: its name, its table of faults, and the body of its errors.

    `statuses` maps fault classes to (status, code) and is looked up along the class hierarchy; it must
    hold Fault itself. `envelope` gives the body, `media_type` its type; `rate_headers` says how the state
    of the rate limit is told.
    """

    name: str
    statuses: Mapping[type[Fault], tuple[int, str]]
    envelope: Callable[[Failure], object]
    media_type: str = "application/json"
    rate_headers: Callable[[RateState], list[tuple[str, str]]] = ietf_rate_headers

    def failure(self, fault: Fault, *, request_id: str, method: str) -> Failure:
        """Put a fault into this API's terms."""
        for kind in type(fault).__mro__:
            if kind in self.statuses:
                status, code = self.statuses[kind]
                return Failure(
                    status=status,
                    code=code or fault.code,
                    message=str(fault),
                    field=fault.field,
                    request_id=request_id,
                    method=method,
                    fault=fault,
                )
        raise LookupError(f"{self.name} has no status for {type(fault).__name__}")
