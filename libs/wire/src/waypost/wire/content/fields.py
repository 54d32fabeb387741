"""The types of single fields: each has a bound and, where one is needed, the name of its format.

A format is judged by `waypost.wire.content.check` when a person writes a content. Decoding at the
edge judges shape only, so that an older edge can read what a newer control allows.
"""

import re
from datetime import date, datetime
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from msgspec import Meta

from waypost.wire.content import limits
from waypost.wire.content.pattern import is_pattern
from waypost.wire.destination import is_safe

LINK_SCHEMES = ("https:", "http:", "mailto:", "tel:", "sms:")
"""Where a link on a page may lead."""

STEP = "step"
"""The parameter that names the next step inside of a link."""

_STEP = re.compile(rf"\?{STEP}=[A-Za-z0-9_.-]{{1,64}}\Z")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-/]{1,30}\Z")
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]+\Z")
_FAMILY = r"([A-Za-z_-][A-Za-z0-9 _-]{0,63}|\"[A-Za-z0-9 _-]{1,64}\"|'[A-Za-z0-9 _-]{1,64}')"
_FONT_STACK = re.compile(rf"{_FAMILY}(\s?,\s?{_FAMILY}){{0,9}}\Z")
# C0 and C1 controls, lone surrogates, and the overrides that make text read other than it is.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def is_web_url(value: str) -> bool:
    """True for an http(s) address that may stand in a header or an attribute."""
    return value.startswith(("https://", "http://")) and value.isascii() and is_safe(value.encode())


def is_link(value: str) -> bool:
    """True for what a link on a page may point at."""
    if is_step(value):
        return True
    return value.startswith(LINK_SCHEMES) and value.isascii() and is_safe(value.encode())


def is_step(value: str) -> bool:
    """True for the next step inside of the same link, which a rule with this query answers."""
    return _STEP.match(value) is not None


def is_image(value: str) -> bool:
    """True for a path on the edge's own origin, or an https address (shown only from allowed origins)."""
    if ".." in value:
        return False
    return _OWN_PATH.match(value) is not None or (value.startswith("https://") and is_web_url(value))


def is_font_stack(value: str) -> bool:
    """True for up to ten families as CSS lists them, of letters, digits, spaces and dashes."""
    return _FONT_STACK.match(value) is not None


def is_moment(value: str) -> bool:
    """True for an RFC 3339 time with its offset."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def is_date(value: str) -> bool:
    """True for YYYY-MM-DD."""
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(value: str) -> bool:
    """True for an IANA time zone."""
    return value in _zones()


FORMATS = {
    "web_url": (is_web_url, "must be an http or https address in ASCII form"),
    "link": (is_link, "must be an http, https, mailto, tel or sms address in ASCII form, or `?step=NAME`"),
    "image": (is_image, "must be a path on this host or an https address"),
    "moment": (is_moment, "must be a time with its offset, as in 2026-06-06T19:00:00+02:00"),
    "date": (is_date, "must be a date, as in 2026-06-06"),
    "moment_or_date": (
        lambda value: is_moment(value) or is_date(value),
        "must be a date, or a time with its offset",
    ),
    "zone": (is_zone, "must be an IANA time zone, as in Europe/Berlin"),
    "colour": (lambda value: _COLOUR.match(value) is not None, "must be a colour, as in #1a73e8"),
    "font_stack": (is_font_stack, "must be up to ten font families, as in Inter, 'Segoe UI', sans-serif"),
    "language": (
        lambda value: _LANGUAGE.match(value) is not None,
        "must be a language tag, as in en or pt-BR",
    ),
    "email": (lambda value: _EMAIL.match(value) is not None, "must be an e-mail address"),
    "phone": (lambda value: _PHONE.match(value) is not None, "must be a phone number"),
    "identifier": (lambda value: _IDENTIFIER.match(value) is not None, "must match [a-z0-9][a-z0-9_-]*"),
    "pattern": (is_pattern, "must be a regular expression that RE2 knows: nothing is looked ahead or behind"),
    "currency": (lambda value: _CURRENCY.match(value) is not None, "must be an ISO 4217 code, as in EUR"),
}
"""Format to its judge and to what the judge wants. An empty optional field is not judged."""


def has_hidden_characters(value: str) -> bool:
    """True when text holds characters that nobody sees: controls, surrogates, direction overrides."""
    return _HIDDEN.search(value) is not None


Name = Annotated[str, Meta(max_length=limits.NAME_CHARACTERS_MAX)]
RequiredName = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARACTERS_MAX)]
Line = Annotated[str, Meta(max_length=limits.LINE_CHARACTERS_MAX)]
RequiredLine = Annotated[str, Meta(min_length=1, max_length=limits.LINE_CHARACTERS_MAX)]
Paragraph = Annotated[str, Meta(max_length=limits.PARAGRAPH_CHARACTERS_MAX)]
Text = Annotated[str, Meta(max_length=limits.TEXT_CHARACTERS_MAX)]
RequiredText = Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CHARACTERS_MAX)]
Price = Annotated[str, Meta(max_length=limits.PRICE_CHARACTERS_MAX)]
Code = Annotated[str, Meta(max_length=limits.CODE_CHARACTERS_MAX)]

WebUrl = Annotated[str, Meta(max_length=limits.URL_CHARACTERS_MAX, extra={"format": "web_url"})]
RequiredWebUrl = Annotated[
    str, Meta(min_length=1, max_length=limits.URL_CHARACTERS_MAX, extra={"format": "web_url"})
]
RequiredLink = Annotated[
    str, Meta(min_length=1, max_length=limits.URL_CHARACTERS_MAX, extra={"format": "link"})
]
Link = Annotated[str, Meta(max_length=limits.URL_CHARACTERS_MAX, extra={"format": "link"})]
Image = Annotated[str, Meta(max_length=limits.URL_CHARACTERS_MAX, extra={"format": "image"})]
RequiredImage = Annotated[
    str, Meta(min_length=1, max_length=limits.URL_CHARACTERS_MAX, extra={"format": "image"})
]
Email = Annotated[str, Meta(max_length=limits.EMAIL_CHARACTERS_MAX, extra={"format": "email"})]
Phone = Annotated[str, Meta(max_length=limits.PHONE_CHARACTERS_MAX, extra={"format": "phone"})]
Pattern = Annotated[str, Meta(max_length=limits.PATTERN_CHARACTERS_MAX, extra={"format": "pattern"})]
Colour = Annotated[str, Meta(max_length=7, extra={"format": "colour"})]
FontStack = Annotated[str, Meta(max_length=limits.FONT_STACK_CHARACTERS_MAX, extra={"format": "font_stack"})]
Language = Annotated[str, Meta(max_length=limits.LANGUAGE_TAG_CHARACTERS_MAX, extra={"format": "language"})]
Moment = Annotated[str, Meta(max_length=limits.MOMENT_CHARACTERS_MAX, extra={"format": "moment"})]
Date = Annotated[str, Meta(max_length=10, extra={"format": "date"})]
MomentOrDate = Annotated[
    str, Meta(max_length=limits.MOMENT_CHARACTERS_MAX, extra={"format": "moment_or_date"})
]
RequiredMomentOrDate = Annotated[
    str, Meta(min_length=1, max_length=limits.MOMENT_CHARACTERS_MAX, extra={"format": "moment_or_date"})
]
Zone = Annotated[str, Meta(max_length=64, extra={"format": "zone"})]
Identifier = Annotated[str, Meta(max_length=32, extra={"format": "identifier"})]
RequiredIdentifier = Annotated[str, Meta(min_length=1, max_length=32, extra={"format": "identifier"})]
Currency = Annotated[str, Meta(max_length=3, extra={"format": "currency"})]


def one_of(names: tuple[str, ...]) -> Meta:
    """The bound of a field that takes one of `names`. At the edge, an unknown name is text like any other."""
    return Meta(
        max_length=limits.NAME_CHARACTERS_MAX,
        extra={"one_of": names},
        extra_json_schema={"enum": list(names)},
    )
