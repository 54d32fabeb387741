"""Explain: reasons a person can follow."""

from datetime import date

import pytest

from waypost.rules import Decision, Rule, Split, Url, Visit, explain
from waypost.rules import model as m

DEFAULT = "https://example.com/default"
URL = Url("https://example.com/rule")
VISIT = Visit(
    at_ms=1_781_440_000_000,  # Sunday 2026-06-14 12:26:40 UTC
    country="DE",
    language="de-AT",
    query=(("a", "1"), ("utm_source", "news")),
    returning=True,
    scan_count=41,
    attributes={"tier": "gold"},
    seed=b"0123456789abcdef",
)


@pytest.mark.parametrize(
    ("condition", "holds", "text"),
    [
        (m.Country(("DE", "AT")), True, "country is DE; wanted: DE or AT"),
        (m.Country(("DE",), negate=True), False, "country is DE; unwanted: DE"),
        (m.Os(("iOS",)), False, "os is unknown; wanted: iOS"),
        (m.Referrer(), False, "referrer host is unknown; wanted: any value"),
        (m.VisitType(("first",)), False, "visit is returning; wanted: first"),
        (m.Query("a", ("2",)), False, "parameter a is 1; wanted: 2"),
        (m.Query("b"), False, "parameter b is absent; wanted: any value"),
        (m.Utm("source", ("news",)), True, "parameter utm_source is news; wanted: news"),
        (
            m.Time((m.Window(1320, 360, (5, 6), "Europe/Berlin"), m.Window(zone="Asia/Tokyo"))),
            True,
            (
                "local time is Sun 2026-06-14 14:26 in Europe/Berlin or Sun 2026-06-14 21:26 in Asia/Tokyo; "
                "wanted: Fri, Sat 22:00 to 06:00 or every day, all day"
            ),
        ),
        (
            m.Date((m.DateRange(date(2026, 1, 1)),), (-1,), (m.Day(12, 24), m.Day(1, 2, 2027))),
            True,
            (
                "local time is Sun 2026-06-14 12:26 in UTC; "
                "wanted: from 2026-01-01 to any or day -1 of the month or 12-24 or 2027-01-02"
            ),
        ),
        (m.ScanCount((m.CountRange(0, 40),)), False, "scan count is 41; wanted: from 0 to 40"),
        (
            m.Attribute("tier", "starts_with", ("gold",)),
            True,
            "attribute tier is gold; wanted: starts with gold",
        ),
        (m.Attribute("age", "exists"), False, "attribute age is unknown; wanted: any value"),
        (
            m.City(tuple("abcdefghij")),
            False,
            "city is unknown; wanted: a or b or c or d or e or f or g or h or 2 more",
        ),
        (m.Country(()), False, "country is DE; wanted: nothing"),
    ],
)
def test_each_condition_says_what_was_seen_and_what_was_asked(
    condition: m.Condition, holds: bool, text: str
) -> None:
    """Support can answer "why did it go there" without reading code."""
    verdict = explain([Rule(id="r", when=(condition,), then=URL)], DEFAULT, VISIT).verdicts[0]
    (reason,) = verdict.reasons
    assert (reason.path, reason.holds, reason.text) == ("when[0]", holds, text)


def test_an_unknown_scan_count_is_called_unknown() -> None:
    """Zero and unknown are different answers."""
    rule = Rule(id="r", when=(m.ScanCount((m.CountRange(0, 9),)),), then=URL)
    assert (
        explain([rule], DEFAULT, Visit(at_ms=0))
        .verdicts[0]
        .reasons[0]
        .text.startswith("scan count is unknown")
    )


def test_every_rule_gets_a_verdict_and_one_decides() -> None:
    """Rules behind the deciding one are judged too: authors ask about those most."""
    rules = [
        Rule(id="off", enabled=False, then=URL),
        Rule(id="later", starts_ms=VISIT.at_ms + 1, then=URL),
        Rule(id="drawn", share=99.999999, then=URL),
        Rule(id="all", then=URL),
    ]
    explanation = explain(rules, DEFAULT, VISIT)
    assert explanation.decision == Decision("drawn", "", URL.url)
    assert [(each.rule_id, each.matched, each.decides) for each in explanation.verdicts] == [
        ("off", False, False),
        ("later", False, False),
        ("drawn", True, True),
        ("all", True, False),
    ]
    assert [each.reasons[0].text for each in explanation.verdicts] == [
        "the rule is switched off",
        "the visit is at 2026-06-14T12:26:40Z; the rule counts from 2026-06-14T12:26:40Z to any",
        "the visitor is among the 100 % drawn",
        "the rule has no conditions and takes everyone",
    ]


def test_a_draw_that_is_lost_says_so() -> None:
    """Otherwise a 10 % rule looks broken to nine out of ten who try it."""
    reason = explain([Rule(id="r", share=0, then=URL)], DEFAULT, VISIT).verdicts[0].reasons[0]
    assert (reason.path, reason.holds, reason.text) == (
        "share",
        False,
        "the visitor is not among the 0 % drawn",
    )


def test_a_rule_that_is_skipped_names_the_part_that_is_to_blame() -> None:
    """The edge skips it silently; here is where its author learns why."""
    rules = [
        Rule(id="zone", when=(m.Query("a"), m.Date(days_of_month=(1,), zone="Mars/Olympus")), then=URL),
        Rule(id="split", then=Split(())),
    ]
    blamed = [
        next(reason for reason in verdict.reasons if not reason.holds)
        for verdict in explain(rules, DEFAULT, VISIT).verdicts
    ]
    assert [(reason.path, reason.text) for reason in blamed] == [
        ("when[1]", "the rule is skipped: unknown time zone 'Mars/Olympus'"),
        ("then", "the rule is skipped: a split needs a variant with a positive weight"),
    ]


def test_instants_beyond_the_calendar_are_shown_as_numbers() -> None:
    """A dry run with a nonsense time is answered, not refused by an exception."""
    reason = explain([Rule(id="r", ends_ms=5, then=URL)], DEFAULT, Visit(at_ms=10**30)).verdicts[0].reasons[0]
    assert (reason.path, reason.holds) == ("ends_ms", False)
    assert f"{10**30} ms" in reason.text
