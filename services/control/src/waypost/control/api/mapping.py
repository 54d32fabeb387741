"""Between JSON and commands: times are RFC 3339 outside and milliseconds inside, unset is null outside.

The members of a resource have the same names as those of its command, except that `*_at` is `*_ms`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from waypost.control.model.faults import Invalid


def to_ms(at: datetime | None) -> int:
    """A time as Unix milliseconds, 0 when there is none. A time without zone is UTC."""
    if at is None:
        return 0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def to_time(at_ms: int) -> datetime | None:
    """Unix milliseconds as a time, None for 0."""
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None


def always_time(at_ms: int) -> datetime:
    """Unix milliseconds as a time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def command_values(body: Struct, cleared: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a body sets, in the command's names; null gives the cleared value.

    Raises Invalid for null where nothing can be cleared.
    """
    values: dict[str, Any] = {}
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if value is UNSET:
            continue
        inner = f"{name.removesuffix('_at')}_ms" if name.endswith("_at") else name
        if value is None:
            if inner not in cleared:
                raise Invalid(name, "cannot be null")
            value = cleared[inner]
        elif isinstance(value, datetime):
            value = to_ms(value)
        elif isinstance(value, list):
            value = tuple(value)
        values[inner] = value
    return values


def defaults_of(kind: type[Struct]) -> dict[str, Any]:
    """The default of every member that has one."""
    result: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.default is not msgspec.NODEFAULT:
            result[field.name] = field.default
        elif field.default_factory is not msgspec.NODEFAULT:
            result[field.name] = field.default_factory()
    return result
