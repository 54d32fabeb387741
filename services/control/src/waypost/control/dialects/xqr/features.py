"""What the plan of a workspace includes, beside the amounts that it limits."""

from collections.abc import Sequence

from msgspec import UnsetType

from waypost.control.dialects.xqr.schemas_links import RoutingRule
from waypost.control.model.faults import FeatureOff
from waypost.control.model.plans import Plan

_RULES = "routing_rules"


def features_of(plan: Plan) -> dict[str, bool]:
    """By name, whether a plan includes it."""
    return {_RULES: plan.rules, "webhooks": True, "api": True}


def require_rules(
    plan: Plan, written: Sequence[RoutingRule] | UnsetType | None, before: Sequence[RoutingRule] = ()
) -> None:
    """Let nobody write rules that their plan does not follow. Raises FeatureOff.

    Those that a link has already may be sent back.
    """
    if written and not plan.rules and list(written) != list(before):
        raise FeatureOff(_RULES)
