"""Leads and sales that analytics recorded: counted for links and customers, told to webhooks, each once."""

from typing import Any

import msgspec

from waypost.control.core import customers, link_views
from waypost.control.core.announce import announce
from waypost.control.model.customers import CustomerView, WriteCustomer
from waypost.control.model.events import EventType
from waypost.control.model.webhooks.payload import rfc3339
from waypost.control.store import conversions, links, pending_conversions
from waypost.control.store.conversions import CountedConversion
from waypost.control.store.pending_conversions import ConversionKey
from waypost.control.store.tx import Tx
from waypost.wire.conversion import ConversionV1
from waypost.wire.ids import to_text
from waypost.wire.scan_events import ScanEventV1, ScansAnswer, ScansQuery

_END_MS = 7_258_118_400_000
"""The year 2200, at which questions to analytics end."""
_EVENTS: dict[str, EventType] = {"lead": "lead.created", "sale": "sale.created"}


async def keep_conversion(
    tx: Tx,
    made: ConversionV1,
    *,
    customer: WriteCustomer | None = None,
    click: ScanEventV1 | None = None,
) -> bool:
    """Count a conversion and announce it; False when that was done before.

    It no longer waits to be counted then: whoever comes first of its request, the same request sent again
    and the worker counts it, and only that one.
    """
    workspace_id = to_text(made.workspace_id)
    link_id = to_text(made.link_id) if made.link_id else None
    counted = CountedConversion(
        workspace_id=workspace_id,
        kind=made.conversion,
        external_id=made.external_id,
        link_id=link_id,
        customer_id=made.customer_id,
        amount=made.amount,
        currency=made.currency,
        at_ms=made.at_ms,
    )
    is_new = await conversions.count(tx, counted)
    await pending_conversions.forget(tx, ConversionKey(workspace_id, made.conversion, made.external_id))
    data: dict[str, Any] = {"conversion": _told_conversion(made)}
    if made.customer_id:
        known = await customers.know_customer(tx, workspace_id, made.customer_id, customer or WriteCustomer())
        if link_id is not None:
            known = await customers.credit_link(tx, known, link_id, made.click_id)
        data["customer"] = _told_customer(await customers.view(tx, known))
    if not is_new:
        return False
    if click is not None:
        data["click"] = _told_click(click)
    found = await links.get_many(tx, workspace_id, [link_id]) if link_id else []
    if found:
        data |= link_views.event_data(await link_views.view(tx, found[0]))
    announce(tx, _EVENTS[made.conversion], workspace_id, data, link_id=link_id if found else None)
    return True


def scan_query(made: ConversionV1) -> ScansQuery:
    """The question for the scan that a conversion belongs to."""
    return ScansQuery(
        workspace_id=made.workspace_id, from_ms=0, to_ms=_END_MS, before=made.scan_id + 1, limit=1
    )


def scan_in(answer: ScansAnswer, made: ConversionV1) -> ScanEventV1 | None:
    """Its answer; None when the scan is unknown or was forgotten."""
    return next((scan for scan in answer.scans if scan.id == made.scan_id), None)


_OF_CONVERSION = ("external_id", "event_name", "amount")
_OF_CONVERSION_OR_NONE = ("customer_id", "currency", "click_id", "rule_id", "variant_id")
_OF_CLICK = (
    "source", "visitor", "country", "region", "city", "continent", "device", "os", "browser", "language",
    "referrer", "rule_id", "variant_id",
)  # fmt: skip


def _told_conversion(made: ConversionV1) -> dict[str, Any]:
    """A conversion in the words of the native API, with what its caller said of it."""
    return {
        "id": str(made.id),
        "kind": made.conversion,
        "happened_at": rfc3339(made.at_ms),
        "link_id": to_text(made.link_id) if made.link_id else None,
        "metadata": msgspec.json.decode(made.metadata) if made.metadata else None,
        **{name: getattr(made, name) for name in _OF_CONVERSION},
        **{name: getattr(made, name) or None for name in _OF_CONVERSION_OR_NONE},
    }


def _told_click(scan: ScanEventV1) -> dict[str, Any]:
    """A scan in the words of `link.scanned`."""
    told = {name: getattr(scan, name) for name in _OF_CLICK}
    return {
        "id": scan.click_id or str(scan.id),
        "occurred_at": rfc3339(scan.at_ms),
        "returning": scan.repeat,
        **told,
    }


def _told_customer(view: CustomerView) -> dict[str, Any]:
    customer, earned = view.customer, view.earned
    return {
        "id": customer.id,
        "external_id": customer.external_id,
        "name": customer.name,
        "email": customer.email,
        "avatar": customer.avatar,
        "country": customer.country,
        "created_at": rfc3339(customer.created_ms),
        "sales": earned.sales,
        "sale_amount": earned.amount,
        "amounts": [{"currency": currency, "amount": amount} for currency, amount in earned.amounts],
        "first_sale_at": rfc3339(earned.first_sale_ms) if earned.first_sale_ms else None,
    }
