"""Leads, sales and customers as CodeQR's relative reads and writes them."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.codeqr import limits

PaymentProcessor: TypeAlias = Literal[
    "stripe", "shopify", "polar", "paddle", "apple", "revenuecat", "lemonsqueezy", "dub", "custom"
]
Name = Annotated[str, Meta(min_length=1, max_length=limits.CONVERSION_TEXT_CHARACTERS_MAX)]
Text = Annotated[str, Meta(max_length=limits.CONVERSION_TEXT_CHARACTERS_MAX)]
Avatar = Annotated[str, Meta(max_length=limits.URL_CHARACTERS_MAX)]


class _Told(Struct, frozen=True, kw_only=True, rename="camel"):
    """What both say of the customer."""

    customer_external_id: Name
    customer_name: Text | None = None
    customer_email: Text | None = None
    customer_avatar: Avatar | None = None
    metadata: dict[str, Any] | None = None


class TrackLead(_Told, frozen=True, kw_only=True, rename="camel"):
    """A lead. An empty `clickId` means the click that the customer is known by."""

    click_id: Text
    event_name: Name
    mode: Literal["async", "wait", "deferred"] = "async"
    event_quantity: Annotated[int, Meta(ge=1, le=limits.LEADS_AT_ONCE_MAX)] | None = None


class TrackSale(_Told, frozen=True, kw_only=True, rename="camel"):
    """A sale; `amount` is in minor units. The same `invoiceId` counts once."""

    amount: Annotated[int, Meta(ge=0, le=limits.AMOUNT_MAX)]
    currency: Annotated[str, Meta(pattern="^[A-Za-z]{3}$")] = "usd"
    event_name: Name = "Purchase"
    payment_processor: PaymentProcessor = "custom"
    invoice_id: Text | None = None
    lead_event_name: Text | None = None
    click_id: Text | None = None


class ClickId(Struct, frozen=True):
    """The click that a lead belongs to."""

    id: str


class LeadLink(Struct, frozen=True, kw_only=True, rename="camel"):
    """The link that a lead is owed to."""

    id: str
    domain: str
    key: str
    short_link: str
    url: str
    partner_id: str | None = None
    program_id: str | None = None
    tenant_id: str | None
    external_id: str | None


class LeadCustomer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The customer of a lead."""

    name: str | None
    email: str | None
    avatar: str | None
    external_id: str


class LeadOut(Struct, frozen=True):
    """A lead that was recorded."""

    click: ClickId
    link: LeadLink | None
    customer: LeadCustomer


class SaleCustomer(LeadCustomer, frozen=True, kw_only=True, rename="camel"):
    """The customer of a sale."""

    id: str


class Sale(Struct, frozen=True, kw_only=True, rename="camel"):
    """What was sold."""

    amount: int
    currency: str
    payment_processor: str
    invoice_id: str | None
    metadata: dict[str, Any] | None


class SaleOut(Struct, frozen=True, kw_only=True, rename="camel"):
    """A sale that was recorded; without customer and sale where nobody knows the customer."""

    event_name: str
    customer: SaleCustomer | None
    sale: Sale | None


class CustomerLink(Struct, frozen=True, kw_only=True, rename="camel"):
    """The link that brought a customer."""

    id: str
    domain: str
    key: str
    short_link: str
    url: str
    program_id: str | None = None


class CustomerOut(Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer. `link` and the members behind it come with `includeExpandedFields`."""

    id: str
    external_id: str
    name: str | None
    email: str | None
    avatar: str | None
    stripe_customer_id: str | None
    country: str | None
    sales: int
    sale_amount: int
    first_sale_at: str | None
    subscription_canceled_at: str | None
    created_at: str
    link: CustomerLink | UnsetType | None = UNSET
    program_id: UnsetType | None = UNSET
    partner: UnsetType | None = UNSET
    discount: UnsetType | None = UNSET


class CustomerPatch(Struct, frozen=True, kw_only=True, rename="camel"):
    """What may be changed of a customer; null clears."""

    external_id: Name | UnsetType = UNSET
    name: Text | UnsetType | None = UNSET
    email: Text | UnsetType | None = UNSET
    avatar: Avatar | UnsetType | None = UNSET
    country: Text | UnsetType | None = UNSET
    stripe_customer_id: Text | UnsetType | None = msgspec.field(name="stripeCustomerId", default=UNSET)
    subscription_canceled_at: Text | UnsetType | None = UNSET
