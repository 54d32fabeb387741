"""The second tier of TrimLink's names: statistics, folders, domains."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

NAME_CHARACTERS_MAX = 100
HOST_CHARACTERS_MAX = 253


class Day(Struct, frozen=True):
    """Clicks of one day (UTC)."""

    date: str
    clicks: int


class CountryClicks(Struct, frozen=True):
    """Clicks from one country, by its ISO code; "" is unknown."""

    country: str
    clicks: int


class ReferrerClicks(Struct, frozen=True):
    """Clicks from one site; "" is none."""

    referrer: str
    clicks: int


class Devices(Struct, frozen=True, kw_only=True):
    """Clicks by kind of device."""

    mobile: int = 0
    desktop: int = 0
    tablet: int = 0


class Stats(Struct, frozen=True, rename="camel", kw_only=True):
    """Everything about one link, since it was made. People only."""

    total_clicks: int
    unique_clicks: int
    clicks_by_day: list[Day]
    top_countries: list[CountryClicks]
    top_referrers: list[ReferrerClicks]
    devices: Devices
    browsers: dict[str, int]


class FolderWrite(Struct, frozen=True, kw_only=True):
    """A folder to make or rename."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]


class FolderOut(Struct, frozen=True, rename="camel", kw_only=True):
    """A folder."""

    id: str
    name: str
    created_at: datetime


class FolderAnswer(Struct, frozen=True, kw_only=True):
    """One folder: the vendor puts it beside `success`, not in `data`."""

    success: Literal[True] = True
    folder: FolderOut


class FoldersAnswer(Struct, frozen=True, kw_only=True):
    """All folders."""

    success: Literal[True] = True
    folders: list[FolderOut]


class Move(Struct, frozen=True, rename="camel", kw_only=True):
    """Where a link goes; null takes it out of its folder."""

    folder_id: str | UnsetType | None = UNSET


class DomainCreate(Struct, frozen=True):
    """A domain to add."""

    domain: Annotated[str, Meta(min_length=1, max_length=HOST_CHARACTERS_MAX)]


class Record(Struct, frozen=True, kw_only=True):
    """A DNS record to set."""

    type: str
    name: str
    value: str


class DomainOut(Struct, frozen=True, rename="camel", kw_only=True):
    """A domain with what its DNS must hold."""

    id: str
    domain: str
    status: Literal["pending", "active", "failed"]
    verified: bool
    records: list[Record]
    created_at: datetime
