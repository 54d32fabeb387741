"""A link-in-bio page: who somebody is, and where else to find them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from waypost.wire.content.fields import (
    Identifier,
    Image,
    Line,
    Moment,
    Paragraph,
    RequiredLine,
    RequiredLink,
    RequiredName,
)
from waypost.wire.content.limits import BIO_LINKS_MAX
from waypost.wire.content.look import Content, Platform, Profiles


class BioLink(Struct, frozen=True, omit_defaults=True):
    """One button, in the order of the list. Outside of its schedule it is not shown."""

    title: RequiredLine
    url: RequiredLink
    icon: Platform | None = None
    id: Identifier = ""
    """Stays with the link when it moves, so that its clicks do; control gives one where it is empty."""
    note: Line = ""
    highlight: bool = False
    starts_at: Moment = ""
    ends_at: Moment = ""

    def is_open(self, at_ms: int) -> bool:
        """True when the schedule shows the link at a time in Unix milliseconds; the end is not included."""
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        if self.starts_at and datetime.fromisoformat(self.starts_at) > at:
            return False
        return not self.ends_at or datetime.fromisoformat(self.ends_at) > at


class Bio(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`profiles` is the row of icons below the name; `links` are the buttons."""

    title: RequiredName
    bio: Paragraph = ""
    avatar: Image = ""
    profiles: Profiles = ()
    links: Annotated[tuple[BioLink, ...], Meta(max_length=BIO_LINKS_MAX)] = ()

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """An id names one link; a schedule ends after it starts."""
        seen = set()
        for index, link in enumerate(self.links):
            if link.id and link.id in seen:
                yield f"links[{index}].id", "is used by another link of this page"
            seen.add(link.id)
            if (
                link.starts_at
                and link.ends_at
                and datetime.fromisoformat(link.ends_at) <= datetime.fromisoformat(link.starts_at)
            ):
                yield f"links[{index}].ends_at", "must lie after starts_at"


def link_name(link: BioLink, index: int) -> str:
    """What names a link in the address that counts its clicks: its id, else its place."""
    return link.id or str(index)


def click_target(bio: Bio, name: str, at_ms: int) -> str:
    """Where a click on the link called `name` leads, or "" when there is no such link now."""
    for index, link in enumerate(bio.links):
        if link_name(link, index) == name and link.is_open(at_ms):
            return link.url
    return ""
