"""An event as an iCalendar file (RFC 5545)."""

from datetime import UTC, date, datetime, timedelta

from waypost.redirect.pages.folding import escaped, folded
from waypost.wire.content.event import Event
from waypost.wire.content.fields import is_web_url

PRODUCT = "-//Waypost//Pages//EN"


def event_file(event: Event, uid: str, at_ms: int) -> bytes:
    """The file. `uid` stays the same for the same event, so that a second download updates the first.

    `at_ms` (Unix milliseconds) is when the file is made. Times are written in UTC: they say the same
    instant in every calendar, and no zone table has to travel with them. The last of several whole days
    is included (DTEND is the day after it).
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{escaped(uid)}",
        f"DTSTAMP:{_utc(datetime.fromtimestamp(at_ms / 1000, UTC))}",
        *_times(event),
        f"SUMMARY:{escaped(event.title)}",
    ]
    place = ", ".join(filter(None, (event.location, event.address)))
    for name, value in (("LOCATION", place), ("DESCRIPTION", event.description)):
        if value:
            lines.append(f"{name}:{escaped(value)}")
    if is_web_url(event.url):
        lines.append(f"URL:{event.url}")
    lines.append(f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}")
    return folded([*lines, "END:VEVENT", "END:VCALENDAR"])


def _times(event: Event) -> list[str]:
    if event.all_day:
        last = date.fromisoformat(event.ends_at or event.starts_at) + timedelta(days=1)
        return [
            f"DTSTART;VALUE=DATE:{event.starts_at.replace('-', '')}",
            f"DTEND;VALUE=DATE:{last:%Y%m%d}",
        ]
    lines = [f"DTSTART:{_utc(datetime.fromisoformat(event.starts_at))}"]
    if event.ends_at:
        lines.append(f"DTEND:{_utc(datetime.fromisoformat(event.ends_at))}")
    return lines


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
