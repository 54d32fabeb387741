"""Analytics between xQR's periods and native questions, and from native answers to xQR's bodies. Pure."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from babel import Locale
from msgspec import Struct

from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.mapping_values import always_time, time_to_ms
from waypost.control.dialects.xqr.schemas_analytics import (
    BrowserShare,
    CountryShare,
    DeviceShare,
    DevicesOut,
    Granularity,
    OsShare,
    Period,
    Point,
)
from waypost.control.model.faults import Invalid
from waypost.wire.queries import BreakdownAnswer, SeriesPoint, SummaryAnswer

DAY_MS = 24 * 3600 * 1000
_DAYS: dict[Period, int] = {"7d": 7, "30d": 30, "90d": 90}
_UNKNOWN = "unknown"


class Range(Struct, frozen=True):
    """Unix milliseconds [from_ms, to_ms), whole UTC days."""

    from_ms: int
    to_ms: int


def range_of(period: Period, now_ms: int, oldest_ms: int) -> Range:
    """A period that ends with today; `all` begins with the day of `oldest_ms`."""
    end_ms = now_ms - now_ms % DAY_MS + DAY_MS
    if period == "all":
        return Range(min(oldest_ms - oldest_ms % DAY_MS, end_ms - DAY_MS), end_ms)
    return Range(end_ms - _DAYS[period] * DAY_MS, end_ms)


def range_of_dates(from_date: str, to_date: str, otherwise: Range) -> Range:
    """The days a caller names, both included; an end that is not named is that of the period."""
    start = _day_ms("from_date", from_date) if from_date else otherwise.from_ms
    end = _day_ms("to_date", to_date) + DAY_MS if to_date else otherwise.to_ms
    if start >= end:
        raise Invalid("from_date", "must not lie behind `to_date`")
    return Range(start, end)


def series_range(wanted: Range, granularity: Granularity) -> Range:
    """The newest part of a range that one series can hold."""
    days_max = limits.SERIES_HOURS_MAX // 24 if granularity == "hour" else limits.SERIES_DAYS_MAX
    return Range(max(wanted.from_ms, wanted.to_ms - days_max * DAY_MS), wanted.to_ms)


def points(series: Sequence[SeriesPoint]) -> list[Point]:
    """Scans of people over time."""
    return [Point(always_time(each.start_ms), each.counts.human) for each in series]


def change_percent(answer: SummaryAnswer) -> float:
    """Against the range before; what came from nothing grew by 100 %."""
    before = answer.previous.human if answer.previous else 0
    if not before:
        return 100.0 if answer.human else 0.0
    return round((answer.human - before) / before * 100, 1)


def countries(answer: BreakdownAnswer) -> list[CountryShare]:
    """Scans by country, most first."""
    return [
        CountryShare(country=country_name(code), country_code=code, scans=scans, percentage=share)
        for code, scans, share in _shares(answer)
    ]


def devices(by_device: BreakdownAnswer, by_browser: BreakdownAnswer, by_os: BreakdownAnswer) -> DevicesOut:
    """Scans by what people scan with, most first."""
    return DevicesOut(
        device_shares(by_device),
        [BrowserShare(name or _UNKNOWN, scans, share) for name, scans, share in _shares(by_browser)],
        [OsShare(name or _UNKNOWN, scans, share) for name, scans, share in _shares(by_os)],
    )


def device_shares(answer: BreakdownAnswer) -> list[DeviceShare]:
    """Scans by kind of device, most first."""
    return [DeviceShare(name or _UNKNOWN, scans, share) for name, scans, share in _shares(answer)]


def country_name(code: str) -> str:
    """A country's English name (CLDR), the code itself where it has none."""
    return _names().get(code, code) if code else "Unknown"


@cache
def _names() -> dict[str, str]:
    return dict(Locale("en").territories)


def _shares(answer: BreakdownAnswer) -> list[tuple[str, int, float]]:
    whole = max(answer.overall.human, 1)
    return [
        (row.values[0], row.counts.human, round(100 * row.counts.human / whole, 1))
        for row in answer.rows
        if row.counts.human
    ]


def _day_ms(field: str, text: str) -> int:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as error:
        raise Invalid(field, "is no date, such as 2026-03-21") from error
    return time_to_ms(field, day.isoformat())
