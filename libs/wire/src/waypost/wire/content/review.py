"""A request for a review. Every number of stars leads to the same place: nobody is filtered out."""

from waypost.wire.content.fields import Image, Line, Name, Paragraph, RequiredWebUrl
from waypost.wire.content.look import Content, Profiles


class Review(Content, frozen=True, omit_defaults=True, kw_only=True):
    """`place_url` is where the review is written; `links` are further sites."""

    place_url: RequiredWebUrl
    name: Name = ""
    question: Line = ""
    text: Paragraph = ""
    logo: Image = ""
    links: Profiles = ()
