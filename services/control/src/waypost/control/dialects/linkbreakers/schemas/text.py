"""Members that may be left out, null or empty; and what several groups of answers share."""

from msgspec import UNSET, Struct, UnsetType

Text = str | UnsetType | None
Flag = bool | UnsetType | None
Time = str | UnsetType | None
"""RFC 3339, read in the mapping: the generated client also writes `+0000` without a colon."""


class Csv(Struct, frozen=True, kw_only=True):
    """A page of a list as a spreadsheet reads it, for a client that reads nothing but JSON."""

    content_type: str = "text/csv"
    csv_data: str


class WordsIn(Struct, frozen=True, kw_only=True):
    """What describes a template, new or changed."""

    name: Text = UNSET
    description: Text = UNSET
    faq: Text = UNSET
    learn_more: Text = UNSET
    tags: Text = UNSET
    slug: Text = UNSET


class Words(Struct, frozen=True, kw_only=True):
    """What describes a template."""

    name: str
    slug: str
    description: str
    faq: str
    learn_more: str
    tags: str
    built_in: bool = False
