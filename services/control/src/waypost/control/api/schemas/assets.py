"""Assets as JSON."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from waypost.control import limits
from waypost.control.api.mapping import always_time
from waypost.control.core.assets import public_url
from waypost.control.model.assets import Asset, StartUpload, UploadTarget
from waypost.control.model.installation import Installation


class AssetCreate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Announce a file. `content_type` is one of the types that are taken; its bytes are judged later."""

    filename: Annotated[str, Meta(min_length=1, max_length=limits.ASSET_FILENAME_CHARACTERS_MAX)]
    content_type: Annotated[str, Meta(min_length=1, max_length=100)]
    size_bytes: Annotated[int, Meta(ge=0, le=limits.ASSET_FILM_BYTES_MAX)] = 0
    replaces: Annotated[str, Meta(max_length=36)] | None = None
    """The id of an asset of the same kind (picture, film, sound, other) that gets this file once it is
    confirmed. It keeps its id; pages that show it follow."""


class AssetOut(Struct, frozen=True, kw_only=True):
    """One file. `size_bytes` is what was announced until it is confirmed, then what is kept of it."""

    id: str
    filename: str
    content_type: str
    size_bytes: int
    status: str
    width: int | None
    height: int | None
    published: bool
    public_url: str | None
    """Readable by everybody, and cached for ever: a file never changes under its address. A file that
    replaces another has an address of its own."""
    replaces: str | None
    """The asset that gets this file when it is confirmed."""
    created_at: datetime
    updated_at: datetime


class UploadOut(Struct, frozen=True, kw_only=True):
    """Send the file itself, as the body of one request, with these headers and no key."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


class AssetStarted(Struct, frozen=True, kw_only=True):
    """The announced file, and where to put it."""

    asset: AssetOut
    upload: UploadOut


class AssetList(Struct, frozen=True):
    """A page of assets, newest first."""

    data: list[AssetOut]
    next_cursor: str | None


def to_start(body: AssetCreate) -> StartUpload:
    """The command."""
    return StartUpload(
        filename=body.filename,
        content_type=body.content_type,
        size_bytes=body.size_bytes,
        replaces=body.replaces or "",
    )


def to_asset(asset: Asset, installation: Installation) -> AssetOut:
    """An asset as JSON."""
    return AssetOut(
        id=asset.id,
        filename=asset.filename,
        content_type=asset.content_type,
        size_bytes=asset.size_bytes,
        status=asset.state,
        width=asset.width or None,
        height=asset.height or None,
        published=bool(asset.published_ms),
        public_url=public_url(asset, installation) or None,
        replaces=asset.replaces or None,
        created_at=always_time(asset.created_ms),
        updated_at=always_time(asset.updated_ms),
    )


def to_upload(target: UploadTarget) -> UploadOut:
    """Where to put a file, as JSON."""
    return UploadOut(
        method="PUT", url=target.url, headers=target.headers, expires_at=always_time(target.expires_ms)
    )
