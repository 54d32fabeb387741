"""How Linkbreakers says what went wrong: one flat object, whose four members are always there.

The article reads `message`, `code` and `details`; the generated client refuses an error without
`codeType` or with `details: null`. `code` is the HTTP status, `codeType` the stable word.
"""

import re
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.rates import MONTH
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model import faults
from waypost.control.surface.faults import (
    BodyTooLarge,
    Failure,
    Internal,
    MediaTypeUnsupported,
    MethodNotAllowed,
    Surface,
)


class CentralImageInvalid(faults.Invalid):
    """Bytes that are no picture which may stand in a code."""

    code = "central_image_invalid"


class CentralImageTooLarge(faults.Invalid):
    """A picture of more than 3 MB."""

    code = "central_image_too_large"


class InUse(faults.Conflict):
    """Something that others still need and that therefore stays."""

    code = "in_use"

    def __init__(self, what: str) -> None:
        super().__init__(f"This {what} is in use.")
        self.what = what


class MediaExists(faults.Conflict):
    """The workspace has these very bytes already."""

    code = "media_exists"

    def __init__(self, id: str, name: str) -> None:  # noqa: A002 - as every fault calls an id
        super().__init__(f"This file is in the library already, as `{name}`.")
        self.existing_id = id
        self.existing_name = name


class MediaInUse(faults.Conflict):
    """Links open this file or page themes show it, so it stays."""

    code = "media_in_use"

    def __init__(self, link_ids: tuple[str, ...], template_ids: tuple[str, ...]) -> None:
        super().__init__(f"Links or themes show this file: {', '.join((*link_ids, *template_ids))}.")
        self.link_ids = link_ids
        self.template_ids = template_ids


class MemberKnown(faults.Conflict):
    """Somebody is invited who is in the workspace."""

    code = "member_already_in_workspace"
    field = "email"


class MediaNotAllowed(faults.Invalid):
    """A file that cannot stand where it is asked for."""

    code = "media_not_allowed_here"

    def __init__(self, field: str, reason: str, why: str) -> None:
        super().__init__(field, why)
        self.reason = reason


class ReplaceNotAllowed(faults.Conflict):
    """Something shows this file that could not show the one that shall take its place."""

    code = "media_replace_not_allowed"

    def __init__(self, refusals: tuple[tuple[str, str], ...]) -> None:
        """`refusals` are the uses, each with the reason."""
        super().__init__("; ".join(f"{use}: {why}" for use, why in refusals))
        self.refusals = refusals


def in_batch(fault: faults.Fault, index: int) -> faults.Fault:
    """The fault of one item of a batch: its field says which item."""
    fault.field = f"links[{index}].{fault.field}"
    return fault


STATUSES: dict[type[faults.Fault], tuple[int, str]] = {
    faults.Fault: (500, "INTERNAL"),
    faults.Invalid: (400, "VALIDATION_FAILED"),
    faults.Malformed: (400, "MALFORMED_REQUEST"),
    faults.InvalidCursor: (400, "INVALID_PAGE_TOKEN"),
    CentralImageInvalid: (400, "CENTRAL_IMAGE_INVALID"),
    CentralImageTooLarge: (400, "CENTRAL_IMAGE_TOO_LARGE"),
    faults.Unauthenticated: (401, "UNAUTHENTICATED"),
    faults.Forbidden: (403, "PERMISSION_DENIED"),
    faults.NotFound: (404, "NOT_FOUND"),
    MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    faults.Conflict: (409, "ALREADY_EXISTS"),
    faults.SlugTaken: (409, "SHORTLINK_ALREADY_TAKEN"),
    faults.InProgress: (409, "IDEMPOTENCY_IN_PROGRESS"),
    faults.KeyReused: (422, "IDEMPOTENCY_KEY_REUSED"),
    MediaExists: (409, "MEDIA_ALREADY_EXISTS"),
    MediaInUse: (412, "MEDIA_IN_USE"),
    MemberKnown: (409, "MEMBER_ALREADY_IN_WORKSPACE"),
    MediaNotAllowed: (400, "MEDIA_NOT_ALLOWED_HERE"),
    ReplaceNotAllowed: (412, "MEDIA_REPLACE_NOT_ALLOWED"),
    InUse: (412, "FAILED_PRECONDITION"),
    faults.VersionMismatch: (412, "FAILED_PRECONDITION"),
    BodyTooLarge: (413, "REQUEST_TOO_LARGE"),
    MediaTypeUnsupported: (415, "UNSUPPORTED_MEDIA_TYPE"),
    faults.LimitReached: (400, "VALIDATION_FAILED"),
    faults.QuotaReached: (403, "PLAN_LIMIT_REACHED"),
    faults.RateLimited: (429, "RATE_LIMITED"),
    faults.Unavailable: (503, "UNAVAILABLE"),
    Internal: (500, "INTERNAL"),
}

FIELD_NAMES = {
    "target_url": "destination",
    "fallback_url": "fallback_destination",
    "expired_url": "expired_destination",
    "root_url": "root_destination",
    "slug": "shortlink",
    "title": "name",
    "host": "name",
    "comments": "purpose",
    "lead_goal": "lead_goal_definition",
    "lead_target": "lead_target_definition",
    "qr_design_id": "qrcode_design_id",
    "cursor": "page_token",
    "logo": "central_image_data",
    "size_px": "width",
    "filename": "file_name",
    "content_type": "mime_type",
    "size_bytes": "size",
    "known_as": "lbid",
    "content": "payload",
    "template_type": "event_action",
}
"""Native members by the name that a caller of this dialect knows; others have the same."""

_BATCH_ITEM = re.compile(r"links\[(?P<index>\d+)\]\.")


class ErrorBody(Struct, frozen=True, kw_only=True):
    """The body of every error."""

    code: int
    code_type: str
    message: str
    details: list["Detail"]


class Detail(Struct, frozen=True, kw_only=True):
    """What was wrong with one member. `index` counts the items of a batch."""

    field: str
    reason: str
    index: int | UnsetType = UNSET
    existing_media_id: str | UnsetType = UNSET
    existing_file_name: str | UnsetType = UNSET
    link_ids: tuple[str, ...] | UnsetType = UNSET
    page_theme_template_ids: tuple[str, ...] | UnsetType = UNSET


def envelope(failure: Failure) -> dict[str, Any]:
    """The body of an error, in both spellings."""
    fault = failure.fault
    item = _BATCH_ITEM.match(fault.field)
    field = _field(fault.field[item.end() :] if item else fault.field)
    place = item[0] if item else ""
    if isinstance(fault, faults.Invalid):
        message = f"{place}{field}: {fault.why}".removeprefix(": ")
    else:
        message = f"{place.removesuffix('.')}: {fault}".removeprefix(": ")
    details = []
    if fault.field:
        index = int(item["index"]) if item else UNSET
        reason = fault.reason if isinstance(fault, MediaNotAllowed) else fault.code
        details.append(Detail(field=field, reason=reason, index=index))
    if isinstance(fault, ReplaceNotAllowed):
        details += [Detail(field=use, reason=why) for use, why in fault.refusals]
    if isinstance(fault, MediaInUse):
        details.append(
            Detail(
                field="media_id",
                reason=fault.code,
                link_ids=fault.link_ids,
                page_theme_template_ids=fault.template_ids,
            )
        )
    if isinstance(fault, MediaExists):
        details.append(
            Detail(
                field="file_data",
                reason=fault.code,
                existing_media_id=fault.existing_id,
                existing_file_name=fault.existing_name,
            )
        )
    of_month = isinstance(fault, faults.RateLimited) and fault.policy == MONTH
    code_type = "MAX_PUBLIC_API_QUERIED_REACHED" if of_month else failure.code
    error = ErrorBody(code=failure.status, code_type=code_type, message=message or code_type, details=details)
    body: dict[str, Any] = spell(error)
    return body


_DESIGN_PARTS = {
    "dots": "dots_options",
    "corner_square": "corners_square_options",
    "corner_dot": "corners_dot_options",
    "background": "background_options",
    "error_correction": "error_correction_level",
    "logo": "central_image_size",
}


def _field(native: str) -> str:
    if native.startswith("design."):
        part, dot, rest = native.removeprefix("design.").partition(".")
        return _DESIGN_PARTS.get(part, part) + dot + rest
    if native.startswith("document."):
        return native.removeprefix("document.")  # a name or slug of its own, not a link's
    head, dot, rest = native.partition(".")
    return FIELD_NAMES.get(head, head) + dot + rest


SURFACE = Surface(name="linkbreakers", statuses=STATUSES, envelope=envelope, rate_headers=lambda _state: [])
