"""Scans one by one: pages of them for lists and live tails, ready-made chunks for exports."""

from typing import Literal

from msgspec import Struct

from waypost.wire.filters import ScopedQuery


class ScanEventV1(Struct, frozen=True, omit_defaults=True):
    """One stored scan. `id` counts scans in the order in which they were stored; it is the cursor of lists
    and tails. `visitor` is 16 hexadecimal digits, "" when the visitor asked not to be told apart."""

    id: int
    at_ms: int
    link_id: bytes
    verdict: str
    reason: str
    source: str
    outcome: str
    repeat: bool = False
    """This visitor had scanned this link on this day before."""
    visitor: str = ""
    method: str = "GET"
    domain: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    continent: str = ""
    asn: int = 0
    language: str = ""
    referrer: str = ""
    user_agent: str = ""
    os: str = ""
    os_version: str = ""
    browser: str = ""
    browser_version: str = ""
    device: str = ""
    brand: str = ""
    robot: str = ""
    rule_id: str = ""
    variant_id: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    click_id: str = ""
    item: str = ""


class ScansQuery(ScopedQuery, frozen=True, kw_only=True, tag="scans", tag_field="kind", omit_defaults=True):
    """A page of scans: newest first below `before`, or oldest first above `after` (a tail). At most
    SCANS_PER_PAGE_MAX."""

    before: int = 0
    after: int = -1
    limit: int = 100


class ScansAnswer(Struct, frozen=True):
    """A page; `cursor` goes into the next question's `before` or `after`, 0 when a list has ended."""

    scans: tuple[ScanEventV1, ...]
    cursor: int


class ExportQuery(ScopedQuery, frozen=True, kw_only=True, tag="export", tag_field="kind", omit_defaults=True):
    """A chunk of an export, oldest first above `after`. The first chunk (`after` -1) of a CSV has the header.
    `packed` says that the asker can open packed chunks; who does not say so gets none."""

    format: Literal["csv", "ndjson"] = "csv"
    after: int = -1
    packed: bool = False


class ExportChunk(Struct, frozen=True):
    """Lines that are ready to be sent. `cursor` is the next question's `after`; -1 when this was the last.
    `size` is the length of the lines when `data` is packed (`packing`), 0 when they stand there as they are."""

    data: bytes
    rows: int
    cursor: int
    size: int = 0
