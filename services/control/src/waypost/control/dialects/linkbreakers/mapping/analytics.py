"""Figures in the vendor's words. Everything counts people; robots are in no figure."""

from collections.abc import Sequence
from typing import TypeAlias

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.analytics import (
    BreakdownAnswer,
    BreakdownPoint,
    DevicePoint,
    DevicesAnswer,
    FunnelOut,
    FunnelStep,
    GeoAnswer,
    GeoPoint,
    HourPoint,
    HoursAnswer,
    SeriesOut,
    SeriesPointOut,
    TimePoint,
    TimeSeries,
    TrendPoint,
    TrendsAnswer,
)
from waypost.control.model.faults import Invalid
from waypost.wire import queries

Steps: TypeAlias = list[tuple[int, int, int]]
"""Each step of a line: when it begins, how many scans of people, how many people."""

DIMENSIONS = {
    "BROWSER": "browser",
    "PLATFORM": "os",
    "DEVICE_TYPE": "device",
    "COUNTRY": "country",
    "REGION": "region",
    "CITY": "city",
    "VISIT_TYPE": "visit",
    "LANGUAGE": "language",
    "BRAND": "brand",
}
"""The vendor's dimensions by their last words, and the native ones."""

DEVICES = {"mobile": "MOBILE", "tablet": "TABLET", "desktop": "DESKTOP"}
VISITS = {"first": "FIRST", "returning": "RETURNING"}
_PREFIXES = (
    "GROUP_BY_DIMENSION_",
    "BREAKDOWN_DIMENSION_",
    "ANALYTICS_DIMENSION_",
    "GEO_GROUP_BY_",
    "GROUP_BY_",
)
_UNKNOWN = "Unknown"


def device_type(native: str) -> str:
    """A device in the vendor's words."""
    return f"DEVICE_TYPE_{DEVICES.get(native, 'UNKNOWN')}"


def dimension(field: str, text: str, default: str) -> str:
    """The native dimension of `device_type`, `deviceType` or the enumeration's member. Raises Invalid."""
    spaced = "".join(f"_{letter}" if letter.isupper() and text != text.upper() else letter for letter in text)
    name = spaced.strip("_").upper().replace("-", "_")
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    if not name or name == "UNSPECIFIED":
        name = default
    if name not in DIMENSIONS:
        raise Invalid(field, f"is none of {', '.join(sorted(DIMENSIONS))}")
    return DIMENSIONS[name]


def code_of(native: str, value: str) -> str:
    """The code of one value: the vendor's enumeration where it has one."""
    if native == "device":
        return device_type(value)
    if native == "visit":
        return f"VISIT_TYPE_{VISITS.get(value, 'UNSPECIFIED')}"
    return value


def to_breakdown(native: str, found: queries.BreakdownAnswer) -> BreakdownAnswer:
    """A ranked table."""
    return BreakdownAnswer(
        data=[
            BreakdownPoint(
                code=code_of(native, value),
                label=value or _UNKNOWN,
                event_count=count,
                percentage=percent(count, found.overall.human),
            )
            for value, count in _people(found)
        ],
        total=found.overall.human,
    )


def to_geo(found: queries.BreakdownAnswer) -> GeoAnswer:
    """Places; one that is not known is called Unknown."""
    total = found.overall.human
    return GeoAnswer(
        data=[
            GeoPoint(location=value or _UNKNOWN, event_count=count, percentage=percent(count, total))
            for value, count in _people(found)
        ],
        total_events=total,
    )


def to_devices(found: queries.BreakdownAnswer) -> DevicesAnswer:
    """Forms of devices; what has no word of the vendor's is one row."""
    total = found.overall.human
    counts: dict[str, int] = {}
    for value, count in _people(found):
        counts[device_type(value)] = counts.get(device_type(value), 0) + count
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return DevicesAnswer(
        data=[
            DevicePoint(device_type=name, event_count=count, percentage=percent(count, total))
            for name, count in ranked
        ],
        total_events=total,
    )


def to_hours(found: queries.BreakdownAnswer) -> HoursAnswer:
    """All 24 hours, those without a scan too."""
    counts = {int(value): count for value, count in _people(found)}
    return HoursAnswer(
        data=[HourPoint(hour=hour, event_count=counts.get(hour, 0)) for hour in range(24)],
        total_events=found.overall.human,
    )


def steps_of(points: Sequence[queries.SeriesPoint], together: int) -> Steps:
    """So many hours or days of a series as one step. People are added, as they change with the day anyway."""
    groups = [points[first : first + together] for first in range(0, len(points), together)]
    return [
        (
            group[0].start_ms,
            sum(point.counts.human for point in group),
            sum(point.counts.unique for point in group),
        )
        for group in groups
    ]


def to_line(label: str, steps: Steps) -> SeriesOut:
    """One line of scans."""
    return SeriesOut(
        label=label or _UNKNOWN,
        points=[SeriesPointOut(timestamp=at(start_ms), value=scans) for start_ms, scans, _ in steps],
    )


def to_time_series(steps: Steps) -> TimeSeries:
    """A count of scans."""
    data = [TimePoint(timestamp=at(start_ms), event_count=scans) for start_ms, scans, _ in steps]
    return TimeSeries(
        data=data, total_data=sum(point.event_count for point in data), total_intervals=len(data)
    )


def to_trends(new: Steps, returning: Steps) -> TrendsAnswer:
    """New visitors are first scans of a link on a day, returning ones people who scanned it again."""
    data = [
        TrendPoint(timestamp=at(start_ms), new_visitor_count=scans, returning_visitor_count=people)
        for (start_ms, scans, _), (_, _, people) in zip(new, returning, strict=True)
    ]
    return TrendsAnswer(
        data=data,
        total_new=sum(point.new_visitor_count for point in data),
        total_returning=sum(point.returning_visitor_count for point in data),
    )


ARRIVAL = ("KIND_ENTRY", "EVENT_ACTION_LINK_VISIT")
OUTCOMES = {
    "password": ("KIND_INTERACTION", "EVENT_ACTION_PASSWORD_VERIFY"),
    "redirect": ("KIND_EXIT", "EVENT_ACTION_CLIENT_REDIRECT"),
    "fallback": ("KIND_EXIT", "EVENT_ACTION_CLIENT_REDIRECT"),
}
PAGES = {
    "vcard": ("KIND_EXIT", "EVENT_ACTION_CONTACT_CARD"),
    "form": ("KIND_INTERACTION", "EVENT_ACTION_FORM_SUBMIT"),
    "bio": ("KIND_INTERACTION", "EVENT_ACTION_MULTI_LINK"),
    "social": ("KIND_EXIT", "EVENT_ACTION_SOCIAL_LINKS_PAGE"),
    "message": ("KIND_INTERACTION", "EVENT_ACTION_MESSAGE_PAGE"),
    "thank_you": ("KIND_EXIT", "EVENT_ACTION_THANK_YOU_PAGE"),
    "media": ("KIND_EXIT", "EVENT_ACTION_OPEN_MEDIA"),
    "file": ("KIND_EXIT", "EVENT_ACTION_OPEN_MEDIA"),
}
"""Kinds of content and the steps of the vendor that they are."""

_ORDER = ("KIND_ENTRY", "KIND_INTERACTION", "KIND_EXIT")


def to_funnel(entries: int, outcomes: queries.BreakdownAnswer, page: str) -> FunnelOut:
    """What the edge answered, as steps from arrival to exit. `page` is the kind of content a link shows."""
    counts: dict[tuple[str, str], int] = {}
    for value, count in _people(outcomes):
        step = PAGES.get(page) if value == "page" else OUTCOMES.get(value)
        if step is not None:
            counts[step] = counts.get(step, 0) + count
    ranked = sorted(counts.items(), key=lambda item: (_ORDER.index(item[0][0]), -item[1]))
    steps, before = [], entries
    for (kind, action), count in [(ARRIVAL, entries), *ranked]:
        steps.append(
            FunnelStep(
                step_kind=kind,
                step_action=action,
                visits=count,
                occurrences=count,
                conversion_rate=percent(count, entries),
                drop_off_from_previous=max(0, before - count),
            )
        )
        before = count
    exits = sum(count for (kind, _), count in ranked if kind == "KIND_EXIT")
    return FunnelOut(steps=steps, entry_visits=entries, completion_rate=min(100.0, percent(exits, entries)))


def percent(part: int, whole: int) -> float:
    """A share in per cent with one decimal."""
    return round(part / whole * 100, 1) if whole else 0.0


def _people(found: queries.BreakdownAnswer) -> list[tuple[str, int]]:
    return [(row.values[0], row.counts.human) for row in found.rows if row.counts.human]
