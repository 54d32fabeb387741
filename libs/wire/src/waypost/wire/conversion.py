"""Leads and sales that followed a scan: told to analytics by control, attributed there."""

from typing import Literal

from msgspec import Struct

from waypost.wire.filters import ScopedQuery

ConversionKind = Literal["lead", "sale"]


class RecordConversion(
    Struct, frozen=True, kw_only=True, tag="record_conversion", tag_field="kind", omit_defaults=True
):
    """Store a lead or a sale once: a second one with the same (workspace, conversion, external_id) changes
    nothing and answers what is stored.

    It belongs to the scan of `click_id` (hexadecimal); without one, to the scan of the newest earlier
    conversion of the same customer. `amount` is in minor units of `currency` (ISO 4217, lower case).
    """

    workspace_id: bytes
    conversion: ConversionKind
    external_id: str
    at_ms: int
    event_name: str
    click_id: str = ""
    customer_id: str = ""
    amount: int = 0
    currency: str = ""
    metadata: str = ""
    """JSON text, as the caller sent it."""


class ConversionV1(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stored conversion with what it was attributed to; no link when its scan is unknown."""

    id: int
    workspace_id: bytes
    conversion: ConversionKind
    external_id: str
    at_ms: int
    event_name: str
    customer_id: str = ""
    amount: int = 0
    currency: str = ""
    metadata: str = ""
    click_id: str = ""
    link_id: bytes = b""
    scan_id: int = 0
    rule_id: str = ""
    variant_id: str = ""
    is_new: bool = False
    """True in the answer to the request that stored it."""


class ConversionsQuery(
    ScopedQuery, frozen=True, kw_only=True, tag="conversions", tag_field="kind", omit_defaults=True
):
    """A page of conversions, newest first below `before`. Filters do not apply."""

    before: int = 0
    limit: int = 100
    conversion: str = ""
    customer_id: str = ""


class ConversionsAnswer(Struct, frozen=True):
    """A page; `cursor` goes into the next question's `before`, 0 when the list has ended."""

    conversions: tuple[ConversionV1, ...]
    cursor: int


class Conversions(Struct, frozen=True):
    """Leads and sales of some scans. Amounts stand per currency, in minor units; they are never added up
    over currencies."""

    leads: int = 0
    sales: int = 0
    amounts: tuple[tuple[str, int], ...] = ()
