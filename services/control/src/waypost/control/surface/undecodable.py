"""What a decoder found wrong with a body or a row, as a fault that names the member."""

import re

from waypost.control.model.faults import Invalid

_UNKNOWN = re.compile(r"unknown field `(.+?)`")
_MISSING = re.compile(r"missing required field `(.+?)`")


def invalid_of(found: str, field: str = "") -> Invalid:
    """The decoder's sentence, with the path it ends with; else the fault is that of `field`."""
    reason, _, path = found.partition(" - at `$.")
    path = path.rstrip("`") or field
    if missing := _MISSING.search(reason):
        return Invalid(_below(path, missing[1]), "is required")
    if unknown := _UNKNOWN.search(reason):
        return Invalid(_below(path, unknown[1]), "there is no such member")
    return Invalid(path, reason)


def _below(path: str, member: str) -> str:
    return f"{path}.{member}" if path else member
