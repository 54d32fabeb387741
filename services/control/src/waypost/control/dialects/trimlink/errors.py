"""TrimLink's error codes and envelope: `{success: false, error: {code, message, details?}}`.

The seed shows status numbers only; the words are ours, except VALIDATION_ERROR and RATE_LIMIT_EXCEEDED,
which stand on the vendor's other pages.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from waypost.control.model import faults
from waypost.control.surface.faults import (
    BodyTooLarge,
    Failure,
    Internal,
    MediaTypeUnsupported,
    MethodNotAllowed,
    Surface,
)

STATUSES: dict[type[faults.Fault], tuple[int, str]] = {
    faults.Fault: (500, "INTERNAL_ERROR"),
    faults.Invalid: (400, "VALIDATION_ERROR"),
    faults.InvalidSlug: (422, "UNPROCESSABLE_ENTITY"),
    faults.Unauthenticated: (401, "UNAUTHORIZED"),
    faults.Forbidden: (403, "INSUFFICIENT_SCOPE"),
    faults.NotFound: (404, "NOT_FOUND"),
    faults.Conflict: (409, "CONFLICT"),
    faults.VersionMismatch: (409, "CONFLICT"),
    faults.LimitReached: (403, "LIMIT_REACHED"),
    faults.TooLarge: (400, "VALIDATION_ERROR"),
    faults.RateLimited: (429, "RATE_LIMIT_EXCEEDED"),
    faults.Unavailable: (503, "INTERNAL_ERROR"),
    MethodNotAllowed: (405, "NOT_FOUND"),
    MediaTypeUnsupported: (415, "VALIDATION_ERROR"),
    BodyTooLarge: (413, "VALIDATION_ERROR"),
    Internal: (500, "INTERNAL_ERROR"),
}


class ErrorBody(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What went wrong."""

    code: str
    message: str
    details: dict[str, Any] | UnsetType = UNSET


class ErrorEnvelope(Struct, frozen=True, kw_only=True):
    """The body of every answer that is no success."""

    success: Literal[False] = False
    error: ErrorBody


def envelope(failure: Failure) -> ErrorEnvelope:
    """A failure as TrimLink says it."""
    details: dict[str, Any] | UnsetType = UNSET
    if isinstance(failure.fault, faults.Invalid) and failure.field:
        details = {"field": failure.field, "reason": failure.fault.why}
    if isinstance(failure.fault, faults.RateLimited):
        details = {"retryAfter": failure.fault.retry_after_s}
    return ErrorEnvelope(error=ErrorBody(code=failure.code, message=failure.message, details=details))


SURFACE = Surface(name="trimlink", statuses=STATUSES, envelope=envelope)
