"""Hours, days, weeks and months of any IANA zone, as steps of a time series. Pure.

A zone's offset changes at a few instants only. Between them local time is UTC plus a constant, so a
database can find the step of a scan with integer arithmetic and a CASE over those instants.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from waypost.analytics.reports.refusal import Refused
from waypost.wire.queries import Granularity

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the origin of local time, which has no zone
_THURSDAY_TO_MONDAY = 3
"""1970-01-01 was a Thursday; weeks begin on Monday (ISO 8601)."""


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name. Raises Refused."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused("bad_zone", f"{name!r} is not an IANA time zone", "zone") from error


def offset_ms(zone: tzinfo, at_ms: int) -> int:
    """How far local time is ahead of UTC at an instant."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)
    return int((moment.utcoffset() or timedelta()).total_seconds() * 1000)


def offsets(zone: tzinfo, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """(instant, offset from then on) over a range; the first entry holds from its beginning."""
    found = [(from_ms, offset_ms(zone, from_ms))]
    if zone is UTC:
        return found
    for day_ms in range(from_ms + DAY_MS, to_ms + DAY_MS, DAY_MS):
        if (offset := offset_ms(zone, day_ms)) != found[-1][1]:
            low, high = day_ms - DAY_MS, day_ms
            while high - low > 1000:
                middle = (low + high) // 2000 * 1000
                if offset_ms(zone, middle) == offset:
                    high = middle
                else:
                    low = middle
            found.append((high, offset))
    return found


def step_of(local_ms: int, at_ms: int, granularity: Granularity) -> int:
    """The number of the step that an instant lies in. Hours are numbered by instants, so that the hour
    which a change of clocks repeats is two steps; the others by local dates. Where clocks move by half an
    hour, an hour of that night is half as long, or half as long again."""
    day = local_ms // DAY_MS
    match granularity:
        case "hour":
            return (at_ms + (local_ms - at_ms) % HOUR_MS) // HOUR_MS
        case "day":
            return day
        case "week":
            return (day + _THURSDAY_TO_MONDAY) // 7
        case "month":
            date = _EPOCH + timedelta(days=day)
            return date.year * 12 + date.month - 1


def starts(
    zone: tzinfo, from_ms: int, to_ms: int, granularity: Granularity, points_max: int
) -> list[tuple[int, int]]:
    """(step number, instant at which it begins) of all steps that touch a range. Raises Refused when there
    are more than `points_max`."""
    found: list[tuple[int, int]] = []
    for step, at_ms in (
        _hours(zone, from_ms, to_ms) if granularity == "hour" else _dates(zone, from_ms, granularity)
    ):
        if at_ms >= to_ms:
            break
        if len(found) >= points_max:
            raise Refused(
                "too_many", f"more than {points_max} points; take a coarser granularity", "granularity"
            )
        found.append((step, at_ms))
    return found


def _hours(zone: tzinfo, from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    """From the one that `from_ms` lies in. A change of clocks may cut an hour short, or go on in the same one."""
    pieces = offsets(zone, from_ms - 2 * HOUR_MS, to_ms)
    ends = [since for since, _ in pieces[1:]] + [to_ms]
    last: tuple[int, int] | None = None
    for (since, offset), end in zip(pieces, ends, strict=True):
        shift = offset % HOUR_MS
        for step in range((since + shift) // HOUR_MS, -(-(end + shift) // HOUR_MS)):
            at_ms = max(since, step * HOUR_MS - shift)
            if last is not None and last[0] == step:
                continue
            if last is not None and at_ms > from_ms:
                yield last
            last = step, at_ms
    if last is not None:
        yield last


def _dates(zone: tzinfo, from_ms: int, granularity: Granularity) -> Iterator[tuple[int, int]]:
    """From the one that `from_ms` lies in, without an end."""
    at_ms = _floor(zone, from_ms, granularity)
    while True:
        yield step_of(at_ms + offset_ms(zone, at_ms), at_ms, granularity), at_ms
        at_ms = _next(zone, at_ms, granularity)


def _floor(zone: tzinfo, at_ms: int, granularity: Granularity) -> int:
    local = _EPOCH + timedelta(milliseconds=at_ms + offset_ms(zone, at_ms))
    date = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if granularity == "week":
        date -= timedelta(days=date.weekday())
    elif granularity == "month":
        date = date.replace(day=1)
    return _instant(zone, date)


def _next(zone: tzinfo, at_ms: int, granularity: Granularity) -> int:
    # A day has 22 to 26 hours; landing inside the next step and going to its start is exact for all.
    inside = {"day": 36 * HOUR_MS, "week": 7 * DAY_MS + 12 * HOUR_MS, "month": 40 * DAY_MS}[granularity]
    return _floor(zone, at_ms + inside, granularity)


def _instant(zone: tzinfo, local: datetime) -> int:
    """When a local midnight is; where clocks jump over it, the first instant of that day."""
    return int(local.replace(tzinfo=zone).astimezone(UTC).timestamp() * 1000)
