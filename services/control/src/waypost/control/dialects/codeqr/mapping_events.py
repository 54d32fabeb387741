"""Visits, leads and sales from the wire as CodeQR's events. Pure."""

from typing import Any

import msgspec

from waypost.control.dialects.codeqr.mapping_analytics import DIRECT
from waypost.control.dialects.codeqr.mapping_values import always_time
from waypost.control.dialects.codeqr.schemas_conversions import CustomerOut
from waypost.control.dialects.codeqr.schemas_events import ClickOut, EventOut, EventSale
from waypost.control.dialects.codeqr.schemas_links import LinkOut
from waypost.control.model.customers import GENERATED
from waypost.control.model.link_urls import led_to
from waypost.control.model.links import LinkView
from waypost.wire.conversion import ConversionV1
from waypost.wire.scan_events import ScanEventV1


def click_event(scan: ScanEventV1, view: LinkView, link: LinkOut) -> EventOut:
    """A visit as an event of a link, which is shown beside it."""
    click = _click(scan, view)
    return EventOut(event="click", timestamp=click.timestamp, **_common(click, link))


def conversion_event(
    made: ConversionV1, scan: ScanEventV1 | None, view: LinkView, link: LinkOut, customer: CustomerOut
) -> EventOut:
    """A lead or a sale as an event of a link, which is shown beside it."""
    click = _click(scan, view) if scan is not None else _unknown_click(made, link.url)
    shown = EventOut(
        event=made.conversion,
        timestamp=always_time(made.at_ms),
        **_common(click, link),
        event_id=f"evt_{made.id}",
        event_name=made.event_name,
        customer=customer,
        metadata=msgspec.json.decode(made.metadata) if made.metadata else None,
    )
    if made.conversion == "lead":
        return shown
    invoice = "" if made.external_id.startswith(GENERATED) else made.external_id
    sale = EventSale(amount=made.amount, currency=made.currency, invoice_id=invoice or None)
    return msgspec.structs.replace(
        shown,
        sale=sale,
        sale_amount=made.amount,
        invoice_id=invoice,
        payment_processor=sale.payment_processor,
    )


def customer_nobody_knows(made: ConversionV1) -> CustomerOut:
    """Stands in for a customer who was forgotten, or never named: the clients demand one."""
    return CustomerOut(
        id="",
        external_id=made.customer_id,
        name=None,
        email=None,
        avatar=None,
        stripe_customer_id=None,
        country=None,
        sales=0,
        sale_amount=0,
        first_sale_at=None,
        subscription_canceled_at=None,
        created_at=always_time(made.at_ms),
    )


def _common(click: ClickOut, link: LinkOut) -> dict[str, Any]:
    flat = ("url", "continent", "country", "city", "device", "browser", "os")
    return {
        "click": click,
        "link": link,
        "click_id": click.id,
        "link_id": link.id,
        "domain": link.domain,
        "key": link.key,
        "qr": int(click.qr),
        **{name: getattr(click, name) for name in flat},
    }


def _click(scan: ScanEventV1, view: LinkView) -> ClickOut:
    return ClickOut(
        id=scan.click_id or str(scan.id),
        timestamp=always_time(scan.at_ms),
        url=led_to(view.link, scan.rule_id, scan.variant_id),
        country=scan.country,
        city=scan.city,
        region=scan.region,
        continent=scan.continent,
        device=scan.device.capitalize(),
        browser=scan.browser,
        os=scan.os,
        referer=scan.referrer or DIRECT,
        referer_url=scan.referrer or DIRECT,
        qr=scan.source == "qr",
        trigger=scan.source,
    )


def _unknown_click(made: ConversionV1, url: str) -> ClickOut:
    return ClickOut(
        id=made.click_id,
        timestamp=always_time(made.at_ms),
        url=url,
        **dict.fromkeys(("country", "city", "region", "continent", "device", "browser", "os"), ""),
        referer=DIRECT,
        referer_url=DIRECT,
        qr=False,
        trigger="link",
    )
