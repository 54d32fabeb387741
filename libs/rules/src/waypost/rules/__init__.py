"""The routing language, pure: check what a person wrote, compile it once, decide each visit, explain it.

    rules = decode_rules_json(body)                      # strict, names the field that is wrong
    findings = check(rules, default_url=url)             # what to mend before going live
    raw = encode_rules(rules)                            # to the edges
    rules, unreadable = decode_rules(raw)                # lenient: skips what a newer control says
    ruleset = compile_rules(rules, url)                  # once
    decision = ruleset.decide(Visit(at_ms=..., ...))     # per visit; bring the facts in ruleset.needs
    explanation = explain(rules, url, visit)             # the same decision, with reasons

The vocabulary of values stands in `waypost.rules.vocabulary`, the limits in `waypost.rules.limits`,
conditions and targets in `waypost.rules.model`; docs/rules.md is the reference.
"""

from waypost.rules.check import WEB_SCHEMES, Finding, check
from waypost.rules.compile import Ruleset, compile_rules
from waypost.rules.explain import Explanation, Reason, Verdict, explain
from waypost.rules.model import (
    NEEDS,
    Condition,
    Decision,
    Page,
    Rule,
    Split,
    Target,
    Url,
    Variant,
    Visit,
)
from waypost.rules.wire import RulesUnreadable, decode_rules, decode_rules_json, encode_rules

__all__ = [
    "NEEDS",
    "WEB_SCHEMES",
    "Condition",
    "Decision",
    "Explanation",
    "Finding",
    "Page",
    "Reason",
    "Rule",
    "RulesUnreadable",
    "Ruleset",
    "Split",
    "Target",
    "Url",
    "Variant",
    "Verdict",
    "Visit",
    "check",
    "compile_rules",
    "decode_rules",
    "decode_rules_json",
    "encode_rules",
    "explain",
]
