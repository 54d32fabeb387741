"""Routing rules down and up again: nothing that a client wrote may come back changed, nor decide otherwise."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from waypost.control.dialects.xqr.mapping_rules import Note, lift, lower
from waypost.control.dialects.xqr.schemas_links import Conditions, Hours, RoutingRule
from waypost.control.model.faults import Invalid
from waypost.rules import Rule, Url, Visit, check, compile_rules
from waypost.rules.model import Browser

ZONE = "Europe/Berlin"
DEFAULT = "https://default.example/"
FRIDAY_MS = int(datetime(2026, 3, 20, 12, 0, tzinfo=UTC).timestamp() * 1000)

hours = st.integers(0, 24) | st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
conditions = st.builds(
    Conditions,
    countries=st.just(UNSET) | st.none() | st.lists(st.sampled_from(["DE", "at", "CH", "US"]), max_size=3),
    country_mode=st.sampled_from([UNSET, None, "include", "exclude"]),
    device_types=st.just(UNSET)
    | st.none()
    | st.lists(st.sampled_from(["mobile", "tablet", "desktop"]), max_size=3, unique=True),
    hours=st.just(UNSET) | st.none() | st.builds(Hours, hours, hours),
    percentage=st.just(UNSET) | st.none() | st.integers(0, 100).map(float) | st.floats(0, 100),
    expires_at=st.sampled_from(
        [UNSET, None, "2026-12-31T23:59:59Z", "2027-01-01", "2026-06-01T12:00:00+02:00"]
    ),
)
rules = st.lists(
    st.builds(
        RoutingRule,
        destination=st.sampled_from(["https://a.example/", "http://b.example/x", "https://c.example/?y=1"]),
        priority=st.integers(-3, 5),
        conditions=conditions,
    ),
    max_size=6,
)


@given(written=rules)
def test_what_was_written_comes_back_as_it_was_written(written: list[RoutingRule]) -> None:
    """A client that reads, edits one rule and writes all back must not lose anything."""
    lowered = lower(written, ZONE)
    stored = msgspec.json.decode(msgspec.json.encode(lowered.notes), type=list[Note])
    assert lift(lowered.rules, stored, ZONE) == written


@given(written=rules)
def test_without_notes_the_meaning_stays_and_the_normal_form_is_stable(written: list[RoutingRule]) -> None:
    """Another dialect may rewrite the link and drop our notes; the rules must still decide the same."""
    once = lift(lower(written, ZONE).rules, (), ZONE)
    again = lower(once, ZONE)
    assert [_meaning(rule) for rule in again.rules] == [_meaning(rule) for rule in lower(written, ZONE).rules]
    assert lift(again.rules, (), ZONE) == once


@given(written=rules)
def test_lowered_rules_are_good_native_rules(written: list[RoutingRule]) -> None:
    """What this dialect accepts, the edge must be able to run."""
    errors = [each for each in check(lower(written, ZONE).rules) if each.severity == "error"]
    assert errors == []


def _meaning(rule: Rule) -> object:
    return msgspec.structs.replace(rule, id="")


def _goes(written: list[RoutingRule], visit: Visit) -> str:
    return compile_rules(lower(written, ZONE).rules, DEFAULT).decide(visit).url


def _rule(destination: str, priority: int = 0, **values: object) -> RoutingRule:
    return RoutingRule(
        destination=destination, priority=priority, conditions=msgspec.convert(values, Conditions)
    )


def test_the_lowest_priority_is_asked_first_and_ties_keep_their_order() -> None:
    """C193: the seed says lowest first, first match wins, no match takes the default."""
    written = [
        _rule("https://late.example/", 9),
        _rule("https://de.example/", 1, countries=["DE"]),
        _rule("https://first.example/", 2, device_types=["mobile"]),
        _rule("https://second.example/", 2, device_types=["mobile"]),
    ]
    assert _goes(written, Visit(at_ms=FRIDAY_MS, country="DE", device="mobile")) == "https://de.example/"
    assert _goes(written, Visit(at_ms=FRIDAY_MS, country="FR", device="mobile")) == "https://first.example/"
    assert _goes(written, Visit(at_ms=FRIDAY_MS)) == "https://late.example/"
    assert _goes(written[1:2], Visit(at_ms=FRIDAY_MS, country="FR")) == DEFAULT


@pytest.mark.parametrize(
    ("mode", "country", "matches"),
    [
        ("include", "DE", True),
        ("include", "US", False),
        ("include", "", False),
        ("exclude", "DE", False),
        ("exclude", "US", True),
        ("exclude", "", True),
    ],
)
def test_countries_are_included_or_excluded(mode: str, country: str, matches: bool) -> None:
    """C194: an unknown country is none of those named."""
    written = [_rule("https://rule.example/", countries=["DE", "at"], country_mode=mode)]
    found = _goes(written, Visit(at_ms=FRIDAY_MS, country=country))
    assert (found == "https://rule.example/") is matches


def test_device_types_are_a_set() -> None:
    """C195."""
    written = [_rule("https://rule.example/", device_types=["mobile", "tablet"])]
    found = [
        _goes(written, Visit(at_ms=FRIDAY_MS, device=each)) for each in ("mobile", "tablet", "desktop", "")
    ]
    assert found == ["https://rule.example/", "https://rule.example/", DEFAULT, DEFAULT]


TRIED = {0, 5, 6, 7, 9, 12, 16, 17, 18, 22, 23}


@pytest.mark.parametrize(
    ("start", "end", "open_at"),
    [
        (9, 17, {9, 12, 16}),
        (22, 6, {22, 23, 0, 5}),
        (0, 24, TRIED),
        (7, 7, TRIED),
        ("09:00", "17:00", {9, 12, 16}),
        (18, 24, {18, 22, 23}),
    ],
)
def test_hours_are_half_open_and_wrap_past_midnight(start: object, end: object, open_at: set[int]) -> None:
    """C196: in the workspace's zone."""
    written = [_rule("https://rule.example/", hours={"start": start, "end": end})]
    matched = set()
    for hour in TRIED:
        utc = datetime(2026, 3, 20, hour, 0, tzinfo=UTC).timestamp() - 3600  # Berlin is an hour ahead
        if _goes(written, Visit(at_ms=int(utc * 1000))) == "https://rule.example/":
            matched.add(hour)
    assert matched == open_at


def test_a_percentage_splits_the_traffic() -> None:
    """C197: the rest fall through to the next rule; 0 takes nobody, 100 everybody."""
    written = [_rule("https://a.example/", 1, percentage=30), _rule("https://b.example/", 2)]
    ruleset = compile_rules(lower(written, ZONE).rules, DEFAULT)
    went = [
        ruleset.decide(Visit(at_ms=FRIDAY_MS, seed=number.to_bytes(8, "big"))).url for number in range(4000)
    ]
    assert 0.26 < went.count("https://a.example/") / 4000 < 0.34
    assert set(went) == {"https://a.example/", "https://b.example/"}
    nobody = [_rule("https://a.example/", percentage=0)]
    assert _goes(nobody, Visit(at_ms=FRIDAY_MS, seed=b"x")) == DEFAULT


def test_a_rule_ends_when_it_expires() -> None:
    """C198."""
    written = [_rule("https://rule.example/", expires_at="2026-03-20T12:00:00Z")]
    assert _goes(written, Visit(at_ms=FRIDAY_MS - 1)) == "https://rule.example/"
    assert _goes(written, Visit(at_ms=FRIDAY_MS)) == DEFAULT


def test_all_conditions_of_a_rule_must_hold() -> None:
    """C199."""
    written = [_rule("https://rule.example/", countries=["DE"], device_types=["mobile"])]
    assert _goes(written, Visit(at_ms=FRIDAY_MS, country="DE", device="mobile")) == "https://rule.example/"
    assert _goes(written, Visit(at_ms=FRIDAY_MS, country="DE", device="desktop")) == DEFAULT


def test_rules_that_xqr_cannot_say_are_left_out_and_order_gives_the_priorities() -> None:
    """A browser rule made natively has no word here; its neighbours must still be readable."""
    native = (
        Rule(id="one", then=Url("https://one.example/"), share=50.0),
        Rule(id="two", when=(Browser(values=("Safari",)),), then=Url("https://two.example/")),
        Rule(id="three", then=Url("https://three.example/")),
    )
    lifted = lift(native, (), ZONE)
    assert [(rule.destination, rule.priority) for rule in lifted] == [
        ("https://one.example/", 1),
        ("https://three.example/", 2),
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"countries": ["XX"]}, "routing_rules[0].conditions.countries[0]"),
        ({"hours": {"start": "24:30", "end": 3}}, "routing_rules[0].conditions.hours.start"),
        ({"expires_at": "tomorrow"}, "routing_rules[0].conditions.expires_at"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(values: dict[str, object], field: str) -> None:
    """With fifty rules, `invalid rule` helps nobody."""
    with pytest.raises(Invalid) as raised:
        lower([_rule("https://rule.example/", 0, **values)], ZONE)
    assert raised.value.field == field


def test_an_order_of_rules_does_not_change_their_ids() -> None:
    """Scans are counted per rule: re-ordering must not begin a new count."""
    first, second = _rule("https://a.example/", 1, countries=["DE"]), _rule("https://b.example/", 2)
    there = {
        rule.then.url: rule.id for rule in lower([first, second], ZONE).rules if isinstance(rule.then, Url)
    }
    back = {
        rule.then.url: rule.id for rule in lower([second, first], ZONE).rules if isinstance(rule.then, Url)
    }
    assert there == back
