"""TrimLink's own names, in camelCase. Unknown members of requests are ignored."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

DataT = TypeVar("DataT")
QR_SIZE_PX_MIN = 256
QR_SIZE_PX_MAX = 2048
PAGE_ITEMS_MAX = 100
CUSTOM_CODE_CHARACTERS = (3, 50)


class Success(Struct, Generic[DataT], frozen=True, kw_only=True):
    """The envelope of every success."""

    success: Literal[True] = True
    data: DataT


class Done(Struct, frozen=True):
    """A success that has nothing to tell."""

    success: Literal[True] = True


class Pagination(Struct, frozen=True):
    """Where a page stands; pages count from 1."""

    page: int
    limit: int
    total: int


class PageOf(Struct, Generic[DataT], frozen=True, kw_only=True):
    """A page of a list."""

    success: Literal[True] = True
    data: list[DataT]
    pagination: Pagination


class QrOut(Struct, frozen=True, rename="camel", kw_only=True):
    """The code of a link; `data` is the picture in base64."""

    id: str
    format: Literal["png", "svg"]
    data: str
    size: int
    download_count: int
    scan_count: int


class Shorten(Struct, frozen=True, rename="camel", kw_only=True):
    """A new short link."""

    url: str
    custom_code: str | None = None
    title: str | None = None
    description: str | None = None
    expires_at: datetime | None = None
    folder_id: str | None = None


class LinkPatch(Struct, frozen=True, rename="camel", kw_only=True):
    """What to change."""

    url: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    folder_id: str | UnsetType | None = UNSET


class LinkOut(Struct, frozen=True, rename="camel", kw_only=True):
    """A short link."""

    id: str
    short_code: str
    short_url: str
    destination_url: str
    title: str | None
    description: str | None
    clicks: int
    last_clicked: datetime | None
    expires_at: datetime | None
    folder_id: str | None
    created_at: datetime


class QrOptions(Struct, frozen=True, rename="camel", kw_only=True):
    """How a code is to be made."""

    format: Literal["png", "svg"] = "png"
    size: Annotated[int, Meta(ge=QR_SIZE_PX_MIN, le=QR_SIZE_PX_MAX)] = 1024
    error_correction: Literal["L", "M", "Q", "H"] = "M"
