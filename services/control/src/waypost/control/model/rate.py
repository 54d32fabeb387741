"""The generic cell rate algorithm (ITU-T I.371, annex A), in whole microseconds: exact, no drift.

A bucket is one number, the theoretical arrival time of the next conforming request.
"""

from msgspec import Struct

US_PER_S = 1_000_000


class RatePolicy(Struct, frozen=True):
    """`limit` requests per `window_s` on average, at most `burst` of them at once."""

    name: str
    limit: int
    window_s: int
    burst: int

    @property
    def interval_us(self) -> int:
        """Time that one request uses up, at least a microsecond."""
        return max(1, self.window_s * US_PER_S // self.limit)


class RateState(Struct, frozen=True):
    """What was decided, and what a caller is told of it."""

    policy: RatePolicy
    allowed: bool
    tat_us: int
    remaining: int
    """Requests that would be allowed right now."""
    reset_us: int
    """Until the bucket is full again."""
    retry_us: int
    """Until the next request is allowed; 0 when one is."""


def decide(policy: RatePolicy, tat_us: int, now_us: int, cost: int = 1) -> RateState:
    """Judge one arrival. The new `tat_us` is to be kept whatever was decided."""
    interval = policy.interval_us
    tolerance = interval * policy.burst
    start = max(tat_us, now_us)
    after = start + interval * cost
    allowed = after - now_us <= tolerance
    kept = after if allowed else start
    remaining = max(0, (tolerance - (kept - now_us)) // interval)
    retry = 0 if allowed else after - now_us - tolerance
    return RateState(policy, allowed, kept, remaining, kept - now_us, retry)
