"""Check one condition: values that are no country, no network, no zone, no day, or too many."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from ipaddress import ip_interface
from typing import Literal

from msgspec import Struct

from waypost.rules import limits, model, zones
from waypost.rules.model import Condition
from waypost.rules.vocabulary import CLOSED, OPEN, SPELL

_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_ORDER = frozenset({"less_than", "at_most", "at_least", "more_than"})
_LEAP_YEAR = 2000
_VALUE_CODES: Mapping[type[model.SetCondition], str] = {
    model.Country: "unknown_country",
    model.Region: "bad_region",
    model.City: "empty_value",
    model.Browser: "empty_value",
    model.Brand: "empty_value",
    model.Language: "bad_language",
    model.Referrer: "bad_host",
    model.Ip: "bad_network",
}


class Problem(Struct, frozen=True):
    """A finding whose path is still relative to what was looked at."""

    code: str
    path: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def under(self, prefix: str) -> "Problem":
        """Give the same problem seen from one level up."""
        return Problem(self.code, f"{prefix}.{self.path}", self.message, self.severity)


def condition_problems(condition: Condition) -> Iterator[Problem]:
    """Give what is wrong with one condition, in the order of its members."""
    match condition:
        case model.SetCondition():
            yield from _set_problems(condition)
        case model.Query():
            yield from _name_problems("name", condition.name)
            yield from _text_problems(condition.values)
        case model.Utm():
            yield from _text_problems(condition.values)
        case model.Time():
            yield from _size_problems("windows", condition.windows)
            for index, window in enumerate(condition.windows[: limits.VALUES_MAX]):
                for problem in _window_problems(window):
                    yield problem.under(f"windows[{index}]")
        case model.Date():
            yield from _date_problems(condition)
        case model.ScanCount():
            yield from _size_problems("ranges", condition.ranges)
            yield from _count_problems(condition.ranges[: limits.VALUES_MAX])
        case _:
            yield from _attribute_problems(condition)


def _size_problems(path: str, values: tuple[object, ...], *, may_be_empty: bool = False) -> Iterator[Problem]:
    if not values and not may_be_empty:
        yield Problem("empty_set", path, "give at least one; an empty set matches nobody")
    if len(values) > limits.VALUES_MAX:
        yield Problem("too_many", path, f"keep at most {limits.VALUES_MAX}; there are {len(values)}")


def _name_problems(path: str, name: str) -> Iterator[Problem]:
    if not 1 <= len(name) <= limits.VALUE_LENGTH_MAX:
        yield Problem("bad_name", path, f"give a name of 1 to {limits.VALUE_LENGTH_MAX} characters")


def _text_problems(values: tuple[str, ...], *, may_be_empty: bool = True) -> Iterator[Problem]:
    yield from _size_problems("values", values, may_be_empty=may_be_empty)
    for index, value in enumerate(values[: limits.VALUES_MAX]):
        if len(value) > limits.VALUE_LENGTH_MAX:
            message = f"keep it within {limits.VALUE_LENGTH_MAX} characters"
            yield Problem("too_long", f"values[{index}]", message)


def _set_problems(condition: model.SetCondition) -> Iterator[Problem]:
    kind = type(condition)
    yield from _text_problems(condition.values, may_be_empty=kind is model.Referrer)
    spell = SPELL.get(kind, str.casefold)
    seen: set[str] = set()
    for index, value in enumerate(condition.values[: limits.VALUES_MAX]):
        path, spelled = f"values[{index}]", spell(value)
        if spelled in seen:
            yield Problem("duplicate_value", path, f"{value!r} is there already", "warning")
        seen.add(spelled)
        if message := _value_fault(kind, spelled):
            yield Problem(_VALUE_CODES.get(kind, "unknown_value"), path, f"{value!r} {message}")
        elif kind in OPEN and spelled not in {word.casefold() for word in OPEN[kind]}:
            message = f"{value!r} is not among {', '.join(sorted(OPEN[kind]))}; mind the spelling"
            yield Problem("unfamiliar_value", path, message, "warning")


def _value_fault(kind: type[model.SetCondition], value: str) -> str:
    """Say what is wrong with a value in its one spelling; empty when nothing is."""
    fault = ""
    if kind is model.Country:
        fault = "" if value in CLOSED[kind] else "is no ISO 3166-1 alpha-2 code, such as DE"
    elif kind in CLOSED:
        fault = "" if value in CLOSED[kind] else f"is not one of {', '.join(sorted(CLOSED[kind]))}"
    elif kind is model.Region:
        fault = "" if _REGION.fullmatch(value) else "is no ISO 3166-2 code, such as US-CA"
    elif kind is model.Language:
        fault = "" if _LANGUAGE.fullmatch(value) else "is no language tag, such as pt or pt-BR"
    elif kind is model.Referrer:
        fault = (
            "" if _HOST.fullmatch(value) else "is no host name, such as example.com; no scheme, port or path"
        )
    elif kind is model.Ip:
        fault = _network_fault(value)
    elif not value.strip():
        fault = "is empty"
    return fault


def _network_fault(value: str) -> str:
    try:
        interface = ip_interface(value)
    except ValueError:
        return "is no IP address or CIDR network, such as 192.0.2.0/24 or 2001:db8::/32"
    network = interface.network
    return "" if interface.ip == network.network_address else f"has bits beyond its prefix; write {network}"


def _window_problems(window: model.Window) -> Iterator[Problem]:
    if not 0 <= window.start_minute < zones.DAY_MINUTES:
        yield Problem("bad_window", "start_minute", "give a minute of the day from 0 to 1439")
    if not 0 <= window.end_minute <= zones.DAY_MINUTES:
        yield Problem("bad_window", "end_minute", "give a minute of the day from 0 to 1440")
    yield from _size_problems("days", window.days, may_be_empty=True)
    for index, day in enumerate(window.days[: limits.VALUES_MAX]):
        if not 0 <= day <= 6:
            yield Problem("bad_day", f"days[{index}]", "give a day from 0 (Sunday) to 6 (Saturday)")
    yield from _zone_problems(window.zone)


def _zone_problems(zone: str) -> Iterator[Problem]:
    try:
        zones.clock(zone)
    except zones.UnknownZone:
        yield Problem("unknown_zone", "zone", f"{zone!r} is no IANA time zone, such as Europe/Berlin")


def _date_problems(condition: model.Date) -> Iterator[Problem]:
    if not (condition.ranges or condition.days_of_month or condition.days):
        yield Problem("empty_set", "ranges", "give at least one of ranges, days_of_month and days")
    for path in ("ranges", "days_of_month", "days"):
        yield from _size_problems(path, getattr(condition, path), may_be_empty=True)
    for index, span in enumerate(condition.ranges[: limits.VALUES_MAX]):
        if span.first and span.last and span.last < span.first:
            yield Problem("bad_range", f"ranges[{index}].last", "let the range end on or after its first day")
    for index, day_of_month in enumerate(condition.days_of_month[: limits.VALUES_MAX]):
        if not 1 <= abs(day_of_month) <= 31:
            message = "give 1 to 31, or -1 (last) to -31 counted from the month's end"
            yield Problem("bad_day", f"days_of_month[{index}]", message)
    for index, day in enumerate(condition.days[: limits.VALUES_MAX]):
        if not _exists(day):
            yield Problem("bad_day", f"days[{index}]", "there is no such calendar day")
    yield from _zone_problems(condition.zone)


def _exists(day: model.Day) -> bool:
    try:
        date(_LEAP_YEAR if day.year is None else day.year, day.month, day.day)
    except (ValueError, OverflowError):
        return False
    return True


def _count_problems(ranges: tuple[model.CountRange, ...]) -> Iterator[Problem]:
    for index, span in enumerate(ranges):
        if not 0 <= span.first <= limits.SCAN_COUNT_MAX:
            yield Problem("bad_range", f"ranges[{index}].first", "give a count from 0")
        if span.last is not None and not span.first <= span.last <= limits.SCAN_COUNT_MAX:
            yield Problem(
                "bad_range", f"ranges[{index}].last", "let the range end at or after its first count"
            )


def _attribute_problems(condition: model.Attribute) -> Iterator[Problem]:
    yield from _name_problems("key", condition.key)
    yield from _text_problems(condition.values, may_be_empty=condition.op == "exists")
    if condition.op == "exists" and condition.values:
        yield Problem("bad_attribute_use", "values", "leave the values away; exists takes none")
    if condition.op in _ORDER and len(condition.values) > 1:
        yield Problem("bad_attribute_use", "values", f"give one value; {condition.op} compares with one")
