"""The vendor's table of plans, as an operator can use it."""

import re
from pathlib import Path

import pytest

import waypost.control.dialects.qrsbd as dialect
from waypost.control.dialects.qrsbd.rates import policies
from waypost.control.model.plans import Plan, read_plans

README = Path(str(dialect.__file__)).with_name("README.md")
TABLE = {
    "free": (2, 25, 500, -1, 10, 1),
    "starter": (15, 500, 10_000, -1, 30, 1),
    "pro": (0, 0, 100_000, 1, 100, 1),
    "business": (0, 0, 500_000, 5, 500, 5),
}
"""Dynamic codes, links, scans a month, domains, calls a minute, seats; 0 is no limit, -1 is none."""


def vendors_plans() -> dict[str, Plan]:
    """The plans in the README."""
    block = re.search(r"```json\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    return {plan.name: plan for plan in read_plans(block[1].encode())}


@pytest.mark.parametrize("name", TABLE)
def test_the_readme_holds_the_vendors_table(name: str) -> None:
    """C46, C48 to C53: whoever moves over pastes it into WAYPOST_PLANS_FILE."""
    plan = vendors_plans()[name]
    codes, links, scans, domains, calls, seats = TABLE[name]
    assert (plan.qr_codes, plan.links, plan.scans_month, plan.members) == (codes, links, scans, seats)
    assert domains == plan.domains
    assert [each.limit for each in policies(plan)] == [calls]


def test_the_free_plan_waits_and_follows_no_rules() -> None:
    """C181, C192: a page before the redirect on Free; rules from Starter on."""
    plans = vendors_plans()
    assert {name: plan.rules for name, plan in plans.items()} == {
        "free": False,
        "starter": True,
        "pro": True,
        "business": True,
    }
    assert [name for name, plan in plans.items() if plan.interstitial_s] == ["free"]
