"""How QRs.bd tells limits: a sliding minute per key, with the reset in Unix milliseconds."""

from waypost.control.dialects.base.rates import Policy, Rates, Verdict
from waypost.control.dialects.qrsbd import limits
from waypost.control.model.plans import Plan

MINUTE = "minute"


def policies(plan: Plan) -> tuple[Policy, ...]:
    """What a key may ask for."""
    return (Policy(name=MINUTE, limit=plan.api_calls_minute, window="sliding"),)


def headers(verdict: Verdict, _now_ms: int) -> list[tuple[str, str]]:
    """The three headers that stand on every answer."""
    standing = verdict.of(MINUTE)
    if standing is None:
        return []
    return [
        ("X-RateLimit-Limit", str(standing.policy.limit)),
        ("X-RateLimit-Remaining", str(standing.remaining)),
        ("X-RateLimit-Reset", str(standing.reset_ms)),
    ]


RATES = Rates(
    of_plan=policies,
    headers=headers,
    public=(Policy(name=MINUTE, limit=limits.PUBLIC_REQUESTS_PER_MINUTE, window="sliding"),),
)
