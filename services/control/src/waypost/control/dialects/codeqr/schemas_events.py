"""Clicks, leads and sales one by one, as the relative's clients read them."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.codeqr.schemas_conversions import CustomerOut
from waypost.control.dialects.codeqr.schemas_links import LinkOut


class ClickOut(Struct, frozen=True, kw_only=True, rename="camel"):
    """A visit. Every text is there, "" when it is unknown; an address never is."""

    id: str
    timestamp: str
    url: str
    country: str
    city: str
    region: str
    continent: str
    device: str
    browser: str
    os: str
    referer: str
    referer_url: str
    qr: bool
    ip: str = ""
    ua: str = ""
    trigger: str


class EventSale(Struct, frozen=True, kw_only=True, rename="camel"):
    """What was sold."""

    amount: int
    currency: str
    invoice_id: str | None
    payment_processor: str = "custom"


class EventOut(Struct, frozen=True, kw_only=True):
    """A click, a lead or a sale. The flat members behind `link` are deprecated by the relative, whose clients
    demand them all the same."""

    event: Literal["click", "lead", "sale"]
    timestamp: str
    click: ClickOut
    link: LinkOut
    click_id: str
    link_id: str
    domain: str
    key: str
    url: str
    continent: str
    country: str
    city: str
    device: str
    browser: str
    os: str
    qr: int
    ip: str = ""
    event_id: str | UnsetType = msgspec.field(name="eventId", default=UNSET)
    event_name: str | UnsetType = msgspec.field(name="eventName", default=UNSET)
    customer: CustomerOut | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET
    sale: EventSale | UnsetType = UNSET
    sale_amount: int | UnsetType = msgspec.field(name="saleAmount", default=UNSET)
    invoice_id: str | UnsetType = UNSET
    payment_processor: str | UnsetType = UNSET
