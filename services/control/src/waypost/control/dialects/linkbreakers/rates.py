"""How often a token may call, and the three kinds of headers in which every answer says so."""

from waypost.control.dialects.base.rates import Policy, Rates, Verdict
from waypost.control.dialects.linkbreakers import limits
from waypost.control.model.plans import Plan

MONTH = "month"
TOKEN = Policy(name="token", limit=limits.REQUESTS_PER_MINUTE, window="fixed")
PUBLIC = Policy(name="ip", limit=limits.PUBLIC_REQUESTS_PER_MINUTE, window="fixed")


def of_plan(plan: Plan) -> tuple[Policy, ...]:
    """The article's 1000 a minute for each token, and the plan's calls in a month when it bounds them."""
    if not plan.api_calls_month:
        return (TOKEN,)
    return (TOKEN, Policy(name=MONTH, limit=plan.api_calls_month, window="month", per="workspace"))


def headers(verdict: Verdict, now_ms: int) -> list[tuple[str, str]]:
    """The vendor's own names (the reset in Unix seconds), the older draft's, and the IETF pair."""
    standing = verdict.standings[0]
    limit, left = str(standing.policy.limit), str(max(0, standing.remaining))
    wait_s = str(max(0, -(-(standing.reset_ms - now_ms) // 1000)))
    name = standing.policy.name
    return [
        ("X-RateLimit-Limit", limit),
        ("X-RateLimit-Remaining", left),
        ("X-RateLimit-Reset", str(standing.reset_ms // 1000)),
        ("RateLimit-Limit", limit),
        ("RateLimit-Remaining", left),
        ("RateLimit-Reset", wait_s),
        ("RateLimit-Policy", f'"{name}";q={limit};w={standing.policy.seconds}'),
        ("RateLimit", f'"{name}";r={left};t={wait_s}'),
    ]


RATES = Rates(of_plan=of_plan, headers=headers, public=(PUBLIC,))
