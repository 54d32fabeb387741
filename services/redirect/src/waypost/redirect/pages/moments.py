"""Times as people read them. All come in as values; the catalogue gives the words."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from waypost.redirect.pages.texts import Text
from waypost.wire.content.fields import is_zone

_LAST_ON_EARTH = timezone(timedelta(hours=-12))
"""Where every day ends last."""


def shown_date(text: Text, day: date) -> str:
    """As in `Sat, 6 June 2026`."""
    return text(
        "day",
        weekday=text("weekdays").split()[day.weekday()],
        day=day.day,
        month=text("months").split()[day.month - 1],
        year=day.year,
    )


def shown_time(text: Text, moment: datetime) -> str:
    """As in `Sat, 6 June 2026, 19:00`."""
    return text("day_time", date=shown_date(text, moment.date()), time=f"{moment:%H:%M}")


def shown_instant(text: Text, at_ms: int) -> str:
    """Unix milliseconds in UTC, with the zone said."""
    return f"{shown_time(text, datetime.fromtimestamp(at_ms / 1000, UTC))} UTC"


def shown_written(text: Text, written: str) -> str:
    """A moment or date as it stands in a content; what is neither is shown as it is."""
    try:
        if len(written) == len("2026-06-06"):
            return shown_date(text, date.fromisoformat(written))
        return shown_time(text, datetime.fromisoformat(written))
    except ValueError:
        return written


def is_over(written: str, at_ms: int) -> bool:
    """Whether a moment, or a whole day wherever on earth, has passed; never for what is neither."""
    try:
        end = datetime.fromisoformat(written)
    except ValueError:
        return False
    if len(written) == len("2026-06-06"):
        end = end.replace(tzinfo=_LAST_ON_EARTH) + timedelta(days=1)
    return end.tzinfo is not None and end.timestamp() * 1000 <= at_ms


def in_zone(written: str, zone: str) -> datetime:
    """A written moment in a zone; in its own offset where the zone is empty or unknown here."""
    moment = datetime.fromisoformat(written)
    return moment.astimezone(ZoneInfo(zone)) if is_zone(zone) else moment


def shown_duration(text: Text, seconds: int) -> str:
    """As in `40 seconds` or `3 minutes`, rounded up."""
    if seconds < 60:
        return text("second") if seconds == 1 else text("seconds", count=seconds)
    minutes = -(-seconds // 60)
    return text("minute") if minutes == 1 else text("minutes", count=minutes)
