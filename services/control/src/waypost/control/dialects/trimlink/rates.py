"""How TrimLink tells limits: requests a minute, with the reset in Unix seconds."""

from waypost.control.dialects.base.rates import Policy, Rates, Verdict
from waypost.control.model.plans import Plan

MINUTE = "minute"
REQUESTS_PER_MINUTE = 1000
"""The vendor's burst per key, without a daily limit; the plan of a workspace may allow less."""
PUBLIC_REQUESTS_PER_MINUTE = 60
"""The public download counter, per address."""


def policies(plan: Plan) -> tuple[Policy, ...]:
    """What a key may ask for."""
    limit = min(plan.api_calls_minute, REQUESTS_PER_MINUTE)
    return (Policy(name=MINUTE, limit=limit, window="fixed"),)


def to_seconds(at_ms: int) -> int:
    """A moment in Unix seconds, never before it."""
    return -(-at_ms // 1000)


def headers(verdict: Verdict, _now_ms: int) -> list[tuple[str, str]]:
    """The three headers that stand on every answer."""
    standing = verdict.of(MINUTE)
    if standing is None:
        return []
    return [
        ("X-RateLimit-Limit", str(standing.policy.limit)),
        ("X-RateLimit-Remaining", str(standing.remaining)),
        ("X-RateLimit-Reset", str(to_seconds(standing.reset_ms))),
    ]


RATES = Rates(
    of_plan=policies,
    headers=headers,
    public=(Policy(name=MINUTE, limit=PUBLIC_REQUESTS_PER_MINUTE, window="bucket"),),
)
