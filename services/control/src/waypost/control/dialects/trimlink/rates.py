"""How TrimLink tells limits: requests a minute, with the reset in Unix seconds."""

from waypost.control.dialects.base.rates import Policy, Rates, Verdict
from waypost.control.model.plans import Plan

MINUTE = "minute"
PUBLIC_REQUESTS_PER_MINUTE = 60
"""The public download counter, per address."""


def policies(plan: Plan) -> tuple[Policy, ...]:
    """What a key may ask for."""
    return (Policy(name=MINUTE, limit=plan.api_calls_minute, window="fixed"),)


def headers(verdict: Verdict, _now_ms: int) -> list[tuple[str, str]]:
    """The three headers that stand on every answer."""
    standing = verdict.of(MINUTE)
    if standing is None:
        return []
    return [
        ("X-RateLimit-Limit", str(standing.policy.limit)),
        ("X-RateLimit-Remaining", str(standing.remaining)),
        ("X-RateLimit-Reset", str(-(-standing.reset_ms // 1000))),
    ]


RATES = Rates(
    of_plan=policies,
    headers=headers,
    public=(Policy(name=MINUTE, limit=PUBLIC_REQUESTS_PER_MINUTE, window="fixed"),),
)
