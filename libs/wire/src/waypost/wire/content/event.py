"""Something that happens at a time and a place."""

from collections.abc import Iterator
from datetime import date, datetime

from waypost.wire.content.fields import (
    Image,
    Line,
    MomentOrDate,
    Name,
    RequiredLine,
    RequiredMomentOrDate,
    Text,
    WebUrl,
    Zone,
)
from waypost.wire.content.look import Content


class Event(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`starts_at` and `ends_at` are both times with offset, or both dates (whole days, the last included)."""

    title: RequiredLine
    starts_at: RequiredMomentOrDate
    ends_at: MomentOrDate = ""
    timezone: Zone = ""
    """The zone in which times are shown; without it, the offset they were written with."""
    location: Line = ""
    address: Line = ""
    map_url: WebUrl = ""
    description: Text = ""
    url: WebUrl = ""
    organizer: Name = ""
    image: Image = ""
    cancelled: bool = False

    @property
    def all_day(self) -> bool:
        """True when the event is given in whole days."""
        return len(self.starts_at) == len("2026-06-06")

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Both ends of one kind, the later one later."""
        if not self.ends_at:
            return
        if self.all_day != (len(self.ends_at) == len("2026-06-06")):
            yield "ends_at", "must be a date when starts_at is one, and a time when starts_at is one"
        elif self.all_day:
            if date.fromisoformat(self.ends_at) < date.fromisoformat(self.starts_at):
                yield "ends_at", "must not lie before starts_at"
        elif datetime.fromisoformat(self.ends_at) <= datetime.fromisoformat(self.starts_at):
            yield "ends_at", "must lie after starts_at"
