"""CodeQR's error codes and envelope: `{error: {code, message, doc_url}}`.

The relative's clients accept for each status only the code that belongs to it, so plan limits are
`forbidden`. What the document has no word for (405, 413, 415, 503) keeps its HTTP status and borrows one.
"""

from typing import ClassVar

from msgspec import Struct

from waypost.control.dialects.codeqr.reading import camel
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
    faults.Fault: (500, "internal_server_error"),
    faults.Invalid: (422, "unprocessable_entity"),
    faults.Malformed: (400, "bad_request"),
    faults.Unauthenticated: (401, "unauthorized"),
    faults.KeyUnreadable: (400, "bad_request"),
    faults.Forbidden: (403, "forbidden"),
    faults.NotFound: (404, "not_found"),
    faults.Conflict: (409, "conflict"),
    faults.VersionMismatch: (409, "conflict"),
    faults.LimitReached: (403, "forbidden"),
    faults.TooLarge: (422, "unprocessable_entity"),
    faults.RateLimited: (429, "rate_limit_exceeded"),
    faults.Unavailable: (503, "internal_server_error"),
    MethodNotAllowed: (405, "not_found"),
    MediaTypeUnsupported: (415, "bad_request"),
    BodyTooLarge: (413, "unprocessable_entity"),
    Internal: (500, "internal_server_error"),
}

DOCUMENT = "/docs"
"""The installation's own reference."""
MEMBERS = {
    "target_url": "url",
    "slug": "key",
    "external_id": "externalId",
    "tenant_id": "tenantId",
    "expired_url": "expiredUrl",
    "expires_at": "expiresAt",
    "preview.image": "image",
    "preview.video": "video",
    "webhook_ids": "webhookIds",
    "events": "triggers",
    "host": "slug",
    "not_found_url": "notFoundUrl",
    "slug_characters": "keyLength",
    "tags": "tagNames",
}
"""The core's names of members, in CodeQR's words."""


class DomainForbidden(faults.Forbidden):
    """A host that is not one of the project's domains."""

    code: ClassVar[str] = "domain_forbidden"

    def __init__(self, host: str) -> None:
        super().__init__(f"The domain `{host}` does not belong to this project.")
        self.host = host


class ClickNotFound(faults.NotFound):
    """No scan has this click id, or none was named and the customer is not known by one."""

    code: ClassVar[str] = "click_not_found"
    kind: ClassVar[str] = "click"


class ErrorBody(Struct, frozen=True):
    """What went wrong."""

    code: str
    message: str
    doc_url: str


class ErrorEnvelope(Struct, frozen=True):
    """The body of every answer that is no success."""

    error: ErrorBody


def sentence(fault: faults.Fault) -> str:
    """What a fault says, about CodeQR's members."""
    if isinstance(fault, faults.Invalid) and fault.field:
        return f"{MEMBERS.get(fault.field) or camel(fault.field)}: {fault.why}"
    return str(fault)


def code_of(fault: faults.Fault) -> str:
    """The code of a fault that stands inside of a bulk's answer."""
    return SURFACE.failure(fault, request_id="", method="").code


def envelope(failure: Failure) -> ErrorEnvelope:
    """A failure as CodeQR says it."""
    anchor = failure.code.replace("_", "-")
    return ErrorEnvelope(ErrorBody(failure.code, sentence(failure.fault), f"{DOCUMENT}#{anchor}"))


SURFACE = Surface(name="codeqr", statuses=STATUSES, envelope=envelope)
