"""The profiles of somebody on social networks."""

from typing import Annotated

from msgspec import Meta

from waypost.wire.content.fields import Image, Name, Paragraph
from waypost.wire.content.limits import PROFILES_MAX
from waypost.wire.content.look import Content, Profile


class Social(Content, frozen=True, omit_defaults=True, kw_only=True):
    """At least one profile."""

    title: Name = ""
    bio: Paragraph = ""
    avatar: Image = ""
    compact: bool = False
    """A row of icons in place of buttons with names."""
    links: Annotated[tuple[Profile, ...], Meta(min_length=1, max_length=PROFILES_MAX)]
