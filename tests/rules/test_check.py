"""Check: every mistake is found, at its field, under a code that programs can rely on."""

from datetime import date
from typing import Any

import pytest

from waypost.rules import Page, Rule, Split, Url, Variant, check, limits
from waypost.rules import model as m

GOOD = Url("https://example.com/")


def found(*when: m.Condition, **members: Any) -> list[tuple[str, str, str]]:
    """Check one rule, giving severity, code and the path inside the rule."""
    rule = Rule(**{"id": "r", "then": GOOD, "when": when, **members})
    return [(each.severity, each.code, each.path.removeprefix("rules[0].")) for each in check([rule])]


CONDITIONS = [
    (m.Country(("DE", "ZZ")), "error", "unknown_country", "values[1]"),
    (m.Country(()), "error", "empty_set", "values"),
    (m.Country(("DE", "de")), "warning", "duplicate_value", "values[1]"),
    (m.Continent(("XX",)), "error", "unknown_value", "values[0]"),
    (m.Region(("California",)), "error", "bad_region", "values[0]"),
    (m.City((" ",)), "error", "empty_value", "values[0]"),
    (m.City(("x" * 257,)), "error", "too_long", "values[0]"),
    (m.Os(("BeOS",)), "error", "unknown_value", "values[0]"),
    (m.Device(("fridge",)), "error", "unknown_value", "values[0]"),
    (m.Browser(("Crome",)), "warning", "unfamiliar_value", "values[0]"),
    (m.Browser(("",)), "error", "empty_value", "values[0]"),
    (m.Brand(("Aple",)), "warning", "unfamiliar_value", "values[0]"),
    (m.Actor(("ghost",)), "error", "unknown_value", "values[0]"),
    (m.Source(("nfc",)), "error", "unknown_value", "values[0]"),
    (m.VisitType(("second",)), "error", "unknown_value", "values[0]"),
    (m.Language(("german!",)), "error", "bad_language", "values[0]"),
    (m.Referrer(("https://example.com/",)), "error", "bad_host", "values[0]"),
    (m.Ip(("10.0.0.300",)), "error", "bad_network", "values[0]"),
    (m.Ip(("10.0.0.1/8",)), "error", "bad_network", "values[0]"),
    (
        m.Ip(tuple(f"10.0.{n >> 8}.{n & 255}" for n in range(limits.VALUES_MAX + 1))),
        "error",
        "too_many",
        "values",
    ),
    (m.Query("", ("1",)), "error", "bad_name", "name"),
    (m.Query("a", ("x" * 257,)), "error", "too_long", "values[0]"),
    (m.Utm("source", ("x" * 257,)), "error", "too_long", "values[0]"),
    (m.Time(()), "error", "empty_set", "windows"),
    (m.Time((m.Window(1440, 0),)), "error", "bad_window", "windows[0].start_minute"),
    (m.Time((m.Window(0, 1441),)), "error", "bad_window", "windows[0].end_minute"),
    (m.Time((m.Window(), m.Window(days=(0, 7)))), "error", "bad_day", "windows[1].days[1]"),
    (m.Time((m.Window(zone="Europe/Berln"),)), "error", "unknown_zone", "windows[0].zone"),
    (m.Date(), "error", "empty_set", "ranges"),
    (m.Date((m.DateRange(date(2026, 2, 1), date(2026, 1, 1)),)), "error", "bad_range", "ranges[0].last"),
    (m.Date(days_of_month=(1, 0)), "error", "bad_day", "days_of_month[1]"),
    (m.Date(days=(m.Day(2, 30),)), "error", "bad_day", "days[0]"),
    (m.Date(days=(m.Day(2, 29, 2026),)), "error", "bad_day", "days[0]"),
    (m.Date(days_of_month=(1,), zone="Nowhere"), "error", "unknown_zone", "zone"),
    (m.ScanCount(()), "error", "empty_set", "ranges"),
    (m.ScanCount((m.CountRange(-1),)), "error", "bad_range", "ranges[0].first"),
    (m.ScanCount((m.CountRange(5, 4),)), "error", "bad_range", "ranges[0].last"),
    (m.Attribute("", "exists"), "error", "bad_name", "key"),
    (m.Attribute("tier", "is"), "error", "empty_set", "values"),
    (m.Attribute("tier", "exists", ("a",)), "error", "bad_attribute_use", "values"),
    (m.Attribute("age", "at_least", ("1", "2")), "error", "bad_attribute_use", "values"),
]


@pytest.mark.parametrize(("condition", "severity", "code", "path"), CONDITIONS)
def test_a_mistake_in_a_condition_is_found_at_its_field(
    condition: m.Condition, severity: str, code: str, path: str
) -> None:
    """The path lets a form mark the very input that is wrong."""
    assert found(condition) == [(severity, code, f"when[0].{path}")]


@pytest.mark.parametrize(
    "condition",
    [
        m.Date(days=(m.Day(2, 29),)),
        m.Time((m.Window(540, 1440),)),
        m.Referrer(),
        m.Query("ref"),
        m.Ip(("192.0.2.1", "2001:db8::/32", "10.0.0.0/255.0.0.0")),
        m.Language(("pt-BR",)),
        m.ScanCount((m.CountRange(1, None),)),
    ],
)
def test_conditions_at_the_edge_of_the_allowed_are_accepted(condition: m.Condition) -> None:
    """Leap days, midnight as an end and presence tests are all meant."""
    assert found(condition) == []


RULES = [
    ({"id": ""}, "error", "bad_id", "id"),
    ({"id": "with space"}, "error", "bad_id", "id"),
    ({"id": "x" * 65}, "error", "bad_id", "id"),
    ({"name": "x" * 201}, "error", "too_long", "name"),
    ({"share": 100.5}, "error", "bad_share", "share"),
    ({"share": float("nan")}, "error", "bad_share", "share"),
    ({"share": 0}, "warning", "never_matches", "share"),
    ({"starts_ms": -1}, "error", "bad_validity", "starts_ms"),
    ({"starts_ms": 5, "ends_ms": 5}, "error", "bad_validity", "ends_ms"),
    ({"when": (m.Query("a"),) * 21}, "error", "too_many", "when"),
    ({"then": Url("")}, "error", "bad_url", "then.url"),
    ({"then": Url("/relative")}, "error", "bad_url", "then.url"),
    ({"then": Url("https://example.com/a b")}, "error", "bad_url", "then.url"),
    ({"then": Url("javascript:alert(1)")}, "error", "bad_url", "then.url"),
    ({"then": Url("https://example.com/" + "x" * 8192)}, "error", "too_long", "then.url"),
    ({"then": Split(())}, "error", "empty_set", "then.variants"),
    ({"then": Page(template_type="")}, "error", "empty_value", "then.template_type"),
    ({"then": Split((Variant("a", GOOD.url, 0),))}, "error", "bad_weight", "then.variants[0].weight"),
    ({"then": Split((Variant("", GOOD.url),))}, "error", "bad_id", "then.variants[0].id"),
    ({"then": Split((Variant("a", "x"),))}, "error", "bad_url", "then.variants[0].url"),
]


@pytest.mark.parametrize(("members", "severity", "code", "path"), RULES)
def test_a_mistake_in_a_rule_is_found_at_its_field(
    members: dict[str, Any], severity: str, code: str, path: str
) -> None:
    """The path lets a form mark the very input that is wrong."""
    assert found(**members) == [(severity, code, path)]


def test_a_split_may_not_grow_or_repeat_itself() -> None:
    """Two variants of one id cannot be told apart in the statistics."""
    twice = Split((Variant("a", GOOD.url), Variant("a", GOOD.url)))
    assert [code for _, code, _ in found(then=twice)] == ["duplicate_id", "duplicate_id"]
    many = Split(tuple(Variant(f"v{n}", GOOD.url) for n in range(21)))
    assert found(then=many) == [("error", "too_many", "then.variants")]


def test_two_rules_may_not_share_an_id() -> None:
    """The id salts the draw and names the rule in the statistics."""
    rules = [Rule(id="r", when=(m.Query("a"),), then=GOOD), Rule(id="r", then=GOOD)]
    assert [(each.code, each.path) for each in check(rules)] == [
        ("duplicate_id", "rules[0].id"),
        ("duplicate_id", "rules[1].id"),
    ]


def unreachable(*rules: Rule) -> list[str]:
    """Give the paths of the rules that are found to be out of reach."""
    return [each.path for each in check(rules) if each.code == "unreachable"]


def rule(number: int, *when: m.Condition, **members: Any) -> Rule:
    """Write a rule briefly."""
    return Rule(id=f"r{number}", when=when, then=GOOD, **members)


def test_a_rule_behind_one_that_takes_everyone_is_found() -> None:
    """The author thinks the rule works; it never will."""
    assert unreachable(rule(0), rule(1, m.Os(("iOS",)))) == ["rules[1]"]
    assert unreachable(rule(0, m.Os(("iOS",))), rule(1, m.Os(("iOS",)), m.Query("a"))) == ["rules[1]"]


def test_rules_that_let_visitors_pass_hide_nothing() -> None:
    """A share, a validity window, a condition of its own or being switched off leaves visitors over."""
    last = rule(9, m.Os(("iOS",)))
    assert unreachable(rule(0, share=99), last) == []
    assert unreachable(rule(0, starts_ms=1), last) == []
    assert unreachable(rule(0, ends_ms=1), last) == []
    assert unreachable(rule(0, enabled=False), last) == []
    assert unreachable(rule(0, m.Query("a")), last) == []


def test_conditions_no_visitor_can_meet_together_are_found() -> None:
    """All conditions must hold; people write two to mean either."""
    assert found(m.Country(("DE",)), m.Query("a"), m.Country(("FR", "ch"))) == [
        ("warning", "never_matches", "when[2]")
    ]
    assert found(m.Country(("DE", "CH")), m.Country(("ch",)), m.Country(("DE",), negate=True)) == []


def test_a_rule_whose_time_is_over_is_found_when_the_time_is_given() -> None:
    """Check has no clock of its own, so that it can be asked about any moment."""
    over = [rule(0, ends_ms=1000)]
    assert [(each.code, each.path) for each in check(over, now_ms=1000)] == [
        ("never_matches", "rules[0].ends_ms")
    ]
    assert check(over, now_ms=999) == ()


def test_sets_of_rules_are_limited_in_number_and_size() -> None:
    """Every edge keeps and reads every link's rules."""
    many = [rule(n, m.Query(f"q{n}")) for n in range(limits.RULES_MAX + 1)]
    assert [(each.code, each.path) for each in check(many)] == [("too_many", "rules")]
    long_url = Url("https://example.com/" + "x" * 8000)
    large = [Rule(id=f"r{n}", when=(m.Query(f"q{n}"),), then=long_url) for n in range(40)]
    assert [(each.code, each.path) for each in check(large)] == [("too_large", "rules")]


def test_values_that_cannot_be_sent_are_found() -> None:
    """What cannot travel must be refused here, not fail later in the outbox."""
    for unsendable in (rule(0, m.Query("\ud800")), rule(0, ends_ms=2**70)):
        assert [each.code for each in check([unsendable])] == ["unsendable"]


def test_the_default_and_other_schemes_are_checked_when_given() -> None:
    """CodeQR allows mailto and tel; the caller says so."""
    assert [each.path for each in check([], default_url="nonsense")] == ["default_url"]
    assert check([], default_url="mailto:a@example.com", schemes={"mailto"}) == ()
