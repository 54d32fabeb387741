"""Single values between CodeQR and the model: times, URLs and their UTM parameters. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import ada_url
from msgspec import UNSET, Struct

from waypost.control.model.faults import Invalid
from waypost.control.model.links import Json

EXTRAS = "codeqr"
"""Under which name members stand that only this dialect knows."""
UTM = ("source", "medium", "campaign", "term", "content")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WITHOUT_SLASHES = ("mailto:", "tel:", "sms:")


def kept(body: Struct, names: Sequence[str], before: Json) -> Json:
    """What a thing knows for dialects alone, after a body gave some of our members; null takes one away."""
    given = {name: value for name in names if (value := getattr(body, name)) is not UNSET}
    own = {name: value for name, value in {**before.get(EXTRAS, {}), **given}.items() if value is not None}
    return {**before, EXTRAS: own} if own else {name: each for name, each in before.items() if name != EXTRAS}


def time_to_ms(field: str, text: str | None) -> int:
    """An ISO 8601 date or time as Unix milliseconds, 0 for null; without zone it is UTC. Raises Invalid."""
    if text is None or not text.strip():
        return 0
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(field, "is no ISO 8601 time, such as 2026-12-31T23:59:59Z") from error
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def always_time(at_ms: int) -> str:
    """Unix milliseconds as CodeQR writes times: UTC, milliseconds, `Z`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms_to_time(at_ms: int) -> str | None:
    """Unix milliseconds as a time, null for 0."""
    return always_time(at_ms) if at_ms else None


def whole_url(url: str) -> str:
    """A destination with its scheme, `https://` when none was written, as the core will keep it.

    What is no URL comes back as it is; the core refuses it.
    """
    text = url.strip()
    if text and not _SCHEME.match(text) and not text.lower().startswith(_WITHOUT_SLASHES):
        text = f"https://{text}"
    try:
        return str(ada_url.URL(text).href)
    except ValueError:
        return text


def without_parameters(url: str, names: frozenset[str]) -> str:
    """A destination without some parameters of its query."""
    parts = urlsplit(url)
    pairs = parts.query.split("&")
    kept = [pair for pair in pairs if pair.partition("=")[0] not in names]
    return url if len(kept) == len(pairs) else urlunsplit(parts._replace(query="&".join(kept)))


def utm_in(url: str) -> dict[str, str]:
    """The UTM parameters that a destination itself carries."""
    found = dict(parse_qsl(urlsplit(url).query))
    return {name: found[f"utm_{name}"] for name in UTM if found.get(f"utm_{name}")}
