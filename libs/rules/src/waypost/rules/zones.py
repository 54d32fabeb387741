"""Wall clocks: from an instant to the local minute, as fast as an addition.

`ZoneInfo` answers in about 0.4 µs; its offset holds for months, so a clock remembers the span of
time over which the last answer is constant.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from waypost.rules.limits import ZONES_INTERNED_MAX

Clock: TypeAlias = Callable[[int], int]
"""From Unix milliseconds to whole minutes of local wall-clock time since 1970-01-01T00:00."""

DAY_MINUTES = 1440
WEEK_MINUTES = 7 * DAY_MINUTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 4  # 1970-01-01 was a Thursday, and 0 is Sunday
_BLOCK_S = 21_600
_FIRST_S = 0
_LAST_S = int((datetime(9998, 12, 30, tzinfo=UTC) - _EPOCH).total_seconds())


class UnknownZone(ValueError):
    """The time zone database has no zone of this name."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"unknown time zone {zone!r}")
        self.zone = zone


@lru_cache(maxsize=ZONES_INTERNED_MAX)
def clock(name: str) -> Clock:
    """Give the clock of an IANA zone; every rule of the process shares it.

    Instants outside the years 1970 to 9998 are read with the offset of the nearest year inside.
    Raises UnknownZone.
    """
    zone = _zone(name)
    span = (0, 0, 0)

    def local_minute(at_ms: int) -> int:
        nonlocal span
        at_s = at_ms // 1000
        begin, end, offset_s = span
        if not begin <= at_s < end:
            span = _constant_span(zone, at_s)
            offset_s = span[2]
        return (at_s + offset_s) // 60

    return local_minute


def minute_of_week(local_minute: int) -> int:
    """Minutes since Sunday 00:00 of the local week."""
    return (local_minute + _EPOCH_WEEKDAY * DAY_MINUTES) % WEEK_MINUTES


def local_date(local_minute: int) -> date:
    """Give the calendar day, kept within 1969-12-31 (1970 began later in the west) and 9998."""
    day = min(max(local_minute // DAY_MINUTES, -1), _LAST_S // 86_400)
    return date.fromordinal(day + _EPOCH_ORDINAL)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        # The three ways in which zoneinfo says no: not found, not a key, a directory or over-long name.
        raise UnknownZone(name) from error


def _offset_s(zone: ZoneInfo, at_s: int) -> int:
    offset = (_EPOCH + timedelta(seconds=at_s)).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _constant_span(zone: ZoneInfo, at_s: int) -> tuple[int, int, int]:
    """Give `begin, end, offset` in seconds with one offset in `[begin, end)`, around `at_s`.

    Looks at one block of six hours, in which no zone changes its offset twice (a test reads all of
    tzdata for that), and halves it when the offset differs at its ends.
    """
    inside_s = min(max(at_s, _FIRST_S), _LAST_S)
    begin = inside_s - inside_s % _BLOCK_S
    end = begin + _BLOCK_S
    before, after = _offset_s(zone, begin), _offset_s(zone, end)
    if before == after:
        return begin, end, before
    low, high = begin, end
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_s(zone, middle) == before:
            low = middle
        else:
            high = middle
    return (begin, high, before) if inside_s < high else (high, end, after)
