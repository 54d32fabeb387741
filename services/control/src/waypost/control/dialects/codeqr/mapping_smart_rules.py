"""Smart rules, of the vendor's other pages, down into the native language and back up. Pure.

They are told apart from other rules by their ids; those written elsewhere are not shown as smart rules.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Any, get_args

from waypost.control.dialects.codeqr import limits
from waypost.control.dialects.codeqr.mapping_rules import SMART, split_of
from waypost.control.dialects.codeqr.mapping_values import whole_url
from waypost.control.dialects.codeqr.schemas_links import Attribute, SmartRule, SplitShare, VariantShare
from waypost.control.model.faults import Invalid
from waypost.rules import model
from waypost.rules.model import Condition, Rule, Split, Url

_SETS: dict[Attribute, Callable[..., Condition]] = {
    "device": model.Os,
    "country": model.Country,
    "city": model.City,
    "region": model.Region,
    "continent": model.Continent,
    "language": model.Language,
    "referrer": model.Referrer,
}
_ATTRIBUTES = frozenset(get_args(Attribute))
_PERCENT = 100
_NAMES = {kind: name for name, kind in _SETS.items()}
_UTM = "utm_"
_UPPER: frozenset[Attribute] = frozenset({"country", "continent", "region"})


def lower_smart(rules: Sequence[SmartRule], taken: Collection[str] = ()) -> tuple[Rule, ...]:
    """Native rules in the same order, under ids that are not taken. Raises Invalid naming the rule."""
    if len(rules) > limits.SMART_RULES_MAX:
        raise Invalid("rules", f"has at most {limits.SMART_RULES_MAX} entries")
    free = (rule_id for number in count() if (rule_id := f"{SMART}{number}") not in taken)
    return tuple(
        _lowered(rule, f"rules.{place}", next(free), is_last=place == len(rules) - 1)
        for place, rule in enumerate(rules)
    )


def lift_smart(rules: Sequence[Rule]) -> list[SmartRule]:
    """The smart rules among native ones, in their order."""
    return [found for rule in rules if (found := lifted(rule)) is not None]


def lifted(rule: Rule) -> SmartRule | None:
    """A native rule as a smart one; None for one of others, or one that others changed beyond words."""
    is_plain = rule.enabled and rule.share == _PERCENT and not (rule.starts_ms or rule.ends_ms or rule.name)
    if not (is_plain and rule.password is None and rule.id.startswith(SMART)):
        return None
    said: dict[str, Any] = {}
    match rule.when:
        case ():
            pass
        case (model.Utm(name=str(name), values=values, negate=negate),):
            said = {"attribute": f"{_UTM}{name}", "values": values, "negate": negate}
        case (model.SetCondition(values=values, negate=negate) as condition,):
            said = {"attribute": _NAMES.get(type(condition)), "values": values, "negate": negate}
        case _:
            return None
    if said and (said["attribute"] not in _ATTRIBUTES or not said["values"]):
        return None
    if isinstance(rule.then, Url):
        return _told(said, url=rule.then.url)
    if not isinstance(rule.then, Split):
        return None
    return _told(said, split=[SplitShare(url=each.url, weight=each.weight) for each in rule.then.variants])


def _told(said: dict[str, Any], **leading: Any) -> SmartRule:
    if not said:
        return SmartRule(**leading)
    values = said["values"]
    return SmartRule(
        attribute=said["attribute"],
        operator="not_equals" if said["negate"] else "equals",
        value=values[0] if len(values) == 1 else list(values),
        **leading,
    )


def _lowered(rule: SmartRule, field: str, rule_id: str, *, is_last: bool) -> Rule:
    if bool(rule.url) == bool(rule.split):
        raise Invalid(field, "has either `url` or `split`")
    then = Url(whole_url(rule.url)) if rule.url else _split(field, rule.split or [])
    if rule.attribute is None:
        if not (is_last and rule.split):
            raise Invalid(field, "a rule without an attribute must be the last one, and split")
        return Rule(id=rule_id, then=then)
    values = (rule.value,) if isinstance(rule.value, str) else tuple(rule.value or ())
    if not values or not all(values):
        raise Invalid(f"{field}.value", "is required")
    return Rule(
        id=rule_id, when=(_condition(rule.attribute, values, rule.operator == "not_equals"),), then=then
    )


def _condition(attribute: Attribute, values: tuple[str, ...], negate: bool) -> Condition:
    if attribute.startswith(_UTM):
        return model.Utm(name=_utm_name(attribute), values=values, negate=negate)
    stored = tuple(value.upper() for value in values) if attribute in _UPPER else values
    return _SETS[attribute](values=stored, negate=negate)


def _utm_name(attribute: Attribute) -> model.UtmName:
    found: dict[str, model.UtmName] = {name: name for name in get_args(model.UtmName)}
    return found[attribute.removeprefix(_UTM)]


def _split(field: str, shares: Sequence[SplitShare]) -> Split:
    return split_of(f"{field}.split", [VariantShare(each.url, each.weight) for each in shares])
