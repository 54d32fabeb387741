"""Figures in sentences. No model writes them: the same figures always give the same words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from waypost.control.dialects.linkbreakers.mapping.analytics import Steps, percent

_NAMED_MAX = 3
_DAY_MS = 86_400_000
_WORDS = {
    "hour_of_day": "hour of the day",
    "link": "link",
    "device": "device",
    "os": "platform",
    "visit": "visit",
}


class Summary(Struct, frozen=True):
    """What is said of a widget, and of how many scans."""

    text: str
    scans: int


def of_ranks(native: str, ranks: Sequence[tuple[str, int]], scans: int) -> Summary:
    """The commonest values of a dimension, most first."""
    if not scans:
        return _nothing()
    word = _WORDS.get(native, native)
    named = [f"{_named(native, value)} ({percent(count, scans)} %)" for value, count in ranks[:_NAMED_MAX]]
    text = f"{_scans(scans)}. By {word}: {', '.join(named)}."
    if len(ranks) > _NAMED_MAX:
        text += f" {len(ranks) - _NAMED_MAX} more share the rest."
    return Summary(text, scans)


def of_steps(steps: Steps, scans: int, zone: str) -> Summary:
    """The highest step of a line, and how its second half compares with its first."""
    counted = sum(count for _, count, _ in steps)
    if not counted:
        return (
            _nothing() if not scans else Summary(f"{_scans(scans)}, none of them in the time shown.", scans)
        )
    begins_ms, most, _ = max(steps, key=lambda step: step[1])
    width_ms = steps[1][0] - steps[0][0] if len(steps) > 1 else _DAY_MS
    begins = datetime.fromtimestamp(begins_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    when = f"{begins:%Y-%m-%d}" if width_ms >= _DAY_MS else f"{begins:%Y-%m-%d %H:%M}"
    text = f"{_scans(counted)}; most of them, {most}, from {when}."
    half = len(steps) // 2
    before, after = (sum(count for _, count, _ in part) for part in (steps[:half], steps[-half or None :]))
    if half and before:
        change = round(100 * (after - before) / before)
        text += f" The second half has {abs(change)} % {'more' if change >= 0 else 'fewer'} than the first."
    return Summary(text, counted)


def _nothing() -> Summary:
    return Summary("No scans yet.", 0)


def _scans(count: int) -> str:
    return f"{count} scan{'' if count == 1 else 's'}"


def _named(native: str, value: str) -> str:
    return f"{int(value):02}:00" if native == "hour_of_day" else value or "unknown"
