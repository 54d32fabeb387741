"""TrimLink's error codes and envelope: `{success: false, error: {code, message, details?}}`.

The seed shows status numbers only; the words are ours, except VALIDATION_ERROR and RATE_LIMIT_EXCEEDED,
which stand on the vendor's other pages.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.trimlink.rates import to_seconds
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
    faults.InPast: (422, "UNPROCESSABLE_ENTITY"),
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
MEMBERS = {
    "target_url": "url",
    "slug": "customCode",
    "expires_at": "expiresAt",
    "folder_id": "folderId",
    "host": "domain",
}
"""The core's names of members, in TrimLink's words."""


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
    fault, message = failure.fault, failure.message
    details: dict[str, Any] | UnsetType = UNSET
    if isinstance(fault, faults.Invalid) and fault.field:
        field = MEMBERS.get(fault.field, fault.field)
        details, message = {"field": field, "reason": fault.why}, f"{field}: {fault.why}"
    if isinstance(fault, faults.RateLimited):
        reset = to_seconds(fault.reset_ms)
        details = {"limit": fault.limit, "reset": reset, "retryAfter": fault.retry_after_s}
    return ErrorEnvelope(error=ErrorBody(code=failure.code, message=message, details=details))


SURFACE = Surface(name="trimlink", statuses=STATUSES, envelope=envelope)
