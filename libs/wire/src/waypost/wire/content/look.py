"""What every content has: its language and its look, and the profiles that several kinds share."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from waypost.wire.content.fields import (
    Colour,
    FontStack,
    Image,
    Language,
    Line,
    RequiredLink,
    RequiredName,
    one_of,
)
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

FONTS = ("system", "arial", "helvetica", "verdana", "georgia", "times", "courier")
"""Families that visitors have already: pages load no font from anywhere."""

FONT_STYLES = ("usual", "plain", "bold", "italic", "bold-italic")
BORDER_STYLES = ("solid", "dashed", "dotted", "double", "groove", "ridge")
FONT_PX_MAX = 96
BORDER_PX_MAX = 40
COVER_PLACES = ("full", "top", "bottom")
BADGE_SHAPES = ("circle", "square", "rounded")

Platform = Annotated[str, one_of(PLATFORMS)]


FontPx = Annotated[int, Meta(ge=0, le=FONT_PX_MAX)]


class Look(Struct, frozen=True, omit_defaults=True):
    """A theme, and the author's own colours on top. Text colours follow from them, always readable."""

    theme: Annotated[str, one_of(THEMES)] = "auto"
    accent: Colour = ""
    background: Colour = ""
    background_to: Colour = ""
    """What the background fades to, from top to bottom."""
    surface: Colour = ""
    """The ground of cards, with a background; one that text could not be read on is left out."""
    square: bool = False
    """Cards and buttons with corners."""
    title_font: Annotated[str, one_of(FONTS)] = "system"
    body_font: Annotated[str, one_of(FONTS)] = "system"
    button_font: Annotated[str, one_of(FONTS)] = "system"
    title_stack: FontStack = ""
    """Families before the one above, of which a visitor sees the first that their device has; here and below."""
    body_stack: FontStack = ""
    button_stack: FontStack = ""
    title_size_px: FontPx = 0
    """0 is the usual size, here and below; very small and very large ones are brought to what can be read."""
    body_size_px: FontPx = 0
    button_size_px: FontPx = 0
    title_style: Annotated[str, one_of(FONT_STYLES)] = "usual"
    body_style: Annotated[str, one_of(FONT_STYLES)] = "usual"
    button_style: Annotated[str, one_of(FONT_STYLES)] = "usual"
    title_color: Colour = ""
    """Moved towards black or white as far as its ground asks for, as all colours of text are."""
    body_color: Colour = ""
    button_color: Colour = ""
    icon_color: Colour = ""
    border_color: Colour = ""
    border_style: Annotated[str, one_of(BORDER_STYLES)] = "solid"
    border_px: Annotated[int, Meta(ge=0, le=BORDER_PX_MAX)] = 0
    cover: Image = ""
    """A picture behind the page, under a veil of the background."""
    cover_place: Annotated[str, one_of(COVER_PLACES)] = "full"
    badge: Image = ""
    """A picture above the page."""
    badge_shape: Annotated[str, one_of(BADGE_SHAPES)] = "circle"
    footer_logo: Image = ""


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
    back: Button | None = None
    """A way back, below everything else."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield (path of the field, what is wrong) for fields that do not go together."""
        yield from ()


Profiles = Annotated[tuple[Profile, ...], Meta(max_length=PROFILES_MAX)]
