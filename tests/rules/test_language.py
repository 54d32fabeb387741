"""The whole language at once: random rules and visits against an independent, naive reading of them."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from waypost.rules import (
    NEEDS,
    Decision,
    Page,
    Rule,
    Split,
    Url,
    Variant,
    Visit,
    check,
    compile_rules,
    decode_rules,
    decode_rules_json,
    encode_rules,
    explain,
)
from waypost.rules import model as m

DEFAULT = "https://example.com/default"
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
WORDS = {
    m.Country: ["DE", "de", "US", "FR", "XK"],
    m.Region: ["US-CA", "us-ny", "DE-BE"],
    m.City: ["Berlin", "münchen", "San Francisco"],
    m.Continent: ["EU", "NA", "as"],
    m.Os: ["iOS", "android", "Windows"],
    m.Device: ["mobile", "tablet", "desktop", "unknown"],
    m.Browser: ["Chrome", "safari", "DuckDuckGo"],
    m.Brand: ["Apple", "samsung"],
    m.Actor: ["human", "bot", "agent"],
    m.Source: ["qr", "link"],
    m.Language: ["de", "pt-BR", "pt", "en-us"],
    m.Referrer: ["example.com", "News.example.com", "t.co"],
    m.Ip: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::/0", "0.0.0.0/0"],
    m.VisitType: ["first", "returning"],
}
ZONE_CHANGES = [
    "2026-03-29T01:00Z",  # Berlin springs forward, and back below
    "2026-10-25T01:00Z",
    "2026-03-08T07:00Z",  # New York
    "2026-11-01T06:00Z",
    "2026-04-04T15:00Z",  # Lord Howe, by half an hour
    "2026-10-03T15:30Z",
    "2011-12-30T10:00Z",  # Apia skips a whole Friday
]
NEAR_CHANGE_MS = st.builds(
    lambda change, apart_ms: int(datetime.fromisoformat(change).timestamp()) * 1000 + apart_ms,
    st.sampled_from(ZONE_CHANGES),
    st.integers(-26 * 3_600_000, 26 * 3_600_000),
)
AT_MS = st.integers(0, 4_102_444_800_000) | NEAR_CHANGE_MS


def some(values: Sequence[Any], **sizes: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Give tuples of a few different values."""
    return st.lists(st.sampled_from(values), unique=True, **sizes).map(tuple)


def ordered(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """Put the two ends of a range in order; None is an open end."""
    return pair if None in pair or pair[0] <= pair[1] else (pair[1], pair[0])


NEGATE = st.booleans()
WINDOW = st.builds(
    m.Window, st.integers(0, 1439), st.integers(0, 1440), some(range(7)), st.sampled_from(ZONES)
)
DATES = st.dates(date(1999, 1, 1), date(2100, 1, 1))
DATE_RANGE = st.tuples(st.none() | DATES, st.none() | DATES).map(ordered).map(lambda ends: m.DateRange(*ends))
COUNT_RANGE = (
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted).map(lambda ends: m.CountRange(*ends))
)
DAY = st.builds(m.Day, st.integers(1, 12), st.integers(1, 28), st.none() | st.integers(2020, 2030))
ORDER = ["less_than", "at_most", "at_least", "more_than"]
ATTRIBUTE_VALUES = ["gold", "Golden", "12", "7.5", "true", "2026-01-31"]
CONDITION = st.one_of(
    *(
        st.builds(kind, some(words, min_size=kind is not m.Referrer), negate=NEGATE)
        for kind, words in WORDS.items()
    ),
    st.builds(m.Query, st.sampled_from(["a", "b"]), some(["1", "2", "x y"]), negate=NEGATE),
    st.builds(m.Utm, st.sampled_from(["source", "term"]), some(["news", "mail"]), negate=NEGATE),
    st.builds(m.Time, st.lists(WINDOW, min_size=1, max_size=3).map(tuple), negate=NEGATE),
    st.builds(
        m.Date,
        st.lists(DATE_RANGE, max_size=2).map(tuple),
        some([1, 15, 28, -1, -3], min_size=1),
        st.lists(DAY, max_size=2).map(tuple),
        st.sampled_from(ZONES),
        negate=NEGATE,
    ),
    st.builds(m.ScanCount, st.lists(COUNT_RANGE, min_size=1, max_size=3).map(tuple), negate=NEGATE),
    st.builds(m.Attribute, st.sampled_from(["tier", "age"]), st.just("exists"), negate=NEGATE),
    st.builds(
        m.Attribute,
        st.sampled_from(["tier", "age"]),
        st.sampled_from(["is", "contains", "starts_with", "ends_with"]),
        some(ATTRIBUTE_VALUES, min_size=1),
        negate=NEGATE,
    ),
    st.builds(
        m.Attribute,
        st.sampled_from(["tier", "age"]),
        st.sampled_from(ORDER),
        some(ATTRIBUTE_VALUES, min_size=1, max_size=1),
        negate=NEGATE,
    ),
)
WEIGHTS = st.lists(st.integers(1, 100), min_size=1, max_size=4)
SPLIT = WEIGHTS.map(
    lambda weights: Split(
        tuple(Variant(f"v{i}", f"https://example.com/v{i}", weight) for i, weight in enumerate(weights))
    )
)
RULE = st.builds(
    Rule,
    id=st.just("set below"),
    enabled=st.sampled_from([True, True, True, False]),
    when=st.lists(CONDITION, max_size=3).map(tuple),
    share=st.sampled_from([100.0, 100.0, 0.0, 12.5, 50.0]),
    starts_ms=st.just(0) | AT_MS.map(lambda at_ms: at_ms // 2),
    ends_ms=st.just(0) | AT_MS.map(lambda at_ms: 2_051_222_400_000 + at_ms // 2),
    then=st.just(Url("https://example.com/rule")) | SPLIT,
)


def numbered(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Give every rule an id of its own."""
    return tuple(Rule(**{**fields(rule), "id": f"r{index}"}) for index, rule in enumerate(rules))


def fields(struct: Struct) -> dict[str, Any]:
    """Give a Struct's members as keyword arguments."""
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


RULES = st.lists(RULE, max_size=6).map(numbered)
VISIT = st.builds(
    Visit,
    at_ms=AT_MS,
    country=st.sampled_from(["", "DE", "US", "FR", "JP"]),
    region=st.sampled_from(["", "US-CA", "US-NY"]),
    city=st.sampled_from(["", "berlin", "München"]),
    continent=st.sampled_from(["", "EU", "AS"]),
    os=st.sampled_from(["", "iOS", "Android"]),
    device=st.sampled_from(["", "mobile", "unknown", "desktop"]),
    browser=st.sampled_from(["", "chrome", "Safari", "DuckDuckGo"]),
    brand=st.sampled_from(["", "Apple", "Samsung"]),
    actor=st.sampled_from(["", "human", "bot"]),
    language=st.sampled_from(["", "de", "de-AT", "pt", "pt-BR", "en-US"]),
    referrer_host=st.sampled_from(["", "example.com", "news.example.com.", "badexample.com", "T.CO"]),
    query=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "utm_source", "utm_term"]),
            st.sampled_from(["1", "x y", "news", "New"]),
        ),
        max_size=4,
    ).map(tuple),
    source=st.sampled_from(["", "qr", "link"]),
    ip=st.sampled_from(["", "10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.9.9.9", "no address"]),
    returning=st.none() | st.booleans(),
    scan_count=st.none() | st.integers(0, 11),
    attributes=st.dictionaries(
        st.sampled_from(["tier", "age"]),
        st.sampled_from(["gold", "12", "2026-02-01", 12, 12.0, 7.25, True, float("nan")]),
    ),
    seed=st.binary(min_size=16, max_size=16),
)


def oracle(rules: Sequence[Rule], visit: Visit) -> Decision:
    """Read the rules literally, with nothing prepared and the plainest means."""
    for rule in rules:
        if not rule.enabled or visit.at_ms < rule.starts_ms:
            continue
        if rule.ends_ms and visit.at_ms >= rule.ends_ms:
            continue
        if not all(holds(condition, visit) is not condition.negate for condition in rule.when):
            continue
        if Fraction(number(b"share", rule.id, visit.seed), 2**64) * 100 >= Fraction(rule.share):
            continue
        if isinstance(rule.then, Url):
            return Decision(rule.id, "", rule.then.url)
        if isinstance(rule.then, Page):
            return Decision(rule.id, "", "")
        urn = [variant for variant in rule.then.variants for _ in range(variant.weight)]
        drawn = urn[number(b"split", rule.id, visit.seed) * len(urn) // 2**64]
        return Decision(rule.id, drawn.id, drawn.url)
    return Decision("", "", DEFAULT)


def number(purpose: bytes, rule_id: str, seed: bytes) -> int:
    """Compute the documented hash in one call."""
    salt = blake2b(rule_id.encode(), digest_size=16).digest()
    return int.from_bytes(blake2b(seed, digest_size=8, salt=salt, person=purpose).digest(), "big")


def holds(condition: m.Condition, visit: Visit) -> bool:
    """Say whether a condition holds, before negation."""
    match condition:
        case m.Device(values) if not visit.device:
            answer = "unknown" in values
        case m.VisitType(values):
            answer = visit.returning is not None and ["first", "returning"][visit.returning] in values
        case m.Language(values):
            answer = any(f"{visit.language}-".lower().startswith(f"{value}-".lower()) for value in values)
        case m.Referrer(values):
            host = visit.referrer_host.lower().removesuffix(".")
            covered = any(f".{host}".endswith(f".{value.lower()}") for value in values)
            answer = host != "" and (covered or not values)
        case m.Ip(values):
            answer = ip_holds(values, visit.ip)
        case m.SetCondition(values):
            fact = getattr(visit, condition.fact)
            answer = fact != "" and fact.lower() in [value.lower() for value in values]
        case m.Query(name, values) | m.Utm(name, values):
            wanted_name = f"utm_{name}" if isinstance(condition, m.Utm) else name
            given_values = [value for key, value in visit.query if key == wanted_name]
            answer = any(not values or value in values for value in given_values)
        case m.Time(windows):
            answer = any(window_holds(window, visit.at_ms) for window in windows)
        case m.Date():
            answer = date_holds(condition, local(visit.at_ms, condition.zone).date())
        case m.ScanCount(ranges):
            count = visit.scan_count
            answer = count is not None and any(
                count in range(span.first, (span.last or 0) + 1) for span in ranges
            )
        case m.Attribute(key, op, values):
            answer = key in visit.attributes and attribute_holds(visit.attributes[key], op, values)
    return answer


def ip_holds(values: Sequence[str], text: str) -> bool:
    """Test every network in turn."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ip_network(value) for value in values)


def local(at_ms: int, zone: str) -> datetime:
    """Give the naive wall-clock time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def window_holds(window: m.Window, at_ms: int) -> bool:
    """Lay the window on yesterday and today and look whether the wall clock is inside."""
    now = local(at_ms, window.zone)
    for start_day in (now.date(), now.date() - timedelta(days=1)):
        if window.days and start_day.isoweekday() % 7 not in window.days:
            continue
        midnight = datetime.combine(start_day, datetime.min.time())
        start = midnight + timedelta(minutes=window.start_minute)
        end = midnight + timedelta(minutes=window.end_minute)
        if window.start_minute == window.end_minute:
            start, end = midnight, midnight + timedelta(days=1)
        if end <= start:
            end += timedelta(days=1)
        if start <= now < end:
            return True
    return False


def date_holds(condition: m.Date, today: date) -> bool:
    """Look the date up in each of the three lists."""
    length = monthrange(today.year, today.month)[1]
    return (
        any((span.first or today) <= today <= (span.last or today) for span in condition.ranges)
        or any(today.day == (day if day > 0 else length + 1 + day) for day in condition.days_of_month)
        or any(
            (day.month, day.day) == (today.month, today.day) and day.year in (None, today.year)
            for day in condition.days
        )
    )


def attribute_holds(value: str | float | bool, op: str, values: Sequence[str]) -> bool:
    """Compare as the reference describes it."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    text = text.removesuffix(".0").lower()
    for wanted in (each.lower() for each in values):
        left: Any = text
        right: Any = wanted
        if op in ORDER and wanted.replace(".", "").isdigit():
            if not text.replace(".", "").isdigit():
                continue
            left, right = float(text), float(wanted)
        outcomes: dict[str, Callable[[Any, Any], bool]] = {
            "is": lambda a, b: a == b,
            "contains": lambda a, b: b in a,
            "starts_with": lambda a, b: a.startswith(b),
            "ends_with": lambda a, b: a.endswith(b),
            "less_than": lambda a, b: a < b,
            "at_most": lambda a, b: a <= b,
            "at_least": lambda a, b: a >= b,
            "more_than": lambda a, b: a > b,
        }
        if outcomes[op](left, right):
            return True
    return op == "exists"


@settings(max_examples=600)
@given(RULES, VISIT)
def test_decide_explain_and_the_naive_reading_agree(rules: Sequence[Rule], visit: Visit) -> None:
    """One language must have one meaning: at the edge, in a dry run, and as the reference says it."""
    expected = oracle(rules, visit)
    explanation = explain(rules, DEFAULT, visit)
    assert compile_rules(rules, DEFAULT).decide(visit) == expected
    assert explanation.decision == expected
    assert [verdict.rule_id for verdict in explanation.verdicts if verdict.decides] == [
        rule_id for rule_id in [expected.rule_id] if rule_id
    ]
    assert all(
        verdict.matched == all(reason.holds for reason in verdict.reasons) for verdict in explanation.verdicts
    )


@settings(max_examples=600)
@given(CONDITION, VISIT)
def test_every_condition_means_what_its_naive_reading_means(condition: m.Condition, visit: Visit) -> None:
    """A rule set can hide a wrong condition behind others; alone it cannot hide."""
    rule = Rule(id="only", when=(condition,), then=Url("https://example.com/"))
    matched = compile_rules([rule], DEFAULT).decide(visit).rule_id == "only"
    assert matched is (holds(condition, visit) is not condition.negate)


@settings(max_examples=1000)
@given(WINDOW, NEAR_CHANGE_MS)
def test_windows_follow_the_wall_clock_over_midnight_and_changes_of_offset(
    window: m.Window, at_ms: int
) -> None:
    """Opening hours are what the clock on the wall says, also in the night it is turned."""
    rule = Rule(id="open", when=(m.Time((window,)),), then=Url("https://example.com/"))
    is_open = compile_rules([rule], DEFAULT).decide(Visit(at_ms=at_ms)).rule_id == "open"
    assert is_open is window_holds(window, at_ms)


@given(CONDITION, VISIT)
def test_negation_turns_every_condition_round(condition: m.Condition, visit: Visit) -> None:
    """A visitor is on exactly one side, also when the fact is unknown (contract §1.3, semantics 4)."""
    turned = type(condition)(**{**fields(condition), "negate": not condition.negate})
    sides = [
        compile_rules([Rule(id="r", when=(side,), then=Url("https://example.com/"))], DEFAULT).decide(visit)
        for side in (condition, turned)
    ]
    assert sorted(side.rule_id for side in sides) == ["", "r"]


@given(RULES, VISIT)
def test_the_first_matching_rule_decides(rules: Sequence[Rule], visit: Visit) -> None:
    """Order is the author's only means to say what comes first."""
    decision = compile_rules(rules, DEFAULT).decide(visit)
    alone = [compile_rules([rule], DEFAULT).decide(visit) for rule in rules]
    matching = [each for each in alone if each.rule_id]
    assert decision == (matching[0] if matching else Decision("", "", DEFAULT))


NEED_FIELDS = {
    "agent": ["os", "browser"],
    "device": ["device", "brand", "actor"],
    "referrer": ["referrer_host"],
}


@given(RULES, VISIT)
def test_facts_that_are_not_needed_do_not_matter(rules: Sequence[Rule], visit: Visit) -> None:
    """The edge looks up only what `needs` names; leaving out the rest must not change the answer."""
    ruleset = compile_rules(rules, DEFAULT)
    kept: dict[str, Any] = {"at_ms": visit.at_ms}
    for need in ruleset.needs:
        for name in NEED_FIELDS.get(need, [need]):
            kept[name] = getattr(visit, name)
    assert ruleset.needs <= NEEDS
    assert ruleset.decide(Visit(**kept)) == ruleset.decide(visit)


@given(RULES)
def test_rules_come_back_from_the_wire_and_from_json(rules: Sequence[Rule]) -> None:
    """What an author wrote is what every edge reads."""
    assert decode_rules(encode_rules(rules)) == (rules, 0)
    assert decode_rules_json(msgspec.json.encode(rules)) == rules


@given(RULES)
def test_well_formed_rules_have_no_errors(rules: Sequence[Rule]) -> None:
    """A check that cries wolf is switched off in people's heads."""
    assert [finding for finding in check(rules, default_url=DEFAULT) if finding.severity == "error"] == []


TEXT = st.text(st.characters(), max_size=8) | st.sampled_from(["", "DE", "UTC", "10.0.0.1/8", "..", "/etc"])
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
INTEGER = st.integers(-3, 40) | st.integers(-(2**70), 2**70)
WILD_CONDITION = st.one_of(
    *(st.builds(kind, TEXTS, negate=NEGATE) for kind in WORDS),
    st.builds(m.Query, TEXT, TEXTS),
    st.builds(m.Utm, st.just("id"), TEXTS),
    st.builds(
        m.Time,
        st.lists(
            st.builds(m.Window, INTEGER, INTEGER, st.lists(INTEGER, max_size=3).map(tuple), TEXT), max_size=3
        ).map(tuple),
    ),
    st.builds(
        m.Date,
        st.lists(st.builds(m.DateRange, st.none() | st.dates(), st.none() | st.dates()), max_size=2).map(
            tuple
        ),
        st.lists(INTEGER, max_size=2).map(tuple),
        st.lists(st.builds(m.Day, INTEGER, INTEGER, st.none() | INTEGER), max_size=2).map(tuple),
        TEXT,
    ),
    st.builds(
        m.ScanCount,
        st.lists(st.builds(m.CountRange, INTEGER, st.none() | INTEGER), max_size=2).map(tuple),
    ),
    st.builds(m.Attribute, TEXT, st.sampled_from(["is", "exists", "contains", *ORDER]), TEXTS),
)
WILD_RULE = st.builds(
    Rule,
    id=TEXT,
    name=TEXT,
    when=st.lists(CONDITION | WILD_CONDITION, max_size=3).map(tuple),
    share=st.floats(),
    starts_ms=INTEGER,
    ends_ms=INTEGER,
    then=st.builds(Url, TEXT)
    | st.builds(Page, template_type=TEXT, content=st.dictionaries(TEXT, TEXT, max_size=2))
    | st.lists(st.builds(Variant, TEXT, TEXT, INTEGER), max_size=3).map(tuple).map(Split),
)
WILD_VISIT = st.builds(
    Visit,
    at_ms=INTEGER | AT_MS,
    country=TEXT,
    city=TEXT,
    language=TEXT,
    referrer_host=TEXT,
    query=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    ip=TEXT,
    scan_count=st.none() | INTEGER,
    attributes=st.dictionaries(TEXT, TEXT | INTEGER | st.floats() | st.booleans(), max_size=2),
    seed=st.binary(max_size=40),
)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WILD_RULE, max_size=4), WILD_VISIT, INTEGER)
def test_nothing_anyone_writes_raises(rules: Sequence[Rule], visit: Visit, now_ms: int) -> None:
    """A scan must be answered whatever was stored, and an author must get findings, never a crash."""
    findings = check(rules, default_url="", now_ms=now_ms)
    ruleset = compile_rules(rules, DEFAULT)
    assert ruleset.decide(visit) == explain(rules, DEFAULT, visit).decision
    if not any(finding.severity == "error" and finding.path.startswith("rules") for finding in findings):
        assert ruleset.skipped == ()


def test_these_tests_know_every_condition() -> None:
    """A condition added later must be added to the oracle too."""
    others = {m.Query, m.Utm, m.Time, m.Date, m.ScanCount, m.Attribute}
    assert set(get_args(m.Condition)) == set(WORDS) | others
