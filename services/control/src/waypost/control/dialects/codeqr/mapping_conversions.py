"""Leads, sales and customers between CodeQR's words and the core's. Pure."""

from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.mapping_values import EXTRAS, always_time, ms_to_time
from waypost.control.dialects.codeqr.schemas_conversions import (
    CustomerLink,
    CustomerOut,
    CustomerPatch,
    LeadCustomer,
    LeadLink,
    Sale,
    SaleCustomer,
    TrackLead,
    TrackSale,
)
from waypost.control.model.customers import GENERATED, Customer, CustomerView, WriteCustomer
from waypost.control.model.faults import Invalid
from waypost.control.model.link_urls import with_utm
from waypost.control.model.links import LinkView
from waypost.wire.conversion import RecordConversion

_KEPT = ("stripe_customer_id", "subscription_canceled_at")
"""Members without a meaning here, which come back as they were sent."""


def to_leads(body: TrackLead, workspace_id: bytes, click_id: str, at_ms: int) -> list[RecordConversion]:
    """One lead, or as many as `eventQuantity` says. A customer has one lead of a name. Raises Invalid."""
    name = f"{body.customer_external_id}:{body.event_name}"
    metadata = _metadata(body.metadata)
    return [
        RecordConversion(
            workspace_id=workspace_id,
            conversion="lead",
            external_id=name if number == 1 else f"{name}:{number}",
            at_ms=at_ms,
            event_name=body.event_name,
            click_id=click_id,
            customer_id=body.customer_external_id,
            metadata=metadata,
        )
        for number in range(1, (body.event_quantity or 1) + 1)
    ]


def to_sale(body: TrackSale, workspace_id: bytes, click_id: str, at_ms: int, new_id: str) -> RecordConversion:
    """A sale; one without an invoice is a new one each time. Raises Invalid."""
    return RecordConversion(
        workspace_id=workspace_id,
        conversion="sale",
        external_id=body.invoice_id or f"{GENERATED}{new_id}",
        at_ms=at_ms,
        event_name=body.event_name,
        click_id=click_id,
        customer_id=body.customer_external_id,
        amount=body.amount,
        currency=body.currency.lower(),
        metadata=_metadata(body.metadata),
    )


def said_of_customer(body: TrackLead | TrackSale) -> WriteCustomer:
    """What a lead or a sale says of its customer."""
    return WriteCustomer(
        name=body.customer_name or UNSET,
        email=body.customer_email or UNSET,
        avatar=body.customer_avatar or UNSET,
    )


def to_write(body: CustomerPatch, before: Customer) -> WriteCustomer:
    """The command of a change."""
    values: dict[str, Any] = {}
    for name in ("external_id", "name", "email", "avatar", "country"):
        if (value := getattr(body, name)) is not UNSET:
            values[name] = value or ""
    kept = {name: value for name in _KEPT if (value := getattr(body, name)) is not UNSET}
    if kept:
        own = {**before.extras.get(EXTRAS, {}), **kept}
        values["extras"] = {**before.extras, EXTRAS: {name: value for name, value in own.items() if value}}
    return WriteCustomer(**values)


def lead_customer(customer: Customer) -> LeadCustomer:
    """A customer beside a lead."""
    return LeadCustomer(**_person(customer))


def sale_customer(customer: Customer) -> SaleCustomer:
    """A customer beside a sale."""
    return SaleCustomer(id=ids.shown(ids.CUSTOMER, customer.id), **_person(customer))


def sale(body: TrackSale) -> Sale:
    """What was sold, as it was told."""
    return Sale(
        amount=body.amount,
        currency=body.currency.lower(),
        payment_processor=body.payment_processor,
        invoice_id=body.invoice_id,
        metadata=body.metadata,
    )


def lead_link(view: LinkView) -> LeadLink:
    """A link beside a lead."""
    link = view.link
    return LeadLink(**_address(view), tenant_id=link.tenant_id, external_id=link.external_id)


def to_customer(view: CustomerView, link: LinkView | None, *, expanded: bool) -> CustomerOut:
    """A customer with every member."""
    customer, earned = view.customer, view.earned
    kept = customer.extras.get(EXTRAS, {})
    shown = CustomerOut(
        id=ids.shown(ids.CUSTOMER, customer.id),
        **_person(customer),
        stripe_customer_id=kept.get("stripe_customer_id"),
        country=customer.country or None,
        sales=earned.sales,
        sale_amount=earned.amount,
        first_sale_at=ms_to_time(earned.first_sale_ms),
        subscription_canceled_at=kept.get("subscription_canceled_at"),
        created_at=always_time(customer.created_ms),
    )
    if not expanded:
        return shown
    own_link = None if link is None else CustomerLink(**_address(link))
    return msgspec.structs.replace(shown, link=own_link, program_id=None, partner=None, discount=None)


def _person(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name or None,
        "email": customer.email or None,
        "avatar": customer.avatar or None,
        "external_id": customer.external_id,
    }


def _address(view: LinkView) -> dict[str, str]:
    return {
        "id": ids.shown(ids.LINK, view.link.id),
        "domain": view.domain,
        "key": view.link.slug,
        "short_link": view.short_url,
        "url": with_utm(view.link.target_url, view.link.utm),
    }


def _metadata(metadata: dict[str, Any] | None) -> str:
    text = msgspec.json.encode(metadata).decode() if metadata else ""
    if len(text) > limits.METADATA_CHARACTERS_MAX:
        raise Invalid("metadata", f"has at most {limits.METADATA_CHARACTERS_MAX} characters as JSON")
    return text
