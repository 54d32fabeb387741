"""Short words to a visitor: a text, a coupon, a message, a thank-you."""

from typing import Annotated

from msgspec import Meta

from waypost.wire.content.fields import (
    Code,
    Image,
    MomentOrDate,
    Name,
    Paragraph,
    RequiredLine,
    RequiredText,
    Text,
)
from waypost.wire.content.limits import MESSAGE_SECONDS_MAX
from waypost.wire.content.look import Button, Content, Profiles


class PlainText(Content, frozen=True, omit_defaults=True, kw_only=True):
    """A text to read or copy. Empty lines part paragraphs; there is no mark-up."""

    title: Name = ""
    body: RequiredText
    copyable: bool = True


class Coupon(Content, frozen=True, omit_defaults=True, kw_only=True):
    """An offer with a code to show or copy."""

    offer: RequiredLine
    title: Name = ""
    description: Paragraph = ""
    code: Code = ""
    valid_until: MomentOrDate = ""
    terms: Text = ""
    logo: Image = ""
    button: Button | None = None


class Message(Content, frozen=True, omit_defaults=True, kw_only=True):
    """A few words and, perhaps, a way on."""

    title: RequiredLine
    body: Text = ""
    image: Image = ""
    button: Button | None = None
    seconds: Annotated[int, Meta(ge=0, le=MESSAGE_SECONDS_MAX)] = 0
    """How long until the page goes on as its button does, unless the visitor stops the clock; 0 is for ever."""


class ThankYou(Content, frozen=True, omit_defaults=True, kw_only=True):
    """What follows something that a visitor did."""

    title: RequiredLine
    body: Text = ""
    button: Button | None = None
    links: Profiles = ()
