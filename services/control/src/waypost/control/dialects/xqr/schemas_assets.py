"""Assets in xQR's words."""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class AssetPresign(Struct, frozen=True, kw_only=True):
    """Announce a file. `filename` and `content_type` are needed, here or in the query."""

    filename: str | None = None
    content_type: str | None = None
    file_size: int | None = None


class PresignedOut(Struct, frozen=True, kw_only=True):
    """Where to PUT the file, with which headers and no key. `upload_url` is the same address."""

    asset_id: str
    presigned_url: str
    upload_url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: datetime


class AssetOut(Struct, frozen=True, kw_only=True):
    """A file."""

    id: str
    filename: str
    mime_type: str
    file_size: int
    status: Literal["pending", "confirmed"]
    is_public: bool
    public_url: str | None
    tags: list[str]
    created_at: datetime
    updated_at: datetime
