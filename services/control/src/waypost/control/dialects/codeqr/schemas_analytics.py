"""What may be asked of analytics, in the words of CodeQR's relative, and the rows that answer."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from waypost.control.core.reports import Period

Event: TypeAlias = Literal["clicks", "leads", "sales", "composite", "scans"]
EventKind: TypeAlias = Literal["clicks", "leads", "sales"]
GroupBy: TypeAlias = Literal[
    "count", "timeseries", "continents", "countries", "regions", "cities", "devices", "browsers", "os",
    "trigger", "triggers", "event_names", "referers", "referer_urls", "top_links", "top_urls",
    "top_base_urls", "top_domains", "top_link_tags", "top_folders", "utm_sources", "utm_mediums",
    "utm_campaigns", "utm_terms", "utm_contents",
]  # fmt: skip
Row: TypeAlias = dict[str, Any]
"""The members of the dimension, then `clicks`, `leads`, `sales`, `saleAmount`."""


class Asked(Struct, frozen=True, kw_only=True):
    """The filters of a request, as they came; empty ones narrow nothing."""

    interval: Period | None = None
    start: str = ""
    end: str = ""
    timezone: str = "UTC"
    link_id: str = ""
    external_id: str = ""
    domain: str = ""
    key: str = ""
    tenant_id: str = ""
    tag_ids: str = ""
    folder_id: str = ""
    url: str = ""
    qr: bool | None = None
    traits: dict[str, str]
    """By the vendor's name: what is asked of the visit itself."""


class Figures(Struct, frozen=True, kw_only=True):
    """What is counted. Amounts stand per currency."""

    clicks: int = 0
    leads: int = 0
    sales: int = 0
    amounts: tuple[tuple[str, int], ...] = ()
