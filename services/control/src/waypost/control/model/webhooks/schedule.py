"""When a delivery is tried, and what follows from the answer.

xQR documents the first six steps (at once, 1 min, 5 min, 30 min, 2 h, 12 h after the one before);
endpoints made natively go on for 24 h and 36 h, so that a receiver may be down for a weekend.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from msgspec import Struct

from waypost.control.model.webhooks.limits import JITTER, RETRY_AFTER_MAX_S

DELAYS_NATIVE_S = (0, 60, 300, 1_800, 7_200, 43_200, 86_400, 129_600)
DELAYS_DIALECT_S = DELAYS_NATIVE_S[:6]

_GONE = 410


class Outcome(Struct, frozen=True):
    """How one attempt went: the status of the answer, or None when none came."""

    status: int | None
    retry_after_s: int | None = None

    @property
    def succeeded(self) -> bool:
        """Only 2xx counts; a redirect is a failure because it is not followed."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver asks never to be called again."""
        return self.status == _GONE


class Delivered(Struct, frozen=True):
    """Done."""


class Retry(Struct, frozen=True):
    """Try again, not before this moment."""

    at_ms: int


class Dead(Struct, frozen=True):
    """Given up, kept for a replay: `gone` or `attempts_used_up`."""

    reason: str


Step: TypeAlias = Delivered | Retry | Dead


def next_step(
    delays_s: tuple[int, ...], attempts_made: int, outcome: Outcome, *, at_ms: int, jitter: float
) -> Step:
    """What follows an attempt that ended at `at_ms`.

    `attempts_made` includes it; `jitter` in [-1, 1] stretches the next delay by up to 10 %, so that
    what failed together does not come back together. A `Retry-After` of the answer makes the delay
    longer, never shorter.
    """
    if outcome.succeeded:
        return Delivered()
    if outcome.gone:
        return Dead("gone")
    if attempts_made >= len(delays_s):
        return Dead("attempts_used_up")
    delay_ms = int(delays_s[attempts_made] * 1000 * (1 + JITTER * max(-1.0, min(1.0, jitter))))
    wanted_ms = min(outcome.retry_after_s or 0, RETRY_AFTER_MAX_S) * 1000
    return Retry(at_ms + max(delay_ms, wanted_ms))


def parse_retry_after(value: str, now_ms: int) -> int | None:
    """Seconds that a `Retry-After` field asks for (RFC 9110, clause 10.2.3); None when it says nothing."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:10]), RETRY_AFTER_MAX_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - datetime.fromtimestamp(now_ms / 1000, UTC)).total_seconds()
    return max(0, min(int(seconds) + 1, RETRY_AFTER_MAX_S))
