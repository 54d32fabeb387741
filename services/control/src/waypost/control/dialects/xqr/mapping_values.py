"""Single values between xQR and the model: times and URLs. Pure."""

from datetime import UTC, datetime

from waypost.control.model.faults import Invalid, InvalidUrl


def time_to_ms(field: str, text: str | None) -> int:
    """An ISO 8601 time as Unix milliseconds, 0 for null; without zone it is UTC. Raises Invalid."""
    if text is None:
        return 0
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field, "is no ISO 8601 time, such as 2026-12-31T23:59:59Z") from error
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def ms_to_time(at_ms: int) -> datetime | None:
    """Unix milliseconds as a time, null for 0."""
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None


def always_time(at_ms: int) -> datetime:
    """Unix milliseconds as a time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def web_url(field: str, url: str) -> str:
    """A destination as xQR takes it: http or https; the core judges the rest. Raises InvalidUrl."""
    if not url.lower().startswith(("http://", "https://")):
        raise InvalidUrl(field, "must start with http:// or https://")
    return url
