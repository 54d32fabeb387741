"""Which scans a question is about: workspace, range, links, and conditions on any dimension.

Times are Unix milliseconds, ranges [from_ms, to_ms). Dimensions: link, domain, rule, variant, source
(`qr`, `link`), country, region, city, continent, language, referrer, device, os, os_version, browser,
browser_version, brand, utm_source, utm_medium, utm_campaign, utm_term, utm_content, verdict, reason, robot,
visit (`first`, `returning`, `unknown`), method, outcome, item (what was clicked or downloaded inside a
page), visitor (16 hexadecimal digits), click (a click id, 32 of them), hour_of_day, weekday (ISO, 1 is Monday;
both in the zone of the question). Links stand in filters as UUID text. "" is the value of what is unknown.
What links are filed under (tags, folders) only control knows: it sends the links themselves, and LinkGroups to
break down by.
"""

from msgspec import Struct


class Filter(Struct, frozen=True, omit_defaults=True):
    """Scans whose dimension has one of the values; with `exclude`, those whose has none of them."""

    dimension: str
    values: tuple[str, ...]
    exclude: bool = False


class LinkGroups(Struct, frozen=True):
    """A dimension that control makes: the names of its values and, for each link that has any, the positions
    of its names. A link may have several; then its scans stand in several rows."""

    dimension: str
    names: tuple[str, ...]
    links: tuple[tuple[bytes, tuple[int, ...]], ...]


class ScopedQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every question about scans begins with. No link ids means all links of the workspace.

    Only answers that are a scan count (see Outcome); a filter on `outcome` lifts that.
    """

    workspace_id: bytes
    from_ms: int
    to_ms: int
    link_ids: tuple[bytes, ...] = ()
    without_link_ids: tuple[bytes, ...] = ()
    """Links that are left out."""
    filters: tuple[Filter, ...] = ()
    zone: str = "UTC"
    """An IANA zone: where days, weeks and months begin."""


class Counts(Struct, frozen=True):
    """The five figures. `total` is everything, `bot` what was not a person; `unique` counts visitors per
    UTC day, because nobody can be told apart longer; `qr` counts people who scanned the code."""

    total: int = 0
    human: int = 0
    unique: int = 0
    bot: int = 0
    qr: int = 0
