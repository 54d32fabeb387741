"""Compile: what is settled before a visitor comes."""

import pytest

from waypost.rules import Rule, Split, Url, Variant, Visit, check, compile_rules
from waypost.rules import model as m
from waypost.rules.match import condition_test

DEFAULT = "https://example.com/default"
URL = Url("https://example.com/rule")
NOBODY = Visit(at_ms=0)


def test_no_rules_lead_to_the_default() -> None:
    """Most links have no rules at all."""
    ruleset = compile_rules([], DEFAULT)
    assert ruleset.decide(NOBODY) == m.Decision("", "", DEFAULT)
    assert (ruleset.needs, ruleset.skipped) == (frozenset(), ())


NEEDS = [
    (m.Country(("DE",)), "country"),
    (m.Os(("iOS",)), "agent"),
    (m.Actor(("bot",)), "device"),
    (m.Referrer(), "referrer"),
    (m.Utm("source"), "query"),
    (m.VisitType(("first",)), "returning"),
    (m.Attribute("tier", "exists"), "attributes"),
]


@pytest.mark.parametrize(("condition", "need"), NEEDS)
def test_needs_name_the_fact_a_condition_asks_for(condition: m.Condition, need: str) -> None:
    """The edge looks up a country only for links that ask for one."""
    assert compile_rules([Rule(id="r", when=(condition,), then=URL)], DEFAULT).needs == {need}


def test_time_and_date_need_only_the_instant() -> None:
    """Every visit has one, so there is nothing to find out."""
    when = (m.Time((m.Window(),)), m.Date(days_of_month=(1,)))
    assert compile_rules([Rule(id="r", when=when, then=URL)], DEFAULT).needs == frozenset()


def test_only_a_draw_needs_the_seed() -> None:
    """Without a draw no cookie has to be set."""
    variants = (Variant("a", "https://example.com/a"), Variant("b", "https://example.com/b"))
    assert compile_rules([Rule(id="r", share=50, then=URL)], DEFAULT).needs == {"seed"}
    assert compile_rules([Rule(id="r", then=Split(variants))], DEFAULT).needs == {"seed"}
    assert compile_rules([Rule(id="r", then=Split(variants[:1]))], DEFAULT).needs == frozenset()


def test_rules_no_visitor_can_reach_cost_nothing() -> None:
    """Switched off, drawn for nobody, or behind a rule for everyone: neither steps nor facts."""
    ask = (m.Country(("DE",)),)
    rules = [
        Rule(id="off", enabled=False, when=ask, then=URL),
        Rule(id="none", share=0, when=ask, then=URL),
        Rule(id="all", then=URL),
        Rule(id="behind", when=ask, then=URL),
    ]
    ruleset = compile_rules(rules, DEFAULT)
    assert (len(ruleset.steps), ruleset.needs) == (1, frozenset())
    assert ruleset.decide(NOBODY).rule_id == "all"


@pytest.mark.parametrize(
    "broken",
    [
        Rule(id="x", when=(m.Time((m.Window(zone="Mars/Olympus"),)),), then=URL),
        Rule(id="x", when=(m.Ip(("not a network",)),), then=URL),
        Rule(id="x", then=Split(())),
    ],
)
def test_a_rule_that_cannot_be_compiled_is_skipped_by_name(broken: Rule) -> None:
    """An edge with older tzdata must serve the other rules, and say which one it does not."""
    assert any(finding.severity == "error" for finding in check([broken]))
    ruleset = compile_rules([broken, Rule(id="next", then=URL)], DEFAULT)
    assert ruleset.skipped == ("x",)
    assert ruleset.decide(NOBODY).rule_id == "next"


def test_a_geo_map_of_every_country_is_one_step() -> None:
    """CodeQR's geo member lowers to a rule for each country; a scan must not walk them all."""
    codes = ["DE", "AT", "CH", "FR", "BR"]
    rules = [
        Rule(id=code, when=(m.Country((code, "XK")),), then=Url(f"https://example.com/{code}"))
        for code in codes
    ]
    ruleset = compile_rules(rules, DEFAULT)
    assert len(ruleset.steps) == 1
    decided = [ruleset.decide(Visit(at_ms=0, country=code)).rule_id for code in [*codes, "XK", "US", ""]]
    assert decided == [*codes, "DE", "", ""]


def test_other_rules_between_countries_keep_their_place() -> None:
    """A table must not let a later country rule overtake a rule before it."""
    rules = [
        Rule(id="a", when=(m.Country(("DE",)),), then=URL),
        Rule(id="b", when=(m.Country(("FR",), negate=True),), then=URL),
        Rule(id="c", when=(m.Country(("US",)),), then=URL),
    ]
    ruleset = compile_rules(rules, DEFAULT)
    assert [ruleset.decide(Visit(at_ms=0, country=code)).rule_id for code in ("DE", "US", "FR")] == [
        "a",
        "b",
        "",
    ]


def test_validity_is_half_open() -> None:
    """A campaign that ends at midnight is over at midnight; two that meet do not overlap."""
    ruleset = compile_rules([Rule(id="r", starts_ms=1000, ends_ms=2000, then=URL)], DEFAULT)
    decided = [ruleset.decide(Visit(at_ms=at_ms)).rule_id for at_ms in (999, 1000, 1999, 2000)]
    assert decided == ["", "r", "r", ""]


def test_equal_conditions_are_compiled_once() -> None:
    """Ten thousand links made by one bulk call share one function for their office hours."""
    first, second = (condition_test(m.Time((m.Window(540, 1020, (1, 2), "Asia/Tokyo"),))) for _ in range(2))
    assert first is second
    assert condition_test(m.Country(("DE",))) is not condition_test(m.Country(("DE",), negate=True))
