"""Analytics between CodeQR's words and the wire's: filters down, figures up. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from waypost.control.dialects.codeqr import ids
from waypost.control.dialects.codeqr.mapping_values import always_time
from waypost.control.dialects.codeqr.schemas_analytics import Asked, Event, Figures, GroupBy, Row
from waypost.control.model.customers import Earned
from waypost.control.model.link_urls import with_utm
from waypost.control.model.links import LinkView
from waypost.wire.conversion import Conversions, ConversionV1
from waypost.wire.queries import BreakdownRow, Granularity, SeriesPoint

DIRECT = "(direct)"
UNKNOWN = "Unknown"
DAY_MS = 24 * 3_600_000
_HOURS_SHOWN_MS = 2 * DAY_MS
_DAYS_SHOWN_MS = 190 * DAY_MS
TRAITS: dict[str, str] = {
    "country": "country", "city": "city", "region": "region", "continent": "continent", "device": "device",
    "browser": "browser", "os": "os", "trigger": "source", "referer": "referrer", "refererUrl": "referrer",
    "utm_source": "utm_source", "utm_medium": "utm_medium", "utm_campaign": "utm_campaign",
    "utm_term": "utm_term", "utm_content": "utm_content",
}  # fmt: skip
"""What is asked of a visit: the vendor's filters and our dimensions."""
DIMENSIONS: dict[GroupBy, tuple[tuple[str, str], ...]] = {
    "continents": (("continent", "continent"),),
    "countries": (("country", "country"),),
    "regions": (("country", "country"), ("region", "region")),
    "cities": (("country", "country"), ("region", "region"), ("city", "city")),
    "devices": (("device", "device"),),
    "browsers": (("browser", "browser"),),
    "os": (("os", "os"),),
    "trigger": (("trigger", "source"),),
    "triggers": (("trigger", "source"),),
    "referers": (("referer", "referrer"),),
    "referer_urls": (("refererUrl", "referrer"),),
    "utm_sources": (("utm_source", "utm_source"),),
    "utm_mediums": (("utm_medium", "utm_medium"),),
    "utm_campaigns": (("utm_campaign", "utm_campaign"),),
    "utm_terms": (("utm_term", "utm_term"),),
    "utm_contents": (("utm_content", "utm_content"),),
}
"""Members of a row and the dimensions they hold."""
_SOURCES = ("qr", "link")


def wished(text: str) -> tuple[tuple[str, ...], bool]:
    """`a,b` keeps, `-a,b` leaves out: the values, and whether they are left out."""
    values = tuple(part.strip() for part in text.removeprefix("-").split(",") if part.strip())
    return values, text.startswith("-")


def filters(asked: Asked, event: Event) -> tuple[str, ...] | None:
    """Filters in the core's spelling; None when no visit can fit."""
    found = []
    for name, text in asked.traits.items():
        values, exclude = wished(text)
        stored = [_stored(name, value) for value in values]
        if name == "trigger":
            stored = [value for value in stored if value in _SOURCES]
            if not stored and not exclude:
                return None
        if stored:
            listed = ",".join(value.replace(",", "%2C") for value in stored)
            found.append(f"{'-' if exclude else ''}{TRAITS[name]}:{listed}")
    if event == "scans" or asked.qr is not None:
        found.append("source:link" if asked.qr is False else "source:qr")
    return tuple(found)


def _stored(name: str, value: str) -> str:
    if value in (DIRECT, UNKNOWN):
        return ""
    if name in ("country", "continent"):
        return value.upper()
    if name in ("device", "trigger"):
        return value.lower()
    if name == "refererUrl" and "//" in value:
        return urlsplit(value).netloc
    return value


def granularity(asked: Asked, from_ms: int, to_ms: int) -> Granularity:
    """The steps of a series: hours for a day or two, days for half a year, then months."""
    if asked.interval in ("1y", "ytd", "all") and not asked.start:
        return "month"
    if to_ms - from_ms <= _HOURS_SHOWN_MS:
        return "hour"
    return "day" if to_ms - from_ms <= _DAYS_SHOWN_MS else "month"


def figures(clicks: int, made: Conversions | None) -> Figures:
    """What one row of a report counts."""
    if made is None:
        return Figures(clicks=clicks)
    return Figures(clicks=clicks, leads=made.leads, sales=made.sales, amounts=made.amounts)


def added(each: Iterable[Figures]) -> Figures:
    """Figures together."""
    parts = list(each)
    amounts: dict[str, int] = {}
    for currency, amount in (pair for part in parts for pair in part.amounts):
        amounts[currency] = amounts.get(currency, 0) + amount
    return Figures(
        clicks=sum(part.clicks for part in parts),
        leads=sum(part.leads for part in parts),
        sales=sum(part.sales for part in parts),
        amounts=tuple(sorted(amounts.items())),
    )


def shown(found: Figures) -> Row:
    """The four members that every answer has."""
    return {
        "clicks": found.clicks,
        "leads": found.leads,
        "sales": found.sales,
        "saleAmount": Earned(amounts=found.amounts).amount,
    }


def ranked(rows: Iterable[tuple[Row, Figures]], event: Event) -> list[Row]:
    """Rows that count something of the kind that is asked for, most first."""
    kept = [(names, found) for names, found in rows if _weight(found, event) > 0]
    kept.sort(key=lambda row: _weight(row[1], event), reverse=True)
    return [{**names, **shown(found)} for names, found in kept]


def _weight(found: Figures, event: Event) -> int:
    match event:
        case "leads":
            return found.leads
        case "sales":
            return found.sales
        case "composite":
            return found.clicks + found.leads + found.sales
        case _:
            return found.clicks


def dimension_row(by: GroupBy, row: BreakdownRow) -> tuple[Row, Figures] | None:
    """A row of a breakdown; None for an unknown continent, for which the relative's client has no word."""
    names: Row = {}
    for (member, dimension), value in zip(DIMENSIONS[by], row.values, strict=True):
        if member == "continent" and not value:
            return None
        names[member] = _value(dimension, value)
    if by == "countries":
        names |= {"region": "*", "city": "*"}
    elif by == "regions":
        names["city"] = "*"
    return names, figures(row.counts.human, row.conversions)


def _value(dimension: str, value: str) -> str:
    if dimension == "referrer":
        return value or DIRECT
    if dimension == "device":
        return value.capitalize() or UNKNOWN
    return value if dimension.startswith("utm_") else value or UNKNOWN


def series(points: Sequence[SeriesPoint], made: Iterable[ConversionV1]) -> list[Row]:
    """A series without gaps, with the conversions that fall into each step."""
    starts = [point.start_ms for point in points]
    held: list[list[Figures]] = [[Figures(clicks=point.counts.human)] for point in points]
    for each in made:
        at = bisect_right(starts, each.at_ms) - 1
        if at >= 0:
            held[at].append(of_conversion(each))
    return [
        {"start": always_time(start_ms), **shown(added(parts))}
        for start_ms, parts in zip(starts, held, strict=True)
    ]


def event_names(made: Iterable[ConversionV1], event: Event) -> list[Row]:
    """Leads and sales by the names of their events."""
    held: dict[str, list[Figures]] = {}
    for each in made:
        held.setdefault(each.event_name, []).append(of_conversion(each))
    rows = [({"eventName": name}, added(parts)) for name, parts in held.items()]
    return ranked(rows, "composite" if event == "clicks" else event)


def of_conversion(made: ConversionV1) -> Figures:
    """What one conversion counts."""
    if made.conversion == "lead":
        return Figures(leads=1)
    return Figures(sales=1, amounts=((made.currency, made.amount),))


LinkGroup = Literal["top_links", "top_urls", "top_base_urls", "top_domains", "top_link_tags", "top_folders"]


def link_rows(
    by: LinkGroup, counted: Sequence[tuple[LinkView, Figures]], folders: dict[str, str], event: Event
) -> list[Row]:
    """Links, or what they have in common, most first. `folders` are the names of folders by id."""
    held: dict[tuple[tuple[str, Any], ...], list[Figures]] = {}
    for view, found in counted:
        for names in _groups(by, view, folders):
            held.setdefault(tuple(names.items()), []).append(found)
    return ranked([(dict(names), added(parts)) for names, parts in held.items()], event)


def _groups(by: LinkGroup, view: LinkView, folders: dict[str, str]) -> list[Row]:
    link = view.link
    url = with_utm(link.target_url, link.utm)
    match by:
        case "top_links":
            link_id = ids.shown(ids.LINK, link.id)
            return [
                {
                    "link": link_id,
                    "id": link_id,
                    "domain": view.domain,
                    "key": link.slug,
                    "shortLink": view.short_url,
                    "url": url,
                    "title": link.title or None,
                    "comments": link.comments or None,
                    "folderId": ids.shown(ids.FOLDER, link.folder_id) if link.folder_id else None,
                    "createdAt": always_time(link.created_ms),
                }
            ]
        case "top_urls":
            return [{"url": url}]
        case "top_base_urls":
            return [{"url": urlsplit(link.target_url)._replace(query="", fragment="").geturl()}]
        case "top_domains":
            return [{"domain": view.domain}]
        case "top_link_tags":
            return [
                {"tagId": ids.shown(ids.TAG, tag.id), "name": tag.name, "color": tag.color}
                for tag in view.tags
            ]
        case "top_folders":
            folder = link.folder_id
            return [
                {"folderId": ids.shown(ids.FOLDER, folder), "name": folders.get(folder, "")}
                if folder
                else {"folderId": None, "name": ""}
            ]
