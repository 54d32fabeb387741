"""Wall clocks: the remembered offset must never differ from what zoneinfo says."""

import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.rules import zones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000
# Half-hour summer time, 45-minute offsets, a skipped day, Ramadan, changes at 00:01 local, both hemispheres.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Gaza",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kathmandu",
    "UTC",
]


def naive_minute(zone: str, at_ms: int) -> int:
    """Ask zoneinfo, for every instant anew."""
    offset = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return (at_ms // 1000 + int(offset.total_seconds())) // 60


def transitions_ms(zone: str, first_year: int, last_year: int) -> list[int]:
    """Find each change of offset by looking at every hour and then at every second's half."""
    info = ZoneInfo(zone)
    at = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(last_year, 1, 1, tzinfo=UTC)
    found, offset = [], at.astimezone(info).utcoffset()
    while at < end:
        following = at + timedelta(hours=1)
        next_offset = following.astimezone(info).utcoffset()
        if next_offset != offset:
            low, high = at, following
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if middle.astimezone(info).utcoffset() == offset else (low, middle)
            found.append(int(high.timestamp()) * 1000)
        at, offset = following, next_offset
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_clock_is_exact_around_every_change_of_offset(zone: str) -> None:
    """An office-hours rule that is an hour off for one night sends people to a closed door."""
    clock = zones.clock(zone)
    edges = transitions_ms(zone, 2010, 2012) + transitions_ms(zone, 2026, 2029)
    instants = [
        edge + step
        for edge in edges
        for step in (-6 * HOUR_MS, -60_000, -1000, -1, 0, 1, 60_000, 6 * HOUR_MS)
    ]
    assert [clock(at_ms) for at_ms in instants] == [naive_minute(zone, at_ms) for at_ms in instants]
    backwards = instants[::-1]
    assert [clock(at_ms) for at_ms in backwards] == [naive_minute(zone, at_ms) for at_ms in backwards]


@given(st.sampled_from(ZONES), st.integers(0, 7_258_118_400_000))
def test_clock_equals_zoneinfo_at_any_instant(zone: str, at_ms: int) -> None:
    """The cache is an optimisation, so it must be invisible."""
    assert zones.clock(zone)(at_ms) == naive_minute(zone, at_ms)


def test_no_zone_changes_its_offset_twice_within_a_block() -> None:
    """The search for a constant span rests on this; a new tzdata that breaks it must fail here."""
    root = files("tzdata.zoneinfo")
    names = (files("tzdata") / "zones").read_text().split()
    shortest = min(
        later - earlier
        for name in names
        for earlier, later in pairwise(offset_changes((root / name).read_bytes()))
    )
    assert len(names) > 500
    assert shortest > zones._BLOCK_S


def offset_changes(data: bytes) -> Iterator[int]:
    """Read when a TZif file changes the offset since 1970, from its version 2 part (RFC 8536 §3.1)."""
    isut, isstd, leap, times, types, chars = struct.unpack(">6l", data[20:44])
    start = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    _, _, _, times, types, _ = struct.unpack(">6l", data[start + 20 : start + 44])
    body = start + 44
    instants = struct.unpack(f">{times}q", data[body : body + 8 * times])
    kinds = data[body + 8 * times : body + 9 * times]
    table = body + 9 * times
    offsets = [struct.unpack(">l", data[table + 6 * i : table + 6 * i + 4])[0] for i in range(types)]
    before = offsets[0]
    for instant, kind in zip(instants, kinds, strict=True):
        if offsets[kind] != before and instant >= 0:
            yield instant
        before = offsets[kind]


def test_clock_beyond_the_calendar_still_answers() -> None:
    """A broken clock at an edge must not break its redirects."""
    clock = zones.clock("Europe/Berlin")
    far = 10**18
    assert clock(far) == (far // 1000 + 3600) // 60
    assert clock(-far) == (-far // 1000 + 3600) // 60
    assert zones.local_date(clock(far)).year == 9998
    assert zones.local_date(clock(-far)) == date(1969, 12, 31)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a" * 300, "\0"]
)
def test_names_that_are_no_zone_are_refused_in_one_way(name: str) -> None:
    """Zone names come from strangers; whatever zoneinfo makes of them, callers see one error."""
    with pytest.raises(zones.UnknownZone) as caught:
        zones.clock(name)
    assert caught.value.zone == name


def test_week_starts_on_sunday() -> None:
    """Days count from 0 = Sunday in every vendor's dialect."""
    sunday = naive_minute("UTC", 1_767_484_800_000)  # 2026-01-04T00:00:00Z
    assert zones.minute_of_week(sunday) == 0
    assert zones.minute_of_week(sunday - 1) == zones.WEEK_MINUTES - 1
    assert zones.local_date(sunday) == date(2026, 1, 4)
