"""How xQR tells limits: calls a month and calls a second of the workspace's plan, in four headers.

The numbers are the operator's (WAYPOST_PLANS_FILE); README.md shows a file with the vendor's own table.
"""

from waypost.control.dialects.base.rates import Policy, Rates, Verdict
from waypost.control.dialects.xqr import limits
from waypost.control.model.plans import UNLIMITED, Plan

MONTH = "month"
BURST = "burst"
_ANYBODY = (
    Policy(name=MONTH, limit=limits.PUBLIC_CALLS_PER_MONTH, window="month"),
    Policy(name=BURST, limit=limits.PUBLIC_CALLS_PER_SECOND, window="bucket", seconds=1),
)


def plan_title(name: str) -> str:
    """A plan as xQR calls it: what has no limits is its largest one."""
    return "enterprise" if name == UNLIMITED.name else name


def policies(plan: Plan) -> tuple[Policy, ...]:
    """What a key may ask for: the workspace shares its month, each key has its own bucket."""
    month = plan.api_calls_month or limits.CALLS_PER_MONTH_UNLIMITED
    return (
        Policy(name=MONTH, limit=month, window="month"),
        Policy(name=BURST, limit=plan.api_burst, window="bucket", seconds=1),
    )


def headers(verdict: Verdict, _now_ms: int) -> list[tuple[str, str]]:
    """The four headers that stand on every answer."""
    found = []
    for name, prefix in ((MONTH, "X-RateLimit"), (BURST, "X-RateLimit-Burst")):
        standing = verdict.of(name)
        if standing is not None:
            found += [
                (f"{prefix}-Limit", str(standing.policy.limit)),
                (f"{prefix}-Remaining", str(standing.remaining)),
            ]
    return found


RATES = Rates(of_plan=policies, headers=headers, public=_ANYBODY)
