"""What every content has: its language and its look, and the profiles that several kinds share."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from waypost.wire.content.fields import Colour, Language, Line, RequiredLink, RequiredName, one_of
from waypost.wire.content.limits import PROFILES_MAX

THEMES = ("auto", "light", "dark", "ocean", "forest", "sunset", "midnight", "rose", "sand", "mono")
"""`auto` follows the visitor's own choice of light and dark; the others are the author's choice."""

PLATFORMS = (
    "website", "email", "phone", "whatsapp", "telegram", "signal", "instagram", "facebook", "threads", "x",
    "mastodon", "bluesky", "linkedin", "xing", "youtube", "vimeo", "twitch", "tiktok", "snapchat",
    "pinterest", "spotify", "soundcloud", "applemusic", "github", "gitlab", "discord", "reddit", "medium",
    "tripadvisor", "google", "yelp", "paypal", "shop", "calendar", "location", "other",
)  # fmt: skip
"""Names with an icon of their own; the icon says what a visitor finds there, not whose brand it is."""

Platform = Annotated[str, one_of(PLATFORMS)]


class Look(Struct, frozen=True, omit_defaults=True):
    """A theme, and the author's own colours on top. Text colours follow from them, always readable."""

    theme: Annotated[str, one_of(THEMES)] = "auto"
    accent: Colour = ""
    background: Colour = ""


class Profile(Struct, frozen=True, omit_defaults=True):
    """Somewhere else where a person or a business can be found."""

    platform: Platform
    url: RequiredLink
    label: Line = ""


class Button(Struct, frozen=True, omit_defaults=True):
    """A call to action."""

    label: RequiredName
    url: RequiredLink


class Content(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The base of all kinds."""

    language: Language = "en"
    look: Look = Look()

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield (path of the field, what is wrong) for fields that do not go together."""
        yield from ()


Profiles = Annotated[tuple[Profile, ...], Meta(max_length=PROFILES_MAX)]
