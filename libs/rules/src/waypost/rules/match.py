"""The leaf predicates: one condition in, one function from a visit to yes or no out.

All that can be done once is done here: words get their spelling, networks, windows and ranges become
sorted edges, so that belonging to any number of them is one binary search.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import inf, isnan
from operator import attrgetter
from typing import TypeAlias

from waypost.rules import model, zones
from waypost.rules.limits import CONDITIONS_INTERNED_MAX, HOST_LENGTH_MAX, LANGUAGE_LENGTH_MAX
from waypost.rules.model import Condition, Visit
from waypost.rules.vocabulary import SPELL

Test: TypeAlias = Callable[[Visit], bool]
Edge: TypeAlias = int | float

_ABOVE_IPV6 = 1 << 128  # IPv4 has its numbers above those of IPv6, so that ::/0 holds no IPv4 visitor


@lru_cache(maxsize=CONDITIONS_INTERNED_MAX)
def condition_test(condition: Condition) -> Test:
    """Compile one condition, negation included; equal conditions share one function.

    Raises UnknownZone, and ValueError for a network that is none.
    """
    test = _test(condition)
    return (lambda visit: not test(visit)) if condition.negate else test


def _test(condition: Condition) -> Test:
    match condition:
        case model.SetCondition():
            return _set_test(condition)
        case model.Query() | model.Utm():
            return _query_test(condition)
        case model.Time():
            return _time_test(condition)
        case model.Date():
            return _date_test(condition)
        case _:
            if isinstance(condition, model.ScanCount):
                return _scan_count_test(condition)
            return _attribute_test(condition)


def _set_test(condition: model.SetCondition) -> Test:
    match condition:
        case model.Language():
            return _language_test(condition.values)
        case model.Referrer():
            return _referrer_test(condition.values)
        case model.Ip():
            return _ip_test(condition.values)
        case model.VisitType():
            wanted_visits = {value.casefold() == "returning" for value in condition.values}
            return lambda visit: visit.returning in wanted_visits
        case model.City() | model.Browser() | model.Brand():
            name = attrgetter(condition.fact)
            folded = frozenset(value.casefold() for value in condition.values if value)
            return lambda visit: name(visit).casefold() in folded
    fact = attrgetter(condition.fact)
    wanted = {SPELL[type(condition)](value) for value in condition.values if value}
    if isinstance(condition, model.Device) and "unknown" in wanted:
        wanted.add("")
    return lambda visit: fact(visit) in wanted


def _language_test(ranges: tuple[str, ...]) -> Test:
    wanted = frozenset(value.lower() for value in ranges if value)

    def test(visit: Visit) -> bool:
        tag = visit.language[:LANGUAGE_LENGTH_MAX].lower()
        while tag:
            if tag in wanted:
                return True
            tag = tag.rpartition("-")[0]
        return False

    return test


def _referrer_test(hosts: tuple[str, ...]) -> Test:
    if not hosts:
        return lambda visit: visit.referrer_host != ""
    wanted = frozenset(host.lower() for host in hosts if host)

    def test(visit: Visit) -> bool:
        host = visit.referrer_host[-HOST_LENGTH_MAX:].lower().rstrip(".")
        while host:
            if host in wanted:
                return True
            host = host.partition(".")[2]
        return False

    return test


def _query_test(condition: model.Query | model.Utm) -> Test:
    name = f"utm_{condition.name}" if isinstance(condition, model.Utm) else condition.name
    if not condition.values:
        return lambda visit: any(key == name for key, _ in visit.query)
    pairs = {(name, value) for value in condition.values}
    return lambda visit: not pairs.isdisjoint(visit.query)


def _ip_test(values: tuple[str, ...]) -> Test:
    networks = [ip_network(value, strict=False) for value in values]
    edges = edges_of(
        (_ip_number(network.network_address), _ip_number(network.broadcast_address) + 1)
        for network in networks
    )

    def test(visit: Visit) -> bool:
        try:
            number = _ip_number(ip_address(visit.ip))
        except ValueError:
            return False  # an unknown address is in no network
        return bisect_right(edges, number) % 2 == 1

    return test


def _ip_number(address: IPv4Address | IPv6Address) -> int:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return int(address)
        address = address.ipv4_mapped  # RFC 4291 §2.5.5.2: how a dual-stack socket names an IPv4 peer
    return _ABOVE_IPV6 | int(address)


def _time_test(condition: model.Time) -> Test:
    by_zone: dict[str, list[tuple[Edge, Edge]]] = {}
    for window in condition.windows:
        by_zone.setdefault(window.zone, []).extend(_week_intervals(window))
    clocks = [(zones.clock(zone), edges_of(intervals)) for zone, intervals in by_zone.items()]

    def test(visit: Visit) -> bool:
        for clock, edges in clocks:  # noqa: SIM110 - a generator costs more on every scan
            if bisect_right(edges, zones.minute_of_week(clock(visit.at_ms))) % 2:
                return True
        return False

    return test


def _week_intervals(window: model.Window) -> Iterable[tuple[Edge, Edge]]:
    """Lay a window out over the week, in minutes since Sunday 00:00; Saturday night runs into Sunday."""
    first_minute, length = 0, zones.DAY_MINUTES
    if window.start_minute != window.end_minute:
        first_minute = window.start_minute
        length = (window.end_minute - window.start_minute) % zones.DAY_MINUTES or zones.DAY_MINUTES
    for day in window.days or range(7):
        start = day * zones.DAY_MINUTES + first_minute
        end = start + length
        yield start, min(end, zones.WEEK_MINUTES)
        yield 0, max(end - zones.WEEK_MINUTES, 0)


def _date_test(condition: model.Date) -> Test:
    clock = zones.clock(condition.zone)
    edges = edges_of(
        (span.first.toordinal() if span.first else -inf, span.last.toordinal() + 1 if span.last else inf)
        for span in condition.ranges
    )
    days_of_month = frozenset(condition.days_of_month)
    yearly = frozenset((day.month, day.day) for day in condition.days if day.year is None)
    single = frozenset((day.year, day.month, day.day) for day in condition.days if day.year is not None)

    def test(visit: Visit) -> bool:
        today = zones.local_date(clock(visit.at_ms))
        return (
            bisect_right(edges, today.toordinal()) % 2 == 1
            or today.day in days_of_month
            or (bool(days_of_month) and _day_from_end(today) in days_of_month)
            or (today.month, today.day) in yearly
            or (today.year, today.month, today.day) in single
        )

    return test


def _day_from_end(day: date) -> int:
    """Count from the month's end: the last day is -1."""
    return day.day - monthrange(day.year, day.month)[1] - 1


def _scan_count_test(condition: model.ScanCount) -> Test:
    edges = edges_of((span.first, inf if span.last is None else span.last + 1) for span in condition.ranges)
    return lambda visit: visit.scan_count is not None and bisect_right(edges, visit.scan_count) % 2 == 1


def _attribute_test(condition: model.Attribute) -> Test:
    key = condition.key
    if condition.op == "exists":
        return lambda visit: key in visit.attributes
    holds = _COMPARISONS[condition.op]
    wanted = tuple(value.casefold() for value in condition.values)

    def test(visit: Visit) -> bool:
        value = visit.attributes.get(key)
        if value is None:
            return False
        text = attribute_text(value)
        return any(holds(text, each) for each in wanted)

    return test


def attribute_text(value: str | float | bool) -> str:
    """Write an attribute as it is compared: `true`, `12` rather than `12.0`, text without case."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).casefold()


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if isnan(number) else number  # "nan" is a word, not a number


def _order(text: str, wanted: str) -> int | None:
    """Say -1, 0 or 1 as `text` is before, at or after `wanted`; None when they do not compare."""
    limit = _number(wanted)
    if limit is None:
        return (text > wanted) - (text < wanted)
    number = _number(text)
    return None if number is None else (number > limit) - (number < limit)


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "is": lambda text, wanted: text == wanted,
    "contains": lambda text, wanted: wanted in text,
    "starts_with": lambda text, wanted: text.startswith(wanted),
    "ends_with": lambda text, wanted: text.endswith(wanted),
    "less_than": lambda text, wanted: _order(text, wanted) == -1,
    "at_most": lambda text, wanted: _order(text, wanted) in (-1, 0),
    "at_least": lambda text, wanted: _order(text, wanted) in (0, 1),
    "more_than": lambda text, wanted: _order(text, wanted) == 1,
}


def edges_of(intervals: Iterable[tuple[Edge, Edge]]) -> list[Edge]:
    """Merge half-open intervals into rising edges; an odd number of edges at or below a point: inside."""
    edges: list[Edge] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if edges and start <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [start, end]
    return edges
