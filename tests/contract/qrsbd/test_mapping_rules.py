"""Smart rules go down and come back without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.dialects.qrsbd.mapping_rules import lift, lower
from waypost.control.dialects.qrsbd.schemas import SYSTEMS, AbRule, GeoRule, OsRule, SmartRule, TimeRule
from waypost.control.model.faults import Invalid
from waypost.rules import Visit, check, compile_rules
from waypost.rules.vocabulary import COUNTRIES

urls = st.integers(0, 9).map(lambda number: f"https://example.com/{number}")
clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")
rules: st.SearchStrategy[list[SmartRule]] = st.lists(
    st.one_of(
        st.builds(
            GeoRule,
            condition=st.sampled_from(["in", "not_in"]),
            values=st.lists(st.sampled_from(sorted(COUNTRIES)), min_size=1, max_size=5),
            target_url=urls,
        ),
        st.builds(
            OsRule,
            condition=st.sampled_from(["is", "is_not"]),
            values=st.lists(st.sampled_from(sorted(SYSTEMS)), min_size=1, max_size=5),
            target_url=urls,
        ),
        st.builds(AbRule, weight=st.integers(1, 99), target_url=urls),
        st.builds(
            TimeRule,
            timezone=st.sampled_from(["UTC", "America/New_York", "Asia/Dhaka"]),
            start_time=clocks,
            end_time=clocks,
            active_days=st.lists(st.integers(0, 6), max_size=7, unique=True),
            target_url=urls,
        ),
    ),
    max_size=8,
)


@given(rules)
def test_what_is_lowered_lifts_to_itself(written: list[SmartRule]) -> None:
    """What a client reads back must be what it wrote, or its next PATCH changes the meaning."""
    lowered = lower(written)
    assert lift(lowered) == written
    assert [
        each for each in check(lowered, default_url="https://example.com/") if each.severity == "error"
    ] == []


def test_the_first_rule_that_matches_wins_and_the_target_is_the_rest() -> None:
    """C187, C188, C191: array order is the order of the questions; an unknown country is in no list."""
    written: list[SmartRule] = [
        GeoRule(condition="in", values=["us"], target_url="https://example.com/us"),
        OsRule(condition="is_not", values=["iOS"], target_url="https://example.com/other"),
    ]
    ruleset = compile_rules(lower(written), "https://example.com/")
    cases = {("US", "iOS"): "us", ("", "iOS"): "", ("BD", "Mac"): "other", ("", ""): "other"}
    for (country, system), path in cases.items():
        visit = Visit(at_ms=0, country=country, os=system)
        assert ruleset.decide(visit).url == f"https://example.com/{path}"


def test_a_window_past_midnight_belongs_to_the_day_it_starts_on() -> None:
    """C190: Friday night goes on into Saturday."""
    friday_night = TimeRule(
        timezone="UTC",
        start_time="22:00",
        end_time="06:00",
        active_days=[5],
        target_url="https://example.com/n",
    )
    ruleset = compile_rules(lower([friday_night]), "https://example.com/")
    saturday_2_00_ms = 1_770_429_600_000
    assert ruleset.decide(Visit(at_ms=saturday_2_00_ms)).url == "https://example.com/n"
    assert ruleset.decide(Visit(at_ms=saturday_2_00_ms + 86_400_000)).url == "https://example.com/"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (GeoRule(condition="in", values=["QQ"], target_url="https://a.example/"), "smart_rules[0].values[0]"),
        (AbRule(weight=5, target_url="http://10.0.0.1/"), "smart_rules[0].target_url"),
        (
            TimeRule(
                timezone="Mars/Base", start_time="09:00", end_time="17:00", target_url="https://a.example/"
            ),
            "smart_rules[0].timezone",
        ),
    ],
)
def test_a_wrong_rule_is_named_by_its_index(rule: SmartRule, field: str) -> None:
    """A caller with ten rules must know which one."""
    with pytest.raises(Invalid) as raised:
        lower([rule])
    assert raised.value.field == field
