"""Assets: announce an upload, confirm it, publish, list, delete. The files themselves: `asset_files`."""

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec

from waypost.control import limits
from waypost.control.core.announce import announce
from waypost.control.core.keys import Peppers
from waypost.control.core.quotas import check_storage
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.assets import (
    ENDINGS,
    Asset,
    AssetMoved,
    AssetNotFound,
    Kept,
    StartUpload,
    UploadMissing,
    UploadTarget,
)
from waypost.control.model.faults import Invalid, QuotaReached, TooLarge
from waypost.control.model.installation import Installation
from waypost.control.model.page import Page, PageRequest
from waypost.control.objects import Objects
from waypost.control.store import assets
from waypost.control.store.tx import Tx
from waypost.wire.assets import asset_path

_PURPOSE = b"asset upload\n"


def bytes_max(content_type: str) -> int:
    """The largest file of a type that is taken."""
    kind = content_type.partition("/")[0]
    return {"image": limits.ASSET_PICTURE_BYTES_MAX, "video": limits.ASSET_FILM_BYTES_MAX}.get(
        kind, limits.ASSET_BYTES_MAX
    )


def upload_key(asset: Asset) -> str:
    """Where an upload waits to be judged. Its address outlives the confirmation, so nothing is read from it
    afterwards.
    """
    return f"uploads/{asset.id.replace('-', '')}"


def kept_key(asset: Asset) -> str:
    """Where a confirmed file stays."""
    return f"kept/{asset.file}"


def public_key(asset: Asset) -> str:
    """Where visitors read a published file."""
    return f"public/{asset.file}/{asset.name}"


def public_url(asset: Asset, installation: Installation) -> str:
    """The address of a published file; empty while it is not published."""
    if not asset.published_ms:
        return ""
    if installation.assets_url:
        return f"{installation.assets_url}/{public_key(asset)}"
    return installation.public_url.rstrip("/") + asset_path(asset.file, asset.name)


async def start_upload(tx: Tx, actor: Actor, command: StartUpload) -> Asset:
    """Announce a file. Raises Invalid for a type or name that is not taken, TooLarge, QuotaReached; when it
    replaces another, AssetNotFound, and UploadMissing when that one is not confirmed itself.
    """
    content_type = command.content_type.partition(";")[0].strip().lower()
    if content_type not in ENDINGS:
        raise Invalid("content_type", f"must be one of {', '.join(ENDINGS)}")
    filename = command.filename.strip()
    if not filename or len(filename) > limits.ASSET_FILENAME_CHARACTERS_MAX or not filename.isprintable():
        raise Invalid(
            "filename", f"must have 1 to {limits.ASSET_FILENAME_CHARACTERS_MAX} printable characters"
        )
    if command.size_bytes < 0:
        raise Invalid("size_bytes", "must not be negative")
    if command.size_bytes > bytes_max(content_type):
        raise TooLarge(f"bytes of {content_type}", bytes_max(content_type))
    if await assets.count_of(tx, actor.workspace_id) >= limits.ASSETS_PER_WORKSPACE_MAX:
        raise QuotaReached("assets", limits.ASSETS_PER_WORKSPACE_MAX)
    if await assets.count_of(tx, actor.workspace_id, "pending") >= limits.ASSETS_PENDING_MAX:
        raise QuotaReached("unconfirmed uploads", limits.ASSETS_PENDING_MAX)
    freed = await _room_of_replaced(tx, actor, command, content_type)
    await check_storage(tx, actor, command.size_bytes - freed)
    asset = Asset(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        replaces=command.replaces,
        filename=filename,
        content_type="image/jpeg" if content_type == "image/jpg" else content_type,
        size_bytes=command.size_bytes,
        upload_expires_ms=tx.now_ms + limits.ASSET_UPLOAD_S * 1000,
        extras=command.extras,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        created_by=actor.id,
    )
    await assets.rows.insert(tx, asset)
    return asset


def upload_target(
    objects: Objects, peppers: Peppers, installation: Installation, asset: Asset, now_ms: int
) -> UploadTarget:
    """Where the file of an announced asset is PUT: at the bucket, or at this API."""
    headers = {"content-type": asset.content_type}
    url = objects.upload_url(upload_key(asset), headers, now_ms, limits.ASSET_UPLOAD_S)
    if not url:
        expires_s = asset.upload_expires_ms // 1000
        query = {"expires": expires_s, "signature": _signature(peppers.secrets[0], asset.id, expires_s)}
        url = f"{installation.api_url}/v1/assets/{asset.id}/upload?{urlencode(query)}"
    return UploadTarget(url=url, headers=headers, expires_ms=asset.upload_expires_ms)


async def upload_allowed(
    tx: Tx, peppers: Peppers, asset_id: str, *, expires_s: int, signature: str, content_type: str
) -> Asset:
    """The asset whose signed address is used. Raises AssetNotFound, Invalid for another type than announced.

    Whoever holds no valid address learns nothing.
    """
    good = any(
        hmac.compare_digest(signature.encode(), _signature(secret, asset_id, expires_s).encode())
        for secret in peppers.secrets
    )
    if not good or expires_s * 1000 <= tx.now_ms:
        raise AssetNotFound(asset_id)
    asset = await assets.anywhere(tx, asset_id)
    if asset.state != "pending":
        raise AssetNotFound(asset_id)
    if content_type.partition(";")[0].strip().lower() != asset.content_type:
        raise Invalid("Content-Type", f"must be {asset.content_type}, as announced")
    return asset


async def confirm(tx: Tx, actor: Actor, asset_id: str, kept: Kept | None) -> Asset:
    """Take a judged file in; once more changes nothing. Raises AssetNotFound, QuotaReached.

    What replaces another is confirmed by `asset_replace`.
    """
    before = await assets.get(tx, actor.workspace_id, asset_id)
    if kept is None or before.state == "confirmed":
        return before
    await check_storage(tx, actor, kept.size_bytes - before.size_bytes)
    after = with_file(before, kept, tx.now_ms)
    await assets.rows.save(tx, after)
    await record_change(tx, actor, "asset.create", asset_id, None, after)
    announce(tx, "asset.uploaded", actor.workspace_id, event_data(after))
    return after


def with_file(asset: Asset, kept: Kept, now_ms: int) -> Asset:
    """An asset with the file that was judged for it."""
    return msgspec.structs.replace(
        asset,
        state="confirmed",
        size_bytes=kept.size_bytes,
        width=kept.width,
        height=kept.height,
        sha256=kept.sha256,
        updated_ms=now_ms,
    )


async def publish(tx: Tx, actor: Actor, asset: Asset) -> Asset:
    """Note that a file is public; `asset_files.copied_out` has put it there.

    Raises AssetNotFound, AssetMoved when it was replaced since.
    """
    asset_id = asset.id
    before = await assets.get(tx, actor.workspace_id, asset_id)
    if before.file != asset.file:
        raise AssetMoved
    if before.published_ms:
        return before
    after = msgspec.structs.replace(before, published_ms=tx.now_ms, updated_ms=tx.now_ms)
    await assets.rows.save(tx, after)
    await record_change(tx, actor, "asset.update", asset_id, before, after)
    return after


async def get_asset(tx: Tx, actor: Actor, asset_id: str) -> Asset:
    """One asset. Raises AssetNotFound."""
    return await assets.get(tx, actor.workspace_id, asset_id)


async def list_assets(
    tx: Tx, actor: Actor, page: PageRequest, *, state: str = "", count: bool = False
) -> Page[Asset]:
    """Assets, newest first, those that wait for their upload included. Raises InvalidCursor."""
    return await assets.page(tx, actor.workspace_id, page, state=state, count=count)


async def delete_asset(tx: Tx, actor: Actor, asset_id: str) -> Asset:
    """Hide an asset from everybody; `asset_files.discard` removes its files. Raises AssetNotFound."""
    before = await assets.get(tx, actor.workspace_id, asset_id)
    await assets.rows.save(tx, msgspec.structs.replace(before, state="deleted", updated_ms=tx.now_ms))
    if before.state == "confirmed":
        await record_change(tx, actor, "asset.delete", asset_id, before, None)
    return before


async def _room_of_replaced(tx: Tx, actor: Actor, command: StartUpload, content_type: str) -> int:
    """How many bytes a replacement frees. Raises AssetNotFound, UploadMissing, Invalid for another kind of file."""
    if not command.replaces:
        return 0
    old = await assets.get(tx, actor.workspace_id, command.replaces)
    if old.state != "confirmed":
        raise UploadMissing("replaces", "is not confirmed itself")
    kind, old_kind = content_type.partition("/")[0], old.content_type.partition("/")[0]
    if kind != old_kind and not command.of_any_kind:
        raise Invalid("content_type", f"must be of the kind of what it replaces, {old_kind}/…")
    return old.size_bytes


def event_data(asset: Asset) -> dict[str, Any]:
    """What webhooks are told of an asset."""
    return {
        "asset_id": asset.id,
        "filename": asset.filename,
        "content_type": asset.content_type,
        "size_bytes": asset.size_bytes,
    }


def _signature(secret: bytes, asset_id: str, expires_s: int) -> str:
    return hmac.new(secret, _PURPOSE + f"{asset_id} {expires_s}".encode(), sha256).hexdigest()
