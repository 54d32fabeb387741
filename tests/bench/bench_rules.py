"""What deciding a visit costs, beside one time-zone conversion by zoneinfo in the same run."""

from collections.abc import Callable
from datetime import datetime
from timeit import repeat
from zoneinfo import ZoneInfo

from tests.bench.report import Section

from waypost.rules import Rule, Split, Url, Variant, Visit, compile_rules, decode_rules, encode_rules, explain
from waypost.rules import model as m
from waypost.rules.vocabulary import COUNTRIES

DEFAULT = "https://example.com/"
URL = Url("https://example.com/rule")
ROUNDS = 5
CALLS = 50_000
NIGHTS = m.Window(1320, 360, (5, 6), "America/New_York")
FIVE = (
    Rule(id="geo", when=(m.Country(("DE", "AT", "CH")),), then=URL),
    Rule(id="os", when=(m.Os(("iOS",)),), then=URL),
    Rule(id="language", when=(m.Language(("fr", "es")),), then=URL),
    Rule(id="time", when=(m.Time((NIGHTS,)),), then=URL),
    Rule(id="ab", then=Split((Variant("a", URL.url), Variant("b", URL.url)))),
)
GEO_MAP = tuple(Rule(id=code, when=(m.Country((code,)),), then=URL) for code in sorted(COUNTRIES))
VISIT = Visit(at_ms=1_781_440_000_000, country="ZW", os="Android", language="en-US", seed=b"0123456789abcdef")


def run() -> list[Section]:
    """Measure compiled sets, the dry run, and what a changed link costs an edge."""
    zone = ZoneInfo("America/New_York")
    five, geo_map, one = (compile_rules(rules, DEFAULT) for rules in (FIVE, GEO_MAP, FIVE[:1]))
    raw = encode_rules(FIVE)
    unit_us = _cost_us(lambda: datetime.fromtimestamp(VISIT.at_ms / 1000, zone))
    costs_us = {
        "decide: 5 rules (geo, OS, language, time, A/B), the last one takes it": _cost_us(
            lambda: five.decide(VISIT)
        ),
        "decide: 1 country rule that does not match": _cost_us(lambda: one.decide(VISIT)),
        f"decide: a geo map of {len(GEO_MAP)} rules, the last one takes it": _cost_us(
            lambda: geo_map.decide(VISIT)
        ),
        "explain: the same 5 rules": _cost_us(lambda: explain(FIVE, DEFAULT, VISIT), CALLS // 50),
        "decode and compile the 5 rules": _cost_us(
            lambda: compile_rules(decode_rules(raw)[0], DEFAULT), CALLS // 50
        ),
    }
    rows = [("one conversion by zoneinfo", f"{unit_us:.2f}", "1.0")]
    rows += [(what, f"{cost_us:.2f}", f"{cost_us / unit_us:.1f}") for what, cost_us in costs_us.items()]
    method = f"Warm, one core, best of {ROUNDS} rounds; the unit is one `datetime.fromtimestamp(s, zone)`."
    return [Section("Rules", method, ("operation", "µs", "times the unit"), tuple(rows))]


def _cost_us(call: Callable[[], object], calls: int = CALLS) -> float:
    return min(repeat(call, number=calls, repeat=ROUNDS)) / calls * 1e6
