"""Analytics in xQR's words. Scans are those of people; percentages have one decimal."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from waypost.control.dialects.xqr.schemas_links import LinkOut

Period: TypeAlias = Literal["7d", "30d", "90d", "all"]
Granularity: TypeAlias = Literal["hour", "day"]


class Point(Struct, frozen=True):
    """Scans from a moment until the next point."""

    timestamp: datetime
    scans: int


class CountryShare(Struct, frozen=True, kw_only=True):
    """Scans from a country."""

    country: str
    country_code: str
    scans: int
    percentage: float


class DeviceShare(Struct, frozen=True):
    """Scans by a kind of device."""

    device: str
    scans: int
    percentage: float


class BrowserShare(Struct, frozen=True):
    """Scans by a browser."""

    browser: str
    scans: int
    percentage: float


class OsShare(Struct, frozen=True):
    """Scans by an operating system."""

    os: str
    scans: int
    percentage: float


class DevicesOut(Struct, frozen=True):
    """What people scan with."""

    devices: list[DeviceShare]
    browsers: list[BrowserShare]
    os: list[OsShare]


class SummaryOut(Struct, frozen=True, kw_only=True):
    """The figures of a period, and how they changed against the one before."""

    total_scans: int
    unique_visitors: int
    scans_change_pct: float
    total_links: int
    active_links: int
    unique_countries: int
    top_countries: list[CountryShare]
    top_devices: list[DeviceShare]
    trend: list[Point]


class TopLink(LinkOut, frozen=True, kw_only=True):
    """A link with its scans in the period."""

    scans: int


class LinkStats(Struct, frozen=True, kw_only=True):
    """Everything about one link in a period."""

    link_id: str
    total_scans: int
    unique_visitors: int
    timeseries: list[Point]
    geography: list[CountryShare]
    devices: DevicesOut
