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
from waypost.control.core.asset_judge import Judge
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
            headers = stored_headers(asset.name)
            if not await self.objects.copy(kept_key(asset), public_key(asset), headers):
                raise UploadMissing("file", "is gone; upload it anew")

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
        try:
            return await (self._keep_picture(asset) if asset.is_picture else self._keep_file(asset))
        except TooLarge as error:
            raise TooLarge(f"bytes of {asset.content_type}", bytes_max(asset.content_type)) from error

    async def _keep_file(self, asset: Asset) -> Kept:
        """Read once, piece by piece; what is kept is what was read, even if it is uploaded anew meanwhile."""
        judge = Judge(asset.content_type, bytes_max(asset.content_type))
        async with self.objects.opened(upload_key(asset)) as upload:
            if upload is None:
                raise _missing()
            async for piece in upload.pieces:
                judge.see(piece)
            version = upload.version
        if not judge.is_of_type():
            raise Invalid("file", f"is not {asset.content_type}, as was announced")
        headers = {"content-type": asset.content_type}
        if not await self.objects.copy(upload_key(asset), kept_key(asset), headers, version):
            raise UploadMissing("file", "was uploaded anew meanwhile; confirm it again")
        return Kept(size_bytes=judge.size_bytes, sha256=judge.sha256)

    async def _keep_picture(self, asset: Asset) -> Kept:
        upload = await self.objects.read(upload_key(asset), bytes_max(asset.content_type))
        if upload is None:
            raise _missing()
        picture = await self._studio.prepare_picture(upload)
        if picture.kind != ending_of(asset.name):
            raise Invalid("file", f"is not {asset.content_type}, as was announced")
        await self.objects.write(kept_key(asset), picture.body, {"content-type": asset.content_type})
        return Kept(
            size_bytes=len(picture.body),
            sha256=sha256(upload).hexdigest(),
            width=picture.width,
            height=picture.height,
        )


def _missing() -> UploadMissing:
    return UploadMissing("file", "was not uploaded yet")


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
