"""The nineteen error codes of QRs.bd, in the envelope `{error, message}`."""

from typing import ClassVar

from msgspec import Struct

from waypost.control.model import faults
from waypost.control.surface.faults import (
    BodyTooLarge,
    Failure,
    MediaTypeUnsupported,
    MethodNotAllowed,
    Surface,
)


class MissingDomain(faults.Invalid):
    """A domain to add was not named."""

    code: ClassVar[str] = "missing_domain"


class MissingId(faults.Invalid):
    """A domain to delete was not named."""

    code: ClassVar[str] = "missing_id"


FAILED = {"POST": "create_failed", "PATCH": "update_failed", "DELETE": "delete_failed"}
"""What our own mistakes are called, by method; everything else is `query_failed`."""
_OURS = "query_failed"

STATUSES: dict[type[faults.Fault], tuple[int, str]] = {
    faults.Fault: (500, _OURS),
    faults.Invalid: (400, "invalid_request"),
    faults.InvalidSlug: (400, "invalid_slug"),
    faults.InvalidDomain: (400, "invalid_domain"),
    MissingDomain: (400, "missing_domain"),
    MissingId: (400, "missing_id"),
    faults.Unauthenticated: (401, "unauthorized"),
    faults.Forbidden: (403, "unauthorized"),
    faults.FeatureOff: (403, "quota_exceeded"),
    faults.WorkspaceSuspended: (400, "no_workspace"),
    faults.NotFound: (404, "not_found"),
    faults.DomainNotFound: (404, "domain_not_found"),
    faults.WorkspaceNotFound: (404, "workspace_not_found"),
    faults.Conflict: (409, "invalid_request"),
    faults.SlugTaken: (409, "slug_taken"),
    faults.DomainTaken: (409, "domain_taken"),
    faults.VersionMismatch: (409, "invalid_request"),
    faults.LimitReached: (403, "quota_exceeded"),
    faults.TooLarge: (400, "invalid_request"),
    faults.RateLimited: (429, "rate_limited"),
    faults.Unavailable: (503, _OURS),
    MethodNotAllowed: (405, "not_found"),
    MediaTypeUnsupported: (415, "invalid_request"),
    BodyTooLarge: (413, "invalid_request"),
}


class ErrorEnvelope(Struct, frozen=True, kw_only=True):
    """The body of every answer that is no success."""

    error: str
    message: str


def envelope(failure: Failure) -> ErrorEnvelope:
    """A failure as QRs.bd says it."""
    code = failure.code
    if code == _OURS:
        code = FAILED.get(failure.method, _OURS)
    elif isinstance(failure.fault, faults.QuotaReached) and failure.fault.resource == "domains":
        code = "domain_quota_reached"
    return ErrorEnvelope(error=code, message=failure.message)


SURFACE = Surface(name="qrsbd", statuses=STATUSES, envelope=envelope)
