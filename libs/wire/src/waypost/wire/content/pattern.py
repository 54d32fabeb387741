"""What customers want answers to look like: regular expressions, matched by an engine that cannot be led astray.

RE2 knows no backtracking: its time grows with the answer and nothing else, whatever a pattern says. What it cannot say
(looking ahead and behind, references to groups) is refused where a pattern is written.
"""

from functools import lru_cache
from typing import Any

from waypost.wire.content.limits import PATTERN_BYTES_MAX, PATTERNS_KEPT_MAX


def is_pattern(text: str) -> bool:
    """True for a pattern that answers can be held against; an empty one holds of everything and is none."""
    return bool(text) and _compiled(text) is not None


def fits(pattern: str, answer: str) -> bool:
    """Whether some part of an answer is as a pattern says, as RegExp in browsers tests it; `^` and `$` are its ends.

    True for what is no pattern here: a newer control may know more.
    """
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(answer) is not None


@lru_cache(maxsize=PATTERNS_KEPT_MAX)
def _compiled(pattern: str) -> Any:
    import re2  # here and not above: an edge starts without it

    options = re2.Options()
    options.max_mem = PATTERN_BYTES_MAX
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
