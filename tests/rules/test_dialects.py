"""Every vendor's documented rules can be said in this language and mean here what they mean there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from waypost.rules import Rule, Split, Url, Variant, Visit, check, compile_rules
from waypost.rules import model as m

DEFAULT = "https://example.com/default"


def url(name: str) -> Url:
    """Give a destination that is recognised by its last part."""
    return Url(f"https://example.com/{name}")


def went_to(rules: Sequence[Rule], *, at: str = "2026-06-13T02:00:00+02:00", **facts: Any) -> str:
    """Decide one visit and give the last part of where it went."""
    assert check(rules, default_url=DEFAULT) == ()
    at_ms = int(datetime.fromisoformat(at).timestamp() * 1000)
    return compile_rules(rules, DEFAULT).decide(Visit(at_ms=at_ms, **facts)).url.rpartition("/")[2]


def test_qrsbd_smart_rules() -> None:
    """The types geo, os, ab and time; array order; unknown facts fail `in` and pass `not_in`."""
    night = m.Window(1320, 360, (5,), "Europe/Berlin")  # "22:00" to "06:00", activeDays [5]
    rules = [
        Rule(id="0", when=(m.Country(("DE", "AT")),), then=url("geo")),
        Rule(id="1", when=(m.Os(("iOS", "Mac"), negate=True), m.Query("q")), then=url("not-apple")),
        Rule(id="2", when=(m.Time((night,)),), then=url("night")),
        Rule(id="3", share=30, then=url("ab")),
    ]
    assert went_to(rules, country="AT") == "geo"
    assert went_to(rules, query=(("q", ""),)) == "not-apple"
    assert went_to(rules, os="iOS", query=(("q", ""),)) == "night"
    assert went_to(rules, at="2026-06-14T02:00:00+02:00", seed=b"\x00") in {"ab", "default"}


def test_xqr_routing_rules() -> None:
    """All conditions of one rule must hold; hours end at 24; expires_at ends a rule."""
    rules = [
        Rule(
            id="0",
            when=(
                m.Country(("US", "CA"), negate=True),
                m.Device(("mobile", "tablet")),
                m.Time((m.Window(18 * 60, 24 * 60),)),
            ),
            ends_ms=int(datetime.fromisoformat("2026-07-01T00:00:00+00:00").timestamp() * 1000),
            then=url("evening"),
        ),
    ]
    facts = {"country": "FR", "device": "mobile"}
    assert went_to(rules, at="2026-06-13T23:59:59+00:00", **facts) == "evening"
    assert went_to(rules, at="2026-06-14T00:00:00+00:00", **facts) == "default"
    assert went_to(rules, at="2026-07-01T19:00:00+00:00", **facts) == "default"
    assert went_to(rules, at="2026-06-13T19:00:00+00:00", country="CA", device="mobile") == "default"
    assert went_to(rules, at="2026-06-13T19:00:00+00:00", device="tablet") == "evening"


def test_codeqr_device_targets_geo_map_and_test_variants() -> None:
    """ios, then android, then one rule per country, then the test while it runs."""
    variants = (
        Variant("a", "https://example.com/a", 70),
        Variant("b", "https://example.com/b", 30),
    )
    completed_ms = int(datetime.fromisoformat("2026-08-01T00:00:00+00:00").timestamp() * 1000)
    rules = [
        Rule(id="ios", when=(m.Os(("iOS",)),), then=url("ios")),
        Rule(id="android", when=(m.Os(("Android",)),), then=url("android")),
        Rule(id="geo-BR", when=(m.Country(("BR",)),), then=url("br")),
        Rule(id="geo-PT", when=(m.Country(("PT",)),), then=url("pt")),
        Rule(id="test", ends_ms=completed_ms, then=Split(variants)),
    ]
    assert went_to(rules, os="iOS", country="BR") == "ios"
    assert went_to(rules, os="Windows", country="PT") == "pt"
    assert {went_to(rules, seed=bytes([n])) for n in range(50)} == {"a", "b"}
    assert went_to(rules, at="2026-08-01T00:00:00+00:00") == "default"


def test_codeqr_smart_rules_with_a_split() -> None:
    """`not_equals` is a negation, and a rule may lead to a split of its own."""
    variants = tuple(Variant(name, f"https://example.com/{name}", 50) for name in "ab")
    rules = [
        Rule(id="0", when=(m.Utm("source", ("mail",)),), then=Split(variants)),
        Rule(id="1", when=(m.Language(("pt",), negate=True),), then=url("not-pt")),
    ]
    assert went_to(rules, query=(("utm_source", "mail"),), seed=b"1") in {"a", "b"}
    assert went_to(rules, language="en") == "not-pt"
    assert went_to(rules, language="pt-BR") == "default"


def test_linkbreakers_workflow_conditions() -> None:
    """A chain of condition nodes; each `else` is the fall-through to the next rule."""
    zone = "Europe/Paris"
    rules = [
        Rule(id="bots", when=(m.Actor(("bot", "agent")),), then=url("bots")),
        Rule(
            id="known",
            when=(m.VisitType(("returning",)), m.Attribute("$email", "ends_with", ("@example.com",))),
            then=url("staff"),
        ),
        Rule(
            id="sunday",
            when=(m.Time((m.Window(days=(0,), zone=zone),)), m.Brand(("Apple",)), m.Browser(("Safari",))),
            then=url("sunday"),
        ),
        Rule(id="month-end", when=(m.Date(days_of_month=(-1,), zone=zone),), then=url("month-end")),
        Rule(id="day", when=(m.Date(days=(m.Day(7, 14),), zone=zone),), then=url("bastille")),
    ]
    assert went_to(rules, actor="bot") == "bots"
    assert went_to(rules, returning=True, attributes={"$email": "Ann@Example.com"}) == "staff"
    sunday = "2026-06-14T00:00:00+02:00"
    assert went_to(rules, at=sunday, brand="Apple", browser="Safari") == "sunday"
    assert went_to(rules, at="2026-06-30T23:59:00+02:00") == "month-end"
    assert went_to(rules, at="2027-07-14T00:00:00+02:00") == "bastille"
    assert went_to(rules, at="2027-07-15T00:00:00+02:00") == "default"
