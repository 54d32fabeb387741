"""The files of assets: judged when they are confirmed, copied out when published, removed when deleted.

No transaction is open while a file moves. What a crash leaves half done is an object without a row that
points to it, or a row that the sweep takes up again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import msgspec

from waypost.control import limits
from waypost.control.core.assets import bytes_max, get_asset, kept_key, public_key, upload_key
from waypost.control.core.qr_studio import Studio
from waypost.control.model.access import Actor
from waypost.control.model.assets import Asset, AssetNotFound, Kept, UploadMissing
from waypost.control.model.faults import Invalid, TooLarge, Unavailable
from waypost.control.objects import Objects
from waypost.control.store import assets
from waypost.control.store.database import Database
from waypost.wire.assets import ending_of, stored_headers


class AssetFiles:
    """One per process: where the files are, and how many are in memory at once."""

    def __init__(self, objects: Objects, studio: Studio) -> None:
        self.objects = objects
        self._studio = studio
        self._turns = asyncio.Semaphore(limits.ASSETS_MOVED_AT_ONCE_MAX)

    async def keep(self, asset: Asset) -> Kept | None:
        """Judge an upload and put it where it stays; None when that was done before.

        Pictures are written anew, so their metadata and whatever was hidden in them is gone. Raises
        UploadMissing, Invalid for a file that is not of its type, TooLarge, Unavailable.
        """
        if asset.state == "confirmed":
            return None
        async with self._turns:
            return await self._keep(asset)

    @asynccontextmanager
    async def copied_out(self, asset: Asset) -> AsyncIterator[None]:
        """Put the public copy of a confirmed file; taken back when the asset turns out to be deleted meanwhile.

        Raises UploadMissing before it is confirmed, Unavailable.
        """
        await self._copy_out(asset)
        try:
            yield
        except AssetNotFound:
            await self.objects.remove(public_key(asset))
            raise

    async def _copy_out(self, asset: Asset) -> None:
        if asset.state != "confirmed":
            raise UploadMissing("file", "is not confirmed yet")
        if asset.published_ms:
            return
        async with self._turns:
            body = await self.objects.read(kept_key(asset), limits.ASSET_BYTES_MAX)
            if body is None:
                raise UploadMissing("file", "is gone; upload it anew")
            await self.objects.write(public_key(asset), body, stored_headers(asset.name))

    async def copy_ahead(self, asset: Asset) -> None:
        """Put the public copy of a judged file that is not confirmed yet; what is never confirmed is swept.

        Raises UploadMissing, Unavailable.
        """
        await self._copy_out(msgspec.structs.replace(asset, state="confirmed"))

    async def forget_upload(self, asset: Asset) -> None:
        """Remove what was uploaded, once what is kept of it is confirmed."""
        with contextlib.suppress(Unavailable):  # it goes with the asset at the latest
            await self.objects.remove(upload_key(asset))

    async def _keep(self, asset: Asset) -> Kept:
        most = bytes_max(asset.content_type)
        try:
            upload = await self.objects.read(upload_key(asset), most)
        except TooLarge as error:
            raise TooLarge(f"bytes of {asset.content_type}", most) from error
        if upload is None:
            raise UploadMissing("file", "was not uploaded yet")
        digest = sha256(upload).hexdigest()
        headers = {"content-type": asset.content_type}
        if not asset.is_picture:
            if not is_of_type(upload, asset.content_type):
                raise Invalid("file", f"is not {asset.content_type}, as was announced")
            await self.objects.write(kept_key(asset), upload, headers)
            return Kept(size_bytes=len(upload), sha256=digest)
        picture = await self._studio.prepare_picture(upload)
        if picture.kind != ending_of(asset.name):
            raise Invalid("file", f"is not {asset.content_type}, as was announced")
        await self.objects.write(kept_key(asset), picture.body, headers)
        return Kept(size_bytes=len(picture.body), sha256=digest, width=picture.width, height=picture.height)


async def judged(
    database: Database, files: AssetFiles, actor: Actor, asset_id: str
) -> tuple[Asset, Kept | None]:
    """An asset, and what is kept of its upload: for `confirm`. Raises what `keep` raises, AssetNotFound."""
    async with database.read() as tx:
        asset = await get_asset(tx, actor, asset_id)
    try:
        return asset, await files.keep(asset)
    except UploadMissing:
        async with database.read() as tx:
            asset = await get_asset(tx, actor, asset_id)
        if asset.state == "confirmed":  # somebody else was faster, and has taken the upload away
            return asset, None
        raise


async def discard(database: Database, objects: Objects, asset: Asset) -> bool:
    """Remove the files of a deleted or forsaken asset, then its row; False when that must wait.

    Then the sweep tries again.
    """
    try:
        for key in (public_key(asset), kept_key(asset), upload_key(asset)):
            await objects.remove(key)
    except Unavailable:
        return False
    async with database.write() as tx:
        await assets.rows.remove(tx, asset.id)
    return True


async def sweep(database: Database, objects: Objects) -> int:
    """Remove what was deleted, and uploads that nobody confirmed; return how many are gone."""
    async with database.read() as tx:
        before_ms = tx.now_ms - limits.ASSET_UPLOAD_KEPT_MS
        forsaken = await assets.forsaken(tx, before_ms, limits.CLEAR_UP_ASSETS_MAX)
    gone = 0
    for asset in forsaken:
        gone += await discard(database, objects, asset)
    return gone


def is_of_type(body: bytes, content_type: str) -> bool:
    """Whether a file begins as its type does; texts must be UTF-8 throughout."""
    match content_type:
        case "application/pdf":
            return body.startswith(b"%PDF-")
        case "video/mp4":
            return body[4:8] == b"ftyp"
        case "video/webm":
            return body.startswith(b"\x1a\x45\xdf\xa3")
        case "audio/mpeg":
            return body.startswith(b"ID3") or (body[:1] == b"\xff" and body[1:2] >= b"\xe0")
        case "text/plain" | "text/csv":
            return b"\x00" not in body and _is_text(body)
    return False


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
