"""The health of a link's destinations: what one look found, and what that makes of what was known. Pure."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

ANSWERS_NOT_TO_US = frozenset({401, 403, 405, 406, 407, 429, 451})
"""Statuses of servers that are there, but keep programs out."""
FAILING_TOLD_MS = 30 * 60_000
"""A destination must have failed for this long, at two looks at least, before anybody is told."""
News: TypeAlias = Literal["", "link.unhealthy", "link.healthy"]


class Look(Struct, frozen=True):
    """What one look found: the status (0 when no answer came) and, if that is a failure, why."""

    status: int = 0
    failure: str = ""


class LinkHealth(Struct, frozen=True, kw_only=True):
    """What the last look at a link's destination found."""

    link_id: str
    checked_ms: int
    status: int = 0
    failure: str = ""
    failing_since_ms: int = 0
    told: bool = False


def look_of(status: int) -> Look:
    """A status as a look: redirects and closed doors are alive, everything else from 400 on is a failure."""
    failed = status >= 400 and status not in ANSWERS_NOT_TO_US
    return Look(status, f"answers with status {status}" if failed else "")


def look_at_all(looks: Sequence[tuple[str, Look]]) -> Look:
    """Looks at all destinations of a link, by the path of the member that names each, as one: the first that
    failed, which is named unless it is the link's own destination; else the first."""
    for path, look in looks:
        if look.failure:
            return look if path == "target_url" else Look(look.status, f"{path}: {look.failure}")
    return looks[0][1]


def after_look(before: LinkHealth, look: Look, now_ms: int) -> tuple[LinkHealth, News]:
    """What is known after a look, and what is to be told of it."""
    since_ms = (before.failing_since_ms or now_ms) if look.failure else 0
    told = before.told
    news: News = ""
    if look.failure and not told and before.failing_since_ms and now_ms - since_ms >= FAILING_TOLD_MS:
        news, told = "link.unhealthy", True
    elif not look.failure:
        news, told = ("link.healthy" if told else ""), False
    changed = {
        "checked_ms": now_ms,
        "status": look.status,
        "failure": look.failure,
        "failing_since_ms": since_ms,
        "told": told,
    }
    return msgspec.structs.replace(before, **changed), news
