"""`smart_rules` down into the native language and back up, without loss. Pure."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import msgspec

from waypost.control.dialects.qrsbd.schemas import (
    SYSTEMS,
    AbRule,
    GeoRule,
    OsRule,
    SmartRule,
    System,
    TimeRule,
)
from waypost.control.dialects.qrsbd.values import strict_url
from waypost.control.model.faults import Invalid
from waypost.rules.model import Condition, Country, Os, Rule, Time, Url, Window
from waypost.rules.vocabulary import COUNTRIES
from waypost.rules.zones import UnknownZone, clock

_DAY_MINUTES = 24 * 60


def lower(written: Sequence[SmartRule]) -> tuple[Rule, ...]:
    """Native rules in the order of the array. Raises Invalid naming the member with its index."""
    ids: set[str] = set()
    return tuple(_lower_one(f"smart_rules[{index}]", rule, ids) for index, rule in enumerate(written))


def lift(rules: Sequence[Rule]) -> list[SmartRule]:
    """What QRs.bd can say of native rules; the others are left out."""
    return [said for rule in rules if (said := _lift_one(rule)) is not None]


def replaced(current: Sequence[Rule], own: Sequence[Rule]) -> tuple[Rule, ...]:
    """The dialect's rules anew, and behind them, in their order, those that only others can say."""
    taken = {rule.id for rule in own}
    return (*own, *(rule for rule in current if _lift_one(rule) is None and rule.id not in taken))


def _lower_one(path: str, rule: SmartRule, taken: set[str]) -> Rule:
    when, share = tuple(_conditions(path, rule)), 100.0
    if isinstance(rule, AbRule):
        share = float(rule.weight)
    then = Url(strict_url(f"{path}.target_url", rule.target_url))
    return Rule(id=_free_id(rule, taken), when=when, share=share, then=then)


def _conditions(path: str, rule: SmartRule) -> Iterator[Condition]:
    match rule:
        case GeoRule(condition=condition, values=values):
            codes = tuple(code.upper() for code in values)
            for index, code in enumerate(codes):
                if code not in COUNTRIES:
                    raise Invalid(f"{path}.values[{index}]", f"there is no country `{code}`")
            yield Country(values=codes, negate=condition == "not_in")
        case OsRule(condition=condition, values=systems):
            yield Os(values=tuple(systems), negate=condition == "is_not")
        case TimeRule(timezone=zone):
            try:
                clock(zone)
            except UnknownZone as error:
                raise Invalid(f"{path}.timezone", f"there is no IANA time zone `{zone}`") from error
            window = Window(
                start_minute=_minute(rule.start_time),
                end_minute=_minute(rule.end_time),
                days=tuple(rule.active_days),
                zone=zone,
            )
            yield Time(windows=(window,))


def _free_id(rule: SmartRule, taken: set[str]) -> str:
    # From what the rule says, not from where it stands: re-ordering keeps the counts of its scans.
    base = f"qrsbd-{blake2b(msgspec.json.encode(rule), digest_size=6).hexdigest()}"
    number, rule_id = 1, base
    while rule_id in taken:
        number += 1
        rule_id = f"{base}-{number}"
    taken.add(rule_id)
    return rule_id


def _lift_one(rule: Rule) -> SmartRule | None:
    if not isinstance(rule.then, Url) or not rule.enabled or rule.name or rule.starts_ms or rule.ends_ms:
        return None
    if rule.password is not None:
        return None
    url = rule.then.url
    if not rule.when and rule.share.is_integer() and 1 <= rule.share <= 99:
        return AbRule(weight=int(rule.share), target_url=url)
    if len(rule.when) == 1 and rule.share == 100:
        return _lift_condition(rule.when[0], url)
    return None


def _lift_condition(condition: Condition, url: str) -> SmartRule | None:
    match condition:
        case Country(values=values, negate=negate) if values:
            return GeoRule(condition="not_in" if negate else "in", values=list(values), target_url=url)
        case Os(values=values, negate=negate) if values and SYSTEMS.issuperset(values):
            systems = msgspec.convert(values, list[System])
            return OsRule(condition="is_not" if negate else "is", values=systems, target_url=url)
        case Time(windows=(window,), negate=False) if window.end_minute < _DAY_MINUTES:
            return TimeRule(
                timezone=window.zone,
                start_time=_clock(window.start_minute),
                end_time=_clock(window.end_minute),
                active_days=list(window.days),
                target_url=url,
            )
    return None


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
