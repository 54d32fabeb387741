"""Check: what a person should mend before rules go live, each finding with the path of its field."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from waypost.rules import limits
from waypost.rules.check_condition import Problem, condition_problems
from waypost.rules.model import Condition, Page, Rule, SetCondition, Split
from waypost.rules.vocabulary import CLOSED, SPELL
from waypost.rules.wire import encode_rules

WEB_SCHEMES = frozenset({"http", "https"})

_ID = re.compile(rf"[A-Za-z0-9_.:-]{{1,{limits.ID_LENGTH_MAX}}}")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):[^\s\x00-\x20\x7f]+")


class Finding(Struct, frozen=True):
    """One thing to mend. An error stops publication, a warning does not; `code` is stable."""

    severity: Literal["error", "warning"]
    code: str
    path: str
    message: str


def check(
    rules: Sequence[Rule],
    *,
    default_url: str | None = None,
    schemes: Collection[str] = WEB_SCHEMES,
    now_ms: int = 0,
) -> tuple[Finding, ...]:
    """Give all findings, in the order of the rules. Never raises.

    A set without an error compiles whole. `default_url` is checked when given, `now_ms` finds rules
    whose time is over. Whether a destination is safe (private addresses, loops) is not judged here.
    """
    findings = [_finding("", problem) for problem in _set_problems(rules)]
    if default_url is not None:
        findings += [_finding("default_url", problem) for problem in _url_problems("", default_url, schemes)]
    for index, rule in enumerate(rules[: limits.RULES_MAX]):
        path = f"rules[{index}]"
        findings += [_finding(path, problem) for problem in _rule_problems(rule, schemes, now_ms)]
    findings += [_finding("", problem) for problem in _order_problems(rules[: limits.RULES_MAX])]
    return tuple(findings)


def _finding(prefix: str, problem: Problem) -> Finding:
    path = ".".join(part for part in (prefix, problem.path) if part)
    return Finding(problem.severity, problem.code, path, problem.message)


def _set_problems(rules: Sequence[Rule]) -> Iterator[Problem]:
    if len(rules) > limits.RULES_MAX:
        yield Problem("too_many", "rules", f"keep at most {limits.RULES_MAX} rules; there are {len(rules)}")
        return
    ids = Counter(rule.id for rule in rules)
    for index, rule in enumerate(rules):
        if ids[rule.id] > 1:
            yield Problem("duplicate_id", f"rules[{index}].id", "give each rule an id of its own")
    try:
        size = len(encode_rules(rules))
    except (UnicodeEncodeError, OverflowError):
        yield Problem("unsendable", "rules", "remove numbers beyond 64 bits and lone surrogates")
        return
    if size > limits.RULES_BYTES_MAX:
        message = f"the rules take {size} bytes; at most {limits.RULES_BYTES_MAX} may be sent to the edges"
        yield Problem("too_large", "rules", message)


def _rule_problems(rule: Rule, schemes: Collection[str], now_ms: int) -> Iterator[Problem]:
    if not _ID.fullmatch(rule.id):
        yield _bad_id("id")
    if len(rule.name) > limits.NAME_LENGTH_MAX:
        yield Problem("too_long", "name", f"keep the name within {limits.NAME_LENGTH_MAX} characters")
    if not 0 <= rule.share <= 100:
        yield Problem("bad_share", "share", "give a percentage from 0 to 100")
    elif rule.share == 0:
        yield Problem("never_matches", "share", "a share of 0 takes nobody; disable the rule", "warning")
    yield from _validity_problems(rule, now_ms)
    if len(rule.when) > limits.CONDITIONS_MAX:
        yield Problem("too_many", "when", f"keep at most {limits.CONDITIONS_MAX} conditions in one rule")
    for index, condition in enumerate(rule.when[: limits.CONDITIONS_MAX]):
        for problem in condition_problems(condition):
            yield problem.under(f"when[{index}]")
    yield from _contradictions(rule)
    if isinstance(rule.then, Split):
        yield from _split_problems(rule.then, schemes)
    elif isinstance(rule.then, Page):
        if not rule.then.template_type:
            yield Problem("empty_value", "then.template_type", "name the type of the page")
    else:
        yield from _url_problems("then.url", rule.then.url, schemes)


def _bad_id(path: str) -> Problem:
    message = f"use 1 to {limits.ID_LENGTH_MAX} letters, digits, '_', '.', ':' or '-'"
    return Problem("bad_id", path, message)


def _validity_problems(rule: Rule, now_ms: int) -> Iterator[Problem]:
    for path, value in (("starts_ms", rule.starts_ms), ("ends_ms", rule.ends_ms)):
        if value < 0:
            yield Problem("bad_validity", path, "give Unix milliseconds, or 0 for open")
    if rule.ends_ms and rule.ends_ms <= rule.starts_ms:
        yield Problem("bad_validity", "ends_ms", "let the rule end after it starts")
    elif 0 < rule.ends_ms <= now_ms:
        yield Problem("never_matches", "ends_ms", "the rule's time is over", "warning")


def _split_problems(split: Split, schemes: Collection[str]) -> Iterator[Problem]:
    variants = split.variants
    if not variants:
        yield Problem("empty_set", "then.variants", "give at least one variant")
    if len(variants) > limits.VARIANTS_MAX:
        yield Problem("too_many", "then.variants", f"keep at most {limits.VARIANTS_MAX} variants")
    ids = Counter(variant.id for variant in variants)
    for index, variant in enumerate(variants[: limits.VARIANTS_MAX]):
        path = f"then.variants[{index}]"
        if not _ID.fullmatch(variant.id):
            yield _bad_id(f"{path}.id")
        elif ids[variant.id] > 1:
            yield Problem("duplicate_id", f"{path}.id", "give each variant of a rule an id of its own")
        if not 1 <= variant.weight <= limits.WEIGHT_MAX:
            yield Problem("bad_weight", f"{path}.weight", f"give a weight from 1 to {limits.WEIGHT_MAX}")
        yield from _url_problems(f"{path}.url", variant.url, schemes)


def _url_problems(path: str, url: str, schemes: Collection[str]) -> Iterator[Problem]:
    found = _URL.fullmatch(url)
    if len(url) > limits.URL_LENGTH_MAX:
        yield Problem("too_long", path, f"keep the URL within {limits.URL_LENGTH_MAX} characters")
    elif not found or found["scheme"].lower() not in schemes:
        message = f"give a whole URL without spaces that starts with {' or '.join(sorted(schemes))}"
        yield Problem("bad_url", path, message)


def _contradictions(rule: Rule) -> Iterator[Problem]:
    """Find two conditions on one fact, such as country DE and country FR, that no visitor can meet."""
    allowed: dict[type[SetCondition], set[str]] = {}
    for index, condition in enumerate(rule.when[: limits.CONDITIONS_MAX]):
        if not isinstance(condition, SetCondition) or type(condition) not in CLOSED or condition.negate:
            continue
        kind = type(condition)
        values = {SPELL[kind](value) for value in condition.values}
        before = allowed.setdefault(kind, values)
        if values and before.isdisjoint(values):
            message = "no visitor meets this and the condition on the same fact before it; all must hold"
            yield Problem("never_matches", f"when[{index}]", message, "warning")
        allowed[kind] = before & values


def _order_problems(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find rules that an earlier one hides: it takes everyone, always, under no other conditions."""
    takers: list[tuple[int, frozenset[Condition]]] = []
    for index, rule in enumerate(rules):
        if not rule.enabled or len(rule.when) > limits.CONDITIONS_MAX:
            continue
        conditions = frozenset(rule.when)
        hidden_by = next((taker for taker, taken in takers if taken <= conditions), None)
        if hidden_by is not None:
            message = f"rules[{hidden_by}] takes every visitor this rule could get; move this one before it"
            yield Problem("unreachable", f"rules[{index}]", message, "warning")
        elif rule.share >= 100 and not rule.starts_ms and not rule.ends_ms:
            takers.append((index, conditions))
