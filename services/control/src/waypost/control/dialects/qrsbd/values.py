"""Single values between QRs.bd and the model: URLs, slugs, times, hosts. Pure."""

import re
from datetime import UTC, datetime

from waypost.control.core.destination import canonical_url
from waypost.control.model.faults import Invalid, InvalidSlug
from waypost.control.model.installation import Installation

SLUG = re.compile(r"[a-z0-9_-]{3,32}\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PORT = re.compile(r":\d*\Z")
_STRICT = Installation()
"""Without private targets, whatever the operator allows elsewhere: this vendor documents the refusal."""


def strict_url(field: str, url: str) -> str:
    """A web address on the public internet, in canonical form. Raises InvalidUrl naming the field."""
    return canonical_url(field, url, _STRICT)


def checked_slug(slug: str | None) -> str:
    """A slug as the vendor allows it; "" for none, which draws one. Raises InvalidSlug."""
    if slug is not None and not SLUG.match(slug):
        raise InvalidSlug("slug", "must match ^[a-z0-9_-]{3,32}$")
    return slug or ""


def time_to_ms(field: str, text: str | None) -> int:
    """An ISO 8601 time as Unix milliseconds, 0 for null; without zone it is UTC. Raises Invalid."""
    if text is None:
        return 0
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field, "is no ISO 8601 time, such as 2026-12-31T23:59:59Z") from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def ms_to_time(at_ms: int) -> datetime | None:
    """Unix milliseconds as a time, null for 0."""
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None


def always_time(at_ms: int) -> datetime:
    """Unix milliseconds as a time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def host_of(text: str) -> str:
    """The host in what a person pasted: scheme, path and port are dropped."""
    rest = _SCHEME.sub("", text.strip(), count=1)
    return _PORT.sub("", re.split(r"[/?#\\]", rest, maxsplit=1)[0])
