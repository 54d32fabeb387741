"""Whether an endpoint still works: what its failures in a row lead to."""

from msgspec import Struct

from waypost.control.model.webhooks.limits import (
    FAILING_DAYS_DIALECT,
    FAILING_DAYS_NATIVE,
    FAILURE_COUNTED_EVERY_MS,
    FAILURES_MAX,
    NOTICES_AT,
)

_DAY_MS = 24 * 3600 * 1000


class Health(Struct, frozen=True):
    """Failures since the last success. `counted_ms` is when a failure last counted."""

    failures: int = 0
    failing_since_ms: int | None = None
    counted_ms: int | None = None


class Consequence(Struct, frozen=True):
    """The new state, and what to do: tell the owner (`notice`: how many failures) or stop (why)."""

    health: Health
    notice: int | None = None
    disable: str | None = None


def after_success() -> Health:
    """One success forgives everything."""
    return Health()


def after_failure(health: Health, *, native: bool, gone: bool, at_ms: int) -> Consequence:
    """The consequence of one failed attempt.

    410 stops at once. Natively made endpoints stop at 20 failures in a row (failures within a minute
    count once) or after five days without a success, and their owner hears of it at 5, 10 and 15.
    Endpoints made through a dialect keep its vendor's promise: seven days, however many failures.
    """
    since_ms = at_ms if health.failing_since_ms is None else health.failing_since_ms
    counts = health.counted_ms is None or at_ms - health.counted_ms >= FAILURE_COUNTED_EVERY_MS
    failures = health.failures + counts
    changed = Health(failures, since_ms, at_ms if counts else health.counted_ms)
    days = FAILING_DAYS_NATIVE if native else FAILING_DAYS_DIALECT
    if gone:
        return Consequence(changed, disable="gone")
    if at_ms - since_ms >= days * _DAY_MS or (native and failures >= FAILURES_MAX):
        return Consequence(changed, disable="failing")
    return Consequence(changed, notice=failures if counts and failures in NOTICES_AT else None)
