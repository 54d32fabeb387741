"""Themes as CSS custom properties. Whatever colours an author picks, text stays readable."""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from waypost.redirect.pages.colours import (
    BLACK,
    WHITE,
    Colour,
    contrast,
    ink_on,
    is_dark,
    mixed,
    parsed,
    readable,
    toned,
    written,
)
from waypost.wire.content.fields import is_font_stack
from waypost.wire.content.look import BORDER_PX_MAX, BORDER_STYLES, Look

LOOKS_KEPT_MAX = 1_024
"""Looks whose style is remembered: finding readable colours costs more than the rest of a page."""

_SIZES_PX = {"title": (14, 64), "body": (12, 28), "button": (12, 28)}
"""What can be read, and still fits a phone."""

_STYLES = {
    "plain": ("normal", 400),
    "bold": ("normal", 700),
    "italic": ("italic", 400),
    "bold-italic": ("italic", 700),
}
_EASY_CONTRAST = 7.0
_CODE = re.compile(r"#[0-9a-fA-F]{6}\Z")


class Theme(Struct, frozen=True):
    """The page's ground from top to bottom, the ground of cards, the accent."""

    top: str
    bottom: str
    surface: str
    accent: str


LIGHT = Theme("#eef1f8", "#f7f8fb", "#ffffff", "#4353e0")
DARK = Theme("#12141d", "#0c0d13", "#1a1d28", "#8f9bff")
THEMES = {
    "light": LIGHT,
    "dark": DARK,
    "ocean": Theme("#d9f0f4", "#eef8fa", "#ffffff", "#0b7285"),
    "forest": Theme("#16281f", "#0e1a14", "#1d3328", "#7fd6a0"),
    "sunset": Theme("#ffe3d3", "#ffd0d9", "#fffaf7", "#c2334d"),
    "midnight": Theme("#1b1740", "#0a0920", "#27225a", "#b9a7ff"),
    "rose": Theme("#fce4ec", "#fdf3f6", "#ffffff", "#b3245e"),
    "sand": Theme("#efe6d8", "#f7f2ea", "#fffdf9", "#8a5a1e"),
    "mono": Theme("#ffffff", "#f1f1f1", "#ffffff", "#111111"),
}


FONTS = {
    "arial": "Arial,sans-serif",
    "helvetica": "Helvetica,Arial,sans-serif",
    "verdana": "Verdana,Geneva,sans-serif",
    "georgia": "Georgia,serif",
    "times": '"Times New Roman",Times,serif',
    "courier": '"Courier New",Courier,monospace',
}
"""Families by their name in a look; what is not among them is the system's own."""


@lru_cache(LOOKS_KEPT_MAX)
def theme_css(look: Look) -> str:
    """The `:root` rules of a look. Colours that are not `#rrggbb` are left out, unknown themes are `auto`."""
    return _colours(look) + _shapes(look)


class Inks(Struct, frozen=True):
    """The author's own colours of text and lines; "" takes what follows from the theme."""

    title: str
    body: str
    button: str
    icon: str
    border: str


NO_INKS = Inks("", "", "", "", "")


def _colours(look: Look) -> str:
    accent = _code(look.accent)
    own = (look.title_color, look.body_color, look.button_color, look.icon_color, look.border_color)
    inks = Inks(*map(_code, own))
    if _CODE.match(look.background):
        return _rule(_on_own_ground(look, accent), inks)
    if look.theme in THEMES:
        return _rule(_with_accent(THEMES[look.theme], accent), inks)
    dark = _rule(_with_accent(DARK, accent), inks)
    return f"{_rule(_with_accent(LIGHT, accent), inks)}@media (prefers-color-scheme:dark){{{dark}}}"


def _shapes(look: Look) -> str:
    """Fonts, corners and borders, where they are not the usual ones."""
    tokens = [*_font("title", look.title_font, look.title_stack, look.title_size_px, look.title_style)]
    tokens += _font("body", look.body_font, look.body_stack, look.body_size_px, look.body_style)
    tokens += _font("button", look.button_font, look.button_stack, look.button_size_px, look.button_style)
    if look.square:
        tokens += ["--card-radius:0", "--button-radius:0"]
    if 0 < look.border_px <= BORDER_PX_MAX and look.border_style in BORDER_STYLES:
        tokens.append(f"--card-border:{look.border_px}px {look.border_style}")
    return f":root{{{';'.join(tokens)}}}" if tokens else ""


def _font(name: str, family: str, stack: str, size_px: int, style: str) -> Iterator[str]:
    if is_font_stack(stack):
        yield f"--{name}-font:{stack},{FONTS.get(family, 'system-ui,sans-serif')}"
    elif family in FONTS:
        yield f"--{name}-font:{FONTS[family]}"
    if size_px:
        low, high = _SIZES_PX[name]
        yield f"--{name}-size:{min(max(size_px, low), high) / 16:g}rem"
    if style in _STYLES:
        slant, weight = _STYLES[style]
        yield f"--{name}-slant:{slant}"
        yield f"--{name}-weight:{weight}"


def _code(colour: str) -> str:
    return colour if _CODE.match(colour) else ""


def _with_accent(theme: Theme, accent: str) -> Theme:
    return Theme(theme.top, theme.bottom, theme.surface, accent or theme.accent)


def _on_own_ground(look: Look, accent: str) -> Theme:
    """A theme around one or two colours. Cards stand out by a shade that leaves the text its contrast."""
    background = look.background
    ground = parsed(background)
    surface = mixed(ground, WHITE, 0.08 if is_dark(ground) else 0.6)
    if contrast(ink_on(ground), surface) < _EASY_CONTRAST:
        surface = mixed(ground, BLACK, 0.16)
    if _CODE.match(look.surface) and _reads_as(ground, parsed(look.surface)):
        surface = parsed(look.surface)
    bottom = background
    if _CODE.match(look.background_to) and _reads_as(ground, parsed(look.background_to)):
        bottom = look.background_to
    own_accent = accent or written(mixed(ground, ink_on(ground), 0.75))
    return Theme(background, bottom, written(surface), own_accent)


def _reads_as(ground: Colour, other: Colour) -> bool:
    """Whether what is written on a ground can be read as easily on another."""
    return contrast(ink_on(ground), other) >= _EASY_CONTRAST


def _rule(theme: Theme, inks: Inks) -> str:
    tokens = ";".join(f"--{name}:{written(colour)}" for name, colour in palette(theme, inks).items())
    scheme = "dark" if is_dark(parsed(theme.surface)) else "light"
    return f":root{{color-scheme:{scheme};{tokens}}}"


def palette(theme: Theme, inks: Inks = NO_INKS) -> dict[str, Colour]:
    """Every colour that the style sheet uses. Inks reach WCAG's 4.5 : 1 on each ground they are used on."""
    top, bottom, surface = parsed(theme.top), parsed(theme.bottom), parsed(theme.surface)
    accent = parsed(theme.accent)
    dark = is_dark(surface)
    side = ink_on(top, bottom, surface)
    tint = toned(surface, accent, 0.16 if dark else 0.1, side)
    base = mixed(WHITE, accent, 0.06) if dark else mixed(BLACK, accent, 0.12)
    glow = toned(top, accent, 0.14 if dark else 0.12, side)
    grounds = (top, bottom, surface, tint, glow)
    ink = readable(mixed(base, surface, 0.06), *grounds)
    if inks.body:
        ink = readable(parsed(inks.body), *grounds)
    accent_ink = readable(accent, *grounds)
    return {
        "top": top,
        "bottom": bottom,
        "surface": surface,
        "tint": tint,
        "line": mixed(surface, ink, 0.14),
        "ink": ink,
        "muted": readable(mixed(ink, surface, 0.42), *grounds),
        "accent": accent,
        "accent-ink": accent_ink,
        "on-accent": readable(parsed(inks.button), accent) if inks.button else ink_on(accent),
        "title-ink": readable(parsed(inks.title), *grounds) if inks.title else ink,
        "icon-ink": readable(parsed(inks.icon), *grounds) if inks.icon else accent_ink,
        "border": parsed(inks.border) if inks.border else mixed(surface, ink, 0.14),
        "glow": glow,
        "danger": readable(parsed("#d92d20"), surface, tint),
        "good": readable(parsed("#12805c"), surface, tint),
        "warm": readable(parsed("#b25e09"), surface, tint),
    }
