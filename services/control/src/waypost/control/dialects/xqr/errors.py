"""xQR's error codes and envelopes: `{error: {code, message, status}, meta: {request_id}}`.

The document lists twelve codes as complete. What it has no word for (405, 413, 415, 503) keeps its HTTP
status and borrows the nearest code.
"""

import re
from functools import cache

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.xqr.plans import BURST
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
    faults.Unauthenticated: (401, "INVALID_API_KEY"),
    faults.KeyRevoked: (401, "REVOKED_API_KEY"),
    faults.KeyExpired: (401, "EXPIRED_API_KEY"),
    faults.Forbidden: (403, "INSUFFICIENT_SCOPE"),
    faults.FeatureOff: (403, "FEATURE_NOT_AVAILABLE"),
    faults.NotFound: (404, "RESOURCE_NOT_FOUND"),
    faults.Conflict: (409, "SLUG_TAKEN"),  # xQR knows no other conflict
    faults.VersionMismatch: (409, "VALIDATION_ERROR"),
    faults.LimitReached: (403, "PLAN_LIMIT_EXCEEDED"),
    faults.TooLarge: (400, "VALIDATION_ERROR"),
    faults.RateLimited: (429, "RATE_LIMIT_EXCEEDED"),
    faults.Unavailable: (503, "INTERNAL_ERROR"),
    MethodNotAllowed: (405, "RESOURCE_NOT_FOUND"),
    MediaTypeUnsupported: (415, "VALIDATION_ERROR"),
    BodyTooLarge: (413, "VALIDATION_ERROR"),
    Internal: (500, "INTERNAL_ERROR"),
}


_MEMBERS = {
    "target_url": "url",
    "avatar": "avatar_url",
    "size_bytes": "file_size",
    "tags": "labels",
    "rules": "routing_rules",
}


class Detail(Struct, frozen=True):
    """Which member is wrong, and why."""

    field: str
    message: str


class ErrorBody(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What went wrong. `details` only beside VALIDATION_ERROR."""

    code: str
    message: str
    status: int
    details: list[Detail] | UnsetType = UNSET


class ErrorMeta(Struct, frozen=True):
    """Names the request to support."""

    request_id: str


class ErrorEnvelope(Struct, frozen=True):
    """The body of every answer that is no success, images included."""

    error: ErrorBody
    meta: ErrorMeta


def member(field: str) -> str:
    """A native member in xQR's words; what follows it in the path stays."""
    head = re.match(r"\w*", field)
    native = head[0] if head else ""
    return _MEMBERS.get(native, native) + field[len(native) :].replace(".then.url", ".destination")


@cache
def code_of(native: str) -> str:
    """The xQR code for a native one, as results of bulk operations carry it."""
    waiting: list[type[faults.Fault]] = [faults.Fault]
    while waiting:
        kind = waiting.pop()
        if kind.code == native:
            return next(STATUSES[base][1] for base in kind.__mro__ if base in STATUSES)
        waiting.extend(kind.__subclasses__())
    return "INTERNAL_ERROR"


def envelope(failure: Failure) -> ErrorEnvelope:
    """A failure as xQR says it."""
    fault, code = failure.fault, failure.code
    if isinstance(fault, faults.RateLimited) and fault.policy == BURST:
        code = "BURST_LIMIT_EXCEEDED"
    message = failure.message
    if isinstance(fault, faults.ScopeMissing):
        message = f"This endpoint requires the {fault.scope} scope."
    details: list[Detail] | UnsetType = UNSET
    if isinstance(fault, faults.Invalid) and fault.field:
        field = member(fault.field)
        details, message = [Detail(field, fault.why)], f"{field}: {fault.why}"
    body = ErrorBody(code=code, message=message, status=failure.status, details=details)
    return ErrorEnvelope(body, ErrorMeta(failure.request_id))


SURFACE = Surface(name="xqr", statuses=STATUSES, envelope=envelope)
