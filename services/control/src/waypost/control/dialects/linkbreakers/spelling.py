"""Two spellings on the wire: the vendor's article writes snake_case, its generated client camelCase.

Requests may use either for every member; when both are there, camelCase wins. Answers carry both, at
every depth. Members of Structs are spelled; keys of plain dicts belong to users and stay as they are.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Struct

from waypost.control.model.faults import Invalid, Malformed

Case: TypeAlias = Literal["snake", "camel", "both"]
BodyT = TypeVar("BodyT", bound=Struct)

_HUMP = re.compile(r"(?<=.)([A-Z])")
_MISSING = re.compile(r"Object missing required field `(.+?)`\Z")
_PATH = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")


class Twins(Struct, frozen=True):
    """One member whose two spellings differ in vocabulary too: the article's content and the client's."""

    article: Any
    client: Any


def camel(name: str) -> str:
    """`qrcode_signed_url` as `qrcodeSignedUrl`."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def snake(name: str) -> str:
    """`qrcodeSignedUrl` as `qrcode_signed_url`; snake_case stays."""
    return _HUMP.sub(r"_\1", name).lower()


def members(raw: Mapping[str, Any]) -> dict[str, Any]:
    """One level of a request with every member in snake_case; of two spellings camelCase wins."""
    result = {name: value for name, value in raw.items() if name == snake(name)}
    result |= {snake(name): value for name, value in raw.items() if name != snake(name)}
    return result


def decode(body: bytes) -> Any:
    """The JSON of a request; no body at all is an empty object. Raises Malformed."""
    if not body.strip():
        return {}
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("", "The body is not readable JSON.") from error


def read(raw: Any, kind: type[BodyT]) -> BodyT:
    """A decoded JSON object as a Struct of snake_case members; unknown ones are ignored.

    Raises Malformed when it is no object, Invalid naming the member that does not fit.
    """
    if not isinstance(raw, dict):
        raise Malformed("", "The body must be a JSON object.")
    try:
        return msgspec.convert(members(raw), kind, strict=True)
    except msgspec.ValidationError as error:
        reason = str(error)
        found = _PATH.search(reason)
        path, why = found["path"] if found else "", _PATH.sub("", reason)
        if missing := _MISSING.match(why):
            path, why = ".".join(filter(None, (path, missing[1]))), "is required"
        raise Invalid(path.removesuffix("[...]"), why) from error


def spell(value: object, case: Case = "both") -> Any:
    """An answer as JSON values in the asked spellings; unset members are left out."""
    if isinstance(value, Struct):
        result: dict[str, Any] = {}
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            if inner is not UNSET:
                result.update(_spelled(name, inner, case))
        return result
    if isinstance(value, dict):
        return {key: spell(inner, case) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [spell(inner, case) for inner in value]
    if isinstance(value, datetime):
        return timestamp(value)
    return value


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _spelled(name: str, value: object, case: Case) -> dict[str, Any]:
    other = camel(name)
    article, client = (value.article, value.client) if isinstance(value, Twins) else (value, value)
    if other == name:
        return {name: spell(client, case)}
    result = {}
    if case != "camel":
        result[name] = spell(article, case)
    if case != "snake":
        result[other] = spell(client, case)
    return result
