"""xQR's plans: calls a month, calls a second, keys; and the headers that tell how a caller stands.

The seed's table has Free, Pro, Business and Enterprise. A self-hosted workspace has the plan `unlimited`:
named Enterprise to clients, with limits that only keep a runaway script from harming its neighbours.
"""

from msgspec import Struct

from waypost.control.dialects.base.rates import Policy, Rates, Verdict
from waypost.control.model.access import Actor
from waypost.control.model.workspaces import UNLIMITED_PLAN

MONTH = "month"
BURST = "burst"


class Plan(Struct, frozen=True, kw_only=True):
    """A row of the seed's table. `keys` None is no limit."""

    title: str
    keys: int | None
    calls_per_month: int
    calls_per_second: int


PLANS = {
    "free": Plan(title="free", keys=0, calls_per_month=0, calls_per_second=0),
    "pro": Plan(title="pro", keys=2, calls_per_month=1_000, calls_per_second=10),
    "business": Plan(title="business", keys=10, calls_per_month=25_000, calls_per_second=50),
    "enterprise": Plan(title="enterprise", keys=None, calls_per_month=100_000, calls_per_second=200),
    UNLIMITED_PLAN: Plan(title="enterprise", keys=None, calls_per_month=100_000_000, calls_per_second=1_000),
}
_ANYBODY = (
    Policy(name=MONTH, limit=10_000, window="month"),
    Policy(name=BURST, limit=10, window="bucket", seconds=1),
)


def plan_of(name: str) -> Plan:
    """The plan of a workspace; one that xQR does not have is treated as unlimited."""
    return PLANS.get(name, PLANS[UNLIMITED_PLAN])


def policies(actor: Actor) -> tuple[Policy, ...]:
    """What a key may ask for: the workspace shares its month, each key has its own bucket."""
    plan = plan_of(actor.plan or UNLIMITED_PLAN)
    return (
        Policy(name=MONTH, limit=plan.calls_per_month, window="month", per="workspace"),
        Policy(name=BURST, limit=plan.calls_per_second, window="bucket", seconds=1),
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


RATES = Rates(of_actor=policies, headers=headers, public=_ANYBODY)
