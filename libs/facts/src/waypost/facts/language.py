"""`Accept-Language` → the primary tags a person reads, best first. Pure."""

import re
from functools import lru_cache

from waypost.facts.limits import ACCEPT_LANGUAGE_CHARACTERS_MAX, LANGUAGE_CACHE_ENTRIES_MAX, LANGUAGES_MAX

_RANGE = re.compile(
    r"[ \t]*([A-Za-z]{2,8})(?:-[A-Za-z0-9]{1,8})*[ \t]*"
    r"(?:;[ \t]*[qQ][ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)[ \t]*)?"
)


@lru_cache(maxsize=LANGUAGE_CACHE_ENTRIES_MAX)
def languages(header: str) -> tuple[str, ...]:
    """Lower-case BCP 47 primary tags by falling weight (RFC 9110 §12.5.4), each once, at most eight.

    `*`, refused ones (`q=0`) and what does not parse are left out; equal weights keep the order of the
    header. Bounded by what is kept of the header: a longer one is cut, and its last, perhaps torn, range
    dropped.
    """
    text = header[:ACCEPT_LANGUAGE_CHARACTERS_MAX]
    ranges = text.split(",")
    if len(text) < len(header):
        ranges.pop()
    weighted = []
    for position, each in enumerate(ranges):
        match = _RANGE.fullmatch(each)
        if match is None:
            continue
        weight = min(float(match[2]), 1.0) if match[2] is not None else 1.0
        if weight > 0:
            weighted.append((-weight, position, match[1].lower()))
    best_first = dict.fromkeys(tag for _, _, tag in sorted(weighted))
    return tuple(best_first)[:LANGUAGES_MAX]
