"""How the native API says what went wrong: RFC 9457 problem details with a stable `code`."""

from http import HTTPStatus
from typing import Any

from msgspec import Struct

from waypost.control.model import faults
from waypost.control.model.qr import Unscannable
from waypost.control.surface.faults import (
    BodyTooLarge,
    Failure,
    Internal,
    MediaTypeUnsupported,
    MethodNotAllowed,
    Surface,
)
from waypost.control.surface.once import InvalidIdempotencyKey

STATUSES: dict[type[faults.Fault], tuple[int, str]] = {
    faults.Fault: (500, ""),
    faults.Invalid: (422, ""),
    faults.Malformed: (400, ""),
    faults.InvalidCursor: (400, ""),
    faults.Unauthenticated: (401, ""),
    faults.Forbidden: (403, ""),
    faults.NotFound: (404, ""),
    faults.Conflict: (409, ""),
    faults.KeyReused: (422, ""),
    InvalidIdempotencyKey: (400, ""),
    faults.VersionMismatch: (412, ""),
    faults.LimitReached: (422, ""),
    faults.QuotaReached: (403, ""),
    faults.RateLimited: (429, ""),
    faults.TooLarge: (422, ""),
    faults.Unavailable: (503, ""),
    MethodNotAllowed: (405, ""),
    MediaTypeUnsupported: (415, ""),
    BodyTooLarge: (413, ""),
    Internal: (500, ""),
}
"""The empty code means: the fault's own."""


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details. `code` is stable, `field` names the member at fault."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str = ""
    request_id: str = ""
    findings: tuple[dict[str, Any], ...] = ()
    """What stands against a QR design, each with the member and what to change."""


def envelope(failure: Failure) -> Problem:
    """The body of a native error."""
    return Problem(
        type=f"/docs#error-{failure.code}",
        title=HTTPStatus(failure.status).phrase,
        status=failure.status,
        code=failure.code,
        detail=failure.message,
        field=failure.field,
        request_id=failure.request_id,
        findings=failure.fault.findings if isinstance(failure.fault, Unscannable) else (),
    )


SURFACE = Surface(name="native", statuses=STATUSES, envelope=envelope, media_type="application/problem+json")
