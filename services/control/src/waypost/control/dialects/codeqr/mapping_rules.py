"""`ios`, `android`, `geo` and `testVariants` down into the native language and back up. Pure.

The order is the vendor's: iOS, Android, one rule per country, then the split. Whatever else a link's
rules say was written elsewhere; it stays, between the conditional rules and the split.
"""

from collections.abc import Sequence

from msgspec import Struct

from waypost.control.dialects.codeqr import limits
from waypost.control.dialects.codeqr.mapping_values import whole_url
from waypost.control.dialects.codeqr.schemas_links import VariantShare
from waypost.control.model.faults import Invalid
from waypost.rules.model import Country, Os, Rule, Split, Url, Variant
from waypost.rules.vocabulary import COUNTRIES

IOS, ANDROID = "iOS", "Android"
SMART = "codeqr-rule-"
"""Begins the ids of smart rules, which have a mapping of their own and stand beside these as foreign ones do."""
_PERCENT = 100


class Targeting(Struct, frozen=True, kw_only=True):
    """What CodeQR can say of a link's rules."""

    ios: str = ""
    android: str = ""
    geo: dict[str, str] = {}
    variants: tuple[VariantShare, ...] = ()


def lower(wanted: Targeting, foreign: Sequence[Rule] = ()) -> tuple[Rule, ...]:
    """Native rules, with those that only others can say. Raises Invalid naming the member."""
    rules = [
        Rule(id=f"codeqr-{name.lower()}", when=(Os(values=(name,)),), then=Url(whole_url(url)))
        for name, url in ((IOS, wanted.ios), (ANDROID, wanted.android))
        if url
    ]
    if len(wanted.geo) > limits.COUNTRIES_MAX:
        raise Invalid("geo", f"more than {limits.COUNTRIES_MAX} countries")
    for written, url in wanted.geo.items():
        code = written.upper()
        if code not in COUNTRIES:
            raise Invalid(f"geo.{written}", "is no ISO 3166-1 alpha-2 country code")
        rules.append(Rule(id=f"codeqr-geo-{code}", when=(Country(values=(code,)),), then=Url(whole_url(url))))
    rules += foreign
    if wanted.variants:
        rules.append(Rule(id="codeqr-split", then=split_of("testVariants", wanted.variants)))
    return tuple(rules)


def lift(rules: Sequence[Rule]) -> Targeting:
    """What CodeQR can say of native rules; of two rules that say the same, the first counts."""
    return _sorted_out(rules)[0]


def foreign_rules(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that CodeQR cannot say, in their order."""
    return _sorted_out(rules)[1]


def _sorted_out(rules: Sequence[Rule]) -> tuple[Targeting, tuple[Rule, ...]]:
    systems: dict[str, str] = {}
    geo: dict[str, str] = {}
    variants: tuple[VariantShare, ...] = ()
    foreign = []
    for rule in rules:
        plain = rule.enabled and rule.share == _PERCENT and not (rule.starts_ms or rule.ends_ms or rule.name)
        plain = plain and rule.password is None
        match rule.when, rule.then:
            case _ if rule.id.startswith(SMART):
                foreign.append(rule)
            case (Os(values=(str(name),), negate=False),), Url(url) if (
                plain and name in (IOS, ANDROID) and name not in systems
            ):
                systems[name] = url
            case (Country(values=(str(code),), negate=False),), Url(url) if plain and code not in geo:
                geo[code] = url
            case (), Split(split) if plain and not variants and _is_sayable(split):
                variants = tuple(VariantShare(url=each.url, percentage=each.weight) for each in split)
            case _:
                foreign.append(rule)
    said = Targeting(ios=systems.get(IOS, ""), android=systems.get(ANDROID, ""), geo=geo, variants=variants)
    return said, tuple(foreign)


def _is_sayable(split: Sequence[Variant]) -> bool:
    in_bounds = limits.VARIANTS_MIN <= len(split) <= limits.VARIANTS_MAX
    return in_bounds and sum(each.weight for each in split) == _PERCENT


def split_of(field: str, variants: Sequence[VariantShare]) -> Split:
    """A draw between destinations. Raises Invalid."""
    if not limits.VARIANTS_MIN <= len(variants) <= limits.VARIANTS_MAX:
        raise Invalid(field, f"has {limits.VARIANTS_MIN} to {limits.VARIANTS_MAX} entries")
    if sum(each.percentage for each in variants) != _PERCENT:
        raise Invalid(field, f"shares must add up to {_PERCENT}")
    return Split(
        tuple(
            Variant(id=f"v{place}", url=whole_url(each.url), weight=each.percentage)
            for place, each in enumerate(variants, start=1)
        )
    )
