"""Reading what clients send: bodies in camelCase or snake_case, lists in queries. Pure.

The vendor's document writes most members in camelCase but some in snake_case, and its own integrations
write snake_case everywhere; both are taken.
"""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from waypost.control.model.faults import Invalid

BodyT = TypeVar("BodyT")
_ABOUT = re.compile(r"(?P<why>.*) - at `\$\.?(?P<path>.*)`\Z", re.DOTALL)
_MISSING = re.compile(r"missing required field `(.+?)`")
_IMAGE = "/qr"
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def camel(name: str) -> str:
    """`link_ids` as `linkIds`; UTM members keep their own spelling."""
    if name in _UTM:
        return name
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def camel_members(body: dict[str, Any]) -> dict[str, Any]:
    """A body's own members in camelCase; where both spellings are sent, camelCase wins."""
    spelt = {camel(name): value for name, value in body.items()}
    return spelt | {name: value for name, value in body.items() if camel(name) == name}


def camel_query(path: str, query: bytes) -> bytes:
    """A query with its names in camelCase. That of an image is left alone: it may hold an address as it is."""
    if path == _IMAGE or b"_" not in query:
        return query
    pairs = [pair.partition(b"=") for pair in query.split(b"&")]
    return b"&".join(
        camel(name.decode("latin-1")).encode("latin-1") + eq + value for name, eq, value in pairs
    )


def read(body: dict[str, Any], kind: type[BodyT]) -> BodyT:
    """A body in either spelling. Raises Invalid naming the member."""
    try:
        return msgspec.convert(_with_whole_numbers(camel_members(body)), kind)
    except msgspec.ValidationError as error:
        found = _ABOUT.match(str(error))
        why, path = (found["why"], found["path"]) if found else (str(error), "")
        if missing := _MISSING.search(why):
            raise Invalid(f"{path}.{missing[1]}".lstrip("."), "is required") from error
        raise Invalid(path, why) from error


def _with_whole_numbers(body: dict[str, Any]) -> dict[str, Any]:
    """A body whose own members are whole numbers where they are: the vendor's clients write `300.0` as well."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in body.items()
    }


def listed(texts: str | Sequence[str] | None) -> tuple[str, ...]:
    """`a,b` or several texts, as one list without blanks and repetitions."""
    given = [texts] if isinstance(texts, str) else texts or ()
    parts = (part.strip() for text in given for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
