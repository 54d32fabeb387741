"""Compile: from rules as data to one function that decides a visit.

Everything that can be known before a visitor comes is settled here, and what no visitor can reach is
left out. A decision then runs closures over constants: no clock, no randomness, no I/O.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from msgspec import Struct

from waypost.rules.match import Test, condition_test
from waypost.rules.model import Country, Decision, Rule, Split, Url, Visit
from waypost.rules.share import Pick, share_test, variant_pick
from waypost.rules.vocabulary import SPELL

Step: TypeAlias = Callable[[Visit], Decision | None]


class Ruleset(Struct, frozen=True):
    """Compiled rules of one link.

    `needs` names the facts a visit must bring (of `NEEDS`); others may stay unknown without changing
    the decision. `skipped` holds the ids of rules that this version or its tzdata cannot compile.
    """

    steps: tuple[Step, ...]
    default: Decision
    needs: frozenset[str]
    skipped: tuple[str, ...]

    def decide(self, visit: Visit) -> Decision:
        """Give the decision of the first rule that matches, else the default. Never raises."""
        for step in self.steps:
            decision = step(visit)
            if decision is not None:
                return decision
        return self.default


class Compiled(Struct, frozen=True):
    """One rule made ready: all `tests` must hold, then `pick` chooses the destination."""

    rule: Rule
    tests: tuple[Test, ...]
    pick: Pick
    needs: frozenset[str]


def compile_rules(rules: Sequence[Rule], default_url: str) -> Ruleset:
    """Compile rules in their order. A rule that cannot be compiled is skipped and named, others work."""
    compiled: list[Compiled] = []
    skipped: list[str] = []
    for rule in rules:
        if not rule.enabled or rule.share <= 0:
            continue
        try:
            ready = compile_rule(rule)
        except ValueError:
            skipped.append(rule.id)
            continue
        compiled.append(ready)
        if not ready.tests:
            break  # everyone is served by now
    return Ruleset(
        steps=tuple(_steps(compiled)),
        default=Decision("", "", default_url),
        needs=frozenset().union(*(ready.needs for ready in compiled)),
        skipped=tuple(skipped),
    )


def compile_rule(rule: Rule) -> Compiled:
    """Compile one enabled rule. Raises ValueError: unknown zone, bad network, or no variant to pick."""
    tests = [*validity_tests(rule), *(condition_test(condition) for condition in rule.when)]
    needs = {condition.need for condition in rule.when} - {""}
    if rule.share < 100:
        tests.append(share_test(rule))
        needs.add("seed")
    if isinstance(rule.then, Split) and len(rule.then.variants) > 1:
        needs.add("seed")
    return Compiled(rule, tuple(tests), target_pick(rule), frozenset(needs))


def validity_tests(rule: Rule) -> list[Test]:
    """Give the tests for `[starts_ms, ends_ms)`, none for an end that is open."""
    tests: list[Test] = []
    if rule.starts_ms:
        tests.append(lambda visit: visit.at_ms >= rule.starts_ms)
    if rule.ends_ms:
        tests.append(lambda visit: visit.at_ms < rule.ends_ms)
    return tests


def target_pick(rule: Rule) -> Pick:
    """Give the choice of the target; a page has no URL. Raises ValueError for a split without a positive weight."""
    if isinstance(rule.then, Split):
        return variant_pick(rule.id, rule.then)
    decision = Decision(rule.id, "", rule.then.url if isinstance(rule.then, Url) else "")
    return lambda visit: decision


def _steps(compiled: list[Compiled]) -> Iterator[Step]:
    for is_geo, group in groupby(compiled, lambda ready: _geo_entry(ready) is not None):
        if is_geo:
            yield _geo_step(filter(None, map(_geo_entry, group)))
        else:
            yield from map(_step, group)


def _step(compiled: Compiled) -> Step:
    tests, pick = compiled.tests, compiled.pick
    if len(tests) == 1:
        (only,) = tests
        return lambda visit: pick(visit) if only(visit) else None

    def step(visit: Visit) -> Decision | None:
        for test in tests:
            if not test(visit):
                return None
        return pick(visit)

    return step


def _geo_entry(compiled: Compiled) -> tuple[Country, Decision] | None:
    """Give the parts of a rule that only asks for the country, None for any other rule."""
    rule = compiled.rule
    match rule.when, rule.then:
        case (Country(negate=False) as country,), Url(url) if len(compiled.tests) == 1:
            return country, Decision(rule.id, "", url)
    return None


def _geo_step(entries: Iterable[tuple[Country, Decision]]) -> Step:
    """Put neighbouring country rules into one table: a geo map of 249 rules costs one look-up."""
    table: dict[str, Decision] = {}
    for country, decision in entries:
        for value in country.values:
            table.setdefault(SPELL[Country](value), decision)
    table.pop("", None)  # an unknown country is in no set
    return lambda visit: table.get(visit.country)
