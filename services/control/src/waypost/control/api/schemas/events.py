"""Scans and conversions as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from waypost.control.api.mapping import always_time
from waypost.control.model.links import LinkView
from waypost.wire.conversion import ConversionsAnswer, ConversionV1
from waypost.wire.ids import to_text
from waypost.wire.scan_events import ScanEventV1, ScansAnswer


class EventLink(Struct, frozen=True, kw_only=True):
    """The link of a scan, as it is now."""

    id: str
    short_url: str
    title: str | None
    target_url: str


class EventOut(Struct, frozen=True, kw_only=True):
    """One scan. `verdict` is `human` for people; `returning` says that this visitor had scanned the link on
    that day before. `visitor_id` changes every day and is null for who asked not to be told apart. `network` is the
    number of the visitor's autonomous system, 0 when that is not known."""

    id: str
    scanned_at: datetime
    link_id: str
    verdict: str
    reason: str
    source: str
    outcome: str
    returning: bool
    visitor_id: str | None
    country: str
    region: str
    city: str
    continent: str
    network: int
    language: str
    referrer: str
    device: str
    os: str
    os_version: str
    browser: str
    browser_version: str
    brand: str
    robot: str
    user_agent: str
    domain: str
    method: str
    rule_id: str
    variant_id: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str
    click_id: str
    item: str
    link: EventLink | None = None


class EventList(Struct, frozen=True, kw_only=True):
    """A page, newest first."""

    data: list[EventOut]
    next_cursor: str | None


class ConversionOut(Struct, frozen=True, kw_only=True):
    """A lead or a sale and what it was attributed to."""

    id: str
    kind: str
    external_id: str
    event_name: str
    happened_at: datetime
    customer_id: str | None
    amount: int
    currency: str | None
    click_id: str | None
    link_id: str | None
    rule_id: str | None
    variant_id: str | None
    created: bool


class ConversionList(Struct, frozen=True, kw_only=True):
    """A page, newest first."""

    data: list[ConversionOut]
    next_cursor: str | None


_SAME = tuple(
    name
    for name in EventOut.__struct_fields__
    if name not in {"id", "scanned_at", "link_id", "returning", "visitor_id", "network", "link"}
)


def to_event(scan: ScanEventV1, link: EventLink | None = None) -> EventOut:
    """A scan as JSON."""
    return EventOut(
        **{name: getattr(scan, name) for name in _SAME},
        id=str(scan.id),
        scanned_at=always_time(scan.at_ms),
        link_id=to_text(scan.link_id),
        returning=scan.repeat,
        visitor_id=scan.visitor or None,
        network=scan.asn,
        link=link,
    )


def to_events(scans: Sequence[ScanEventV1], views: Mapping[str, LinkView]) -> list[EventOut]:
    """Scans as JSON, each with its link while that exists."""
    known = {
        link_id: EventLink(
            id=link_id,
            short_url=view.short_url,
            title=view.link.title or None,
            target_url=view.link.target_url,
        )
        for link_id, view in views.items()
    }
    return [to_event(scan, known.get(to_text(scan.link_id))) for scan in scans]


def to_event_list(answer: ScansAnswer, views: Mapping[str, LinkView]) -> EventList:
    """A page as JSON."""
    data = to_events(answer.scans, views)
    return EventList(data=data, next_cursor=str(answer.cursor) if answer.cursor else None)


def to_conversion(made: ConversionV1) -> ConversionOut:
    """A conversion as JSON."""
    return ConversionOut(
        id=str(made.id),
        kind=made.conversion,
        external_id=made.external_id,
        event_name=made.event_name,
        happened_at=always_time(made.at_ms),
        customer_id=made.customer_id or None,
        amount=made.amount,
        currency=made.currency or None,
        click_id=made.click_id or None,
        link_id=to_text(made.link_id) if made.link_id else None,
        rule_id=made.rule_id or None,
        variant_id=made.variant_id or None,
        created=made.is_new,
    )


def to_conversion_list(answer: ConversionsAnswer) -> ConversionList:
    """A page as JSON."""
    data = [to_conversion(made) for made in answer.conversions]
    return ConversionList(data=data, next_cursor=str(answer.cursor) if answer.cursor else None)
