"""What a caller may ask about scans: which workspace, which links, which range, in the words of the wire."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from waypost.control.core import report_links
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid
from waypost.control.store.tx import Tx
from waypost.wire.filters import Filter
from waypost.wire.ids import to_bytes

Period: TypeAlias = Literal["24h", "7d", "30d", "90d", "1y", "mtd", "qtd", "ytd", "all"]
DIMENSIONS = (
    "link", "tag", "folder", "domain", "rule", "variant", "source", "country", "region", "city", "continent",
    "language", "referrer", "device", "os", "os_version", "browser", "browser_version", "brand", "utm_source",
    "utm_medium", "utm_campaign", "utm_term", "utm_content", "verdict", "reason", "robot", "visit", "method",
    "outcome", "item", "hour_of_day", "weekday",
)  # fmt: skip
"""By what reports are broken down and filtered."""

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_BEGINNING_MS = 946_684_800_000
"""2000-01-01: before any scan there can be."""
_LENGTHS: dict[str, int] = {
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
    "30d": 30 * DAY_MS,
    "90d": 90 * DAY_MS,
    "1y": 365 * DAY_MS,
}


class Scoped(Struct, frozen=True, kw_only=True):
    """The members that every question about scans begins with; `wire` gives them to a query."""

    workspace_id: str
    from_ms: int
    to_ms: int
    link_ids: tuple[str, ...]
    without_link_ids: tuple[str, ...] = ()
    filters: tuple[Filter, ...]
    zone: str
    is_empty: bool = False
    """True when the links asked for are none at all, which the wire would read as all."""

    def wire(self) -> dict[str, Any]:
        """As keywords of a query."""
        ids = tuple(to_bytes(each) for each in self.link_ids)
        if self.is_empty:
            ids = (bytes(16),)
        return {
            "workspace_id": to_bytes(self.workspace_id),
            "from_ms": self.from_ms,
            "to_ms": self.to_ms,
            "link_ids": ids,
            "without_link_ids": tuple(to_bytes(each) for each in self.without_link_ids),
            "filters": self.filters,
            "zone": self.zone,
        }


async def scoped(
    tx: Tx,
    actor: Actor,
    *,
    link_ids: Sequence[str],
    tags: Sequence[str],
    span: tuple[int, int],
    filters: Sequence[str],
    zone: str,
) -> Scoped:
    """A scope within the actor's reach. Raises LinkNotFound, OutOfReach, Invalid or TooLarge.

    An actor that is limited to a domain or to its own links gets these when it names none. Links that were
    deleted are in reports: their scans happened.
    """
    wanted = list(map(read_filter, filters))
    of_links = [each for each in wanted if report_links.is_filing(each)]
    chosen = await report_links.chosen(tx, actor, link_ids=link_ids, tags=tags, filters=of_links)
    return Scoped(
        workspace_id=actor.workspace_id,
        from_ms=span[0],
        to_ms=span[1],
        link_ids=tuple(sorted(chosen.ids or ())),
        without_link_ids=tuple(sorted(chosen.without)),
        filters=tuple(each for each in wanted if not report_links.is_filing(each)),
        zone=zone,
        is_empty=chosen.ids == frozenset(),
    )


def exact_span(period: Period | None, start_ms: int, end_ms: int, now_ms: int, zone: str) -> tuple[int, int]:
    """The same as `span`, but a start and an end that are given are meant as they are: for scans one by one,
    which some ask for again and again from where they left off. Raises Invalid."""
    from_ms, to_ms = span(period, start_ms, end_ms, now_ms, zone)
    from_ms, to_ms = start_ms or from_ms, end_ms or to_ms
    if from_ms >= to_ms:
        raise Invalid("start", "must lie before `end`")
    return from_ms, to_ms


def span(period: Period | None, start_ms: int, end_ms: int, now_ms: int, zone: str) -> tuple[int, int]:
    """The range that is asked for, [from, to), widened to whole hours. A period ends now; without anything
    it is the last 30 days. Raises Invalid."""
    if period is not None and (start_ms or end_ms):
        raise Invalid("period", "cannot be combined with `start` or `end`")
    to_ms = -(-(end_ms or now_ms + 1) // HOUR_MS) * HOUR_MS
    if start_ms:
        from_ms = start_ms // HOUR_MS * HOUR_MS
    elif period == "all":
        from_ms = _BEGINNING_MS
    elif period in ("mtd", "qtd", "ytd"):
        from_ms = _to_date(period, now_ms, zone)
    else:
        from_ms = to_ms - _LENGTHS[period or "30d"]
    if from_ms >= to_ms:
        raise Invalid("start", "must lie before `end`")
    return from_ms, to_ms


def _to_date(period: str, now_ms: int, zone: str) -> int:
    """The beginning of the month, quarter or year that it is in a zone."""
    now = datetime.fromtimestamp(now_ms / 1000, _zone(zone))
    month = {"mtd": now.month, "qtd": (now.month - 1) // 3 * 3 + 1, "ytd": 1}[period]
    first = now.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return int(first.astimezone(UTC).timestamp() * 1000)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone", f"{name!r} is not an IANA time zone") from error


def read_filter(text: str) -> Filter:
    """`country:DE,FR` keeps, `-country:DE` leaves out; a comma in a value is written `%2C`. Raises Invalid."""
    exclude = text.startswith("-")
    name, colon, values = text.removeprefix("-").partition(":")
    if not colon or not name:
        raise Invalid("filter", "is `dimension:value,value`, with a leading `-` to leave these out")
    return Filter(name, tuple(value.replace("%2C", ",") for value in values.split(",")), exclude)


def change(now: int, before: int) -> float | None:
    """How much a figure grew, in per cent with one decimal; None when there was nothing before."""
    return round((now - before) / before * 100, 1) if before else None
