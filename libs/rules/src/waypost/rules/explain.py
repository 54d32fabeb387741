"""Explain: the decision again, with the reason for every rule, for people who ask "why there?"."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from waypost.rules import model, zones
from waypost.rules.compile import target_pick, validity_tests
from waypost.rules.match import condition_test
from waypost.rules.model import Condition, Decision, Rule, Visit
from waypost.rules.share import share_test

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_SHOWN_MAX = 8


class Reason(Struct, frozen=True):
    """One part of a rule: its path inside the rule (`when[0]`), whether it held, and why in words."""

    path: str
    holds: bool
    text: str


class Verdict(Struct, frozen=True):
    """One rule: `matched` when all its reasons hold, `decides` when it is the first such rule."""

    rule_id: str
    matched: bool
    decides: bool
    reasons: tuple[Reason, ...]


class Explanation(Struct, frozen=True):
    """The decision and the verdict on every rule, in order."""

    decision: Decision
    verdicts: tuple[Verdict, ...]


def explain(rules: Sequence[Rule], default_url: str, visit: Visit) -> Explanation:
    """Give what `compile_rules(rules, default_url).decide(visit)` gives, and say why. Never raises."""
    decision: Decision | None = None
    verdicts: list[Verdict] = []
    for rule in rules:
        reasons, target = _judge(rule, visit)
        matched = target is not None and all(reason.holds for reason in reasons)
        decides = matched and decision is None
        if decides:
            decision = target
        verdicts.append(Verdict(rule.id, matched, decides, reasons))
    return Explanation(decision or Decision("", "", default_url), tuple(verdicts))


def _judge(rule: Rule, visit: Visit) -> tuple[tuple[Reason, ...], Decision | None]:
    """Give the reasons of a rule and where it would lead; nowhere when its target cannot be used."""
    reasons = list(_state_reasons(rule, visit))
    for index, condition in enumerate(rule.when):
        reasons.append(_condition_reason(f"when[{index}]", condition, visit))
    target = None
    try:
        target = target_pick(rule)(visit)
    except ValueError as error:
        reasons.append(Reason("then", False, f"the rule is skipped: {error}"))
    if rule.share < 100:
        holds = share_test(rule)(visit)
        drawn = "is among" if holds else "is not among"
        reasons.append(Reason("share", holds, f"the visitor {drawn} the {rule.share:g} % drawn"))
    if not reasons:
        reasons.append(Reason("when", True, "the rule has no conditions and takes everyone"))
    return tuple(reasons), target


def _state_reasons(rule: Rule, visit: Visit) -> Iterator[Reason]:
    if not rule.enabled:
        yield Reason("enabled", False, "the rule is switched off")
    if rule.starts_ms or rule.ends_ms:
        holds = all(test(visit) for test in validity_tests(rule))
        path = "starts_ms" if rule.starts_ms else "ends_ms"
        yield Reason(path, holds, _validity_text(rule, visit))


def _condition_reason(path: str, condition: Condition, visit: Visit) -> Reason:
    try:
        holds = condition_test(condition)(visit)
    except ValueError as error:
        return Reason(path, False, f"the rule is skipped: {error}")
    asked = "unwanted" if condition.negate else "wanted"
    return Reason(path, holds, f"{_observed(condition, visit)}; {asked}: {_wanted(condition)}")


def _observed(condition: Condition, visit: Visit) -> str:
    name, value = "", ""
    match condition:
        case model.VisitType():
            name, value = "visit", {None: "", True: "returning", False: "first"}[visit.returning]
        case model.SetCondition():
            name, value = condition.fact.replace("_", " "), getattr(visit, condition.fact)
        case model.Query():
            name, value = f"parameter {condition.name}", _parameter(condition.name, visit)
        case model.Utm():
            name, value = f"parameter utm_{condition.name}", _parameter(f"utm_{condition.name}", visit)
        case model.Time():
            name, value = "local time", _wall_clocks([window.zone for window in condition.windows], visit)
        case model.Date():
            name, value = "local time", _wall_clocks([condition.zone], visit)
        case model.ScanCount():
            name, value = "scan count", "" if visit.scan_count is None else str(visit.scan_count)
        case _:
            name, value = f"attribute {condition.key}", str(visit.attributes.get(condition.key, ""))
    return f"{name} is {value or 'unknown'}"


def _parameter(name: str, visit: Visit) -> str:
    values = [value for key, value in visit.query if key == name]
    return _listed(values) if values else "absent"


def _wall_clocks(names: list[str], visit: Visit) -> str:
    shown = []
    for name in dict.fromkeys(names):
        minute = zones.clock(name)(visit.at_ms)
        day, minute_of_day = divmod(zones.minute_of_week(minute), zones.DAY_MINUTES)
        shown.append(f"{_DAYS[day]} {zones.local_date(minute)} {_clock_text(minute_of_day)} in {name}")
    return _listed(shown)


def _wanted(condition: Condition) -> str:
    wanted: Sequence[str] = ()
    match condition:
        case model.Time():
            wanted = [_window_text(window) for window in condition.windows]
        case model.Date():
            wanted = _date_texts(condition)
        case model.ScanCount():
            wanted = [_range_text(span.first, span.last) for span in condition.ranges]
        case model.Query(values=()) | model.Utm(values=()) | model.Referrer(values=()):
            wanted = ["any value"]
        case model.Attribute(op="exists"):
            wanted = ["any value"]
        case model.Attribute():
            wanted = [f"{condition.op.replace('_', ' ')} {value}" for value in condition.values]
        case _:
            wanted = condition.values
    return _listed(wanted)


def _window_text(window: model.Window) -> str:
    days = ", ".join(_DAYS[day] for day in window.days if 0 <= day < len(_DAYS)) or "every day"
    if window.start_minute == window.end_minute:
        return f"{days}, all day"
    return f"{days} {_clock_text(window.start_minute)} to {_clock_text(window.end_minute)}"


def _clock_text(minute_of_day: int) -> str:
    return f"{minute_of_day // 60:02}:{minute_of_day % 60:02}"


def _date_texts(condition: model.Date) -> list[str]:
    ranges = [_range_text(span.first, span.last) for span in condition.ranges]
    month_days = [f"day {day} of the month" for day in condition.days_of_month]
    years = ["" if day.year is None else f"{day.year}-" for day in condition.days]
    days = [f"{year}{day.month:02}-{day.day:02}" for year, day in zip(years, condition.days, strict=True)]
    return [*ranges, *month_days, *days]


def _range_text(first: object, last: object) -> str:
    return f"from {'any' if first is None else first} to {'any' if last is None else last}"


def _validity_text(rule: Rule, visit: Visit) -> str:
    start = _instant(rule.starts_ms) if rule.starts_ms else "any"
    end = _instant(rule.ends_ms) if rule.ends_ms else "any"
    return f"the visit is at {_instant(visit.at_ms)}; the rule counts from {start} to {end}"


def _instant(at_ms: int) -> str:
    """Write Unix milliseconds as UTC; an instant beyond the calendar stays a number."""
    try:
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    except OverflowError:
        return f"{at_ms} ms"
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")


def _listed(values: Sequence[str]) -> str:
    """Write a set for people, cut after a few: a list of 500 networks explains nothing."""
    if not values:
        return "nothing"
    shown = " or ".join(values[:_SHOWN_MAX])
    rest = len(values) - _SHOWN_MAX
    return f"{shown} or {rest} more" if rest > 0 else shown
