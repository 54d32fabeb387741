"""Steps of time series in any zone, held against a walk through local dates."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waypost.analytics.reports.calendar import DAY_MS, HOUR_MS, offset_ms, offsets, starts, step_of, zone_of
from waypost.analytics.reports.refusal import Refused
from waypost.wire.queries import Granularity

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
]
GRANULARITIES: list[Granularity] = ["hour", "day", "week", "month"]


def ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]  # numbers of a date


@given(
    st.sampled_from(ZONES),
    st.sampled_from(GRANULARITIES),
    st.integers(ms(2005, 1, 1), ms(2030, 1, 1)),
    st.integers(1, 40 * DAY_MS),
)
@example("Australia/Lord_Howe", "hour", ms(2018, 2, 19, 14, 30) + 1, 40 * DAY_MS)
@example("Australia/Lord_Howe", "hour", ms(2018, 3, 31, 10), DAY_MS)
@example("Australia/Lord_Howe", "hour", ms(2018, 3, 31, 15, 10), DAY_MS)
@example("Australia/Lord_Howe", "hour", ms(2018, 10, 6, 10), DAY_MS)
@example("Australia/Lord_Howe", "hour", ms(2018, 10, 6, 15, 40), DAY_MS)
def test_every_instant_lies_in_the_step_that_begins_last_before_it(
    name: str, granularity: Granularity, from_ms: int, length_ms: int
) -> None:
    """SQL finds the step by arithmetic, the answer lists steps by dates: they must be the same steps."""
    zone = zone_of(name)
    steps = starts(zone, from_ms, from_ms + length_ms, granularity, 5000)
    assert steps[0][1] <= from_ms
    assert [at_ms for _, at_ms in steps] == sorted({at_ms for _, at_ms in steps})
    assert len({step for step, _ in steps}) == len(steps)
    pieces = offsets(zone, from_ms, from_ms + length_ms)
    for index in range(40):
        at_ms = from_ms + length_ms * index // 40
        offset = [offset for since, offset in pieces if since <= at_ms][-1]
        assert offset == offset_ms(zone, at_ms)
        expected = [step for step, start in steps if start <= at_ms][-1]
        assert step_of(at_ms + offset, at_ms, granularity) == expected


def test_days_of_a_change_of_clocks_have_23_and_25_hours() -> None:
    """A chart that loses an hour a year is wrong on the day people look closest."""
    berlin = ZoneInfo("Europe/Berlin")
    for first, hours in [((2026, 3, 28, 23), 23), ((2026, 10, 24, 22), 25)]:
        days = starts(berlin, ms(*first), ms(*first) + 2 * DAY_MS, "day", 10)
        assert (days[1][1] - days[0][1]) // HOUR_MS == hours
        assert len(starts(berlin, days[0][1], days[1][1], "hour", 50)) == hours


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    """As calendars on walls do (ISO 8601)."""
    zone = ZoneInfo("America/New_York")
    for _, at_ms in starts(zone, ms(2026, 1, 1), ms(2026, 12, 1), "week", 60):
        local = datetime.fromtimestamp(at_ms / 1000, zone)
        assert (local.weekday(), local.hour, local.minute) == (0, 0, 0)
    months = starts(zone, ms(2026, 1, 15), ms(2026, 12, 1), "month", 60)
    assert [datetime.fromtimestamp(at_ms / 1000, zone).day for _, at_ms in months] == [1] * 11


def test_unknown_zone_and_too_many_points_are_refused() -> None:
    """A caller's mistake must be named, and a chart is bounded."""
    with pytest.raises(Refused, match="IANA"):
        zone_of("Mars/Olympus")
    with pytest.raises(Refused, match="coarser"):
        starts(UTC, 0, 10**13, "hour", 100)
    assert timedelta(milliseconds=offset_ms(zone_of("Asia/Kolkata"), 0)) == timedelta(hours=5, minutes=30)
