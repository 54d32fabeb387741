"""Pictures from elsewhere, for pages that show only pictures of ours: fetched once and kept as an asset."""

from hashlib import sha256
from urllib.parse import unquote, urlsplit

from waypost.control import limits
from waypost.control.core import assets as use_cases
from waypost.control.core.asset_files import AssetFiles
from waypost.control.core.qr_logo_fetch import fetch_picture
from waypost.control.model.access import Actor
from waypost.control.model.assets import Asset, StartUpload
from waypost.control.model.faults import Invalid
from waypost.control.store import assets
from waypost.control.store.database import Database
from waypost.qr.logo import kind_of

_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


async def picture_address(database: Database, files: AssetFiles, actor: Actor, url: str, field: str) -> str:
    """The address of a picture as a page takes it. One that is not ours yet is brought in and published.

    Raises Invalid naming the field, QuotaReached, Unavailable.
    """
    installation = database.installation
    own = installation.assets_url
    if url.startswith("/") or installation.is_own_asset(url) or (own and url.startswith(f"{own}/")):
        return url
    body = await fetch_picture(installation, url, field, limits.ASSET_PICTURE_BYTES_MAX)
    content_type = _TYPES.get(kind_of(body) or "")
    if content_type is None:
        raise Invalid(field, "is not a PNG, JPEG or WebP picture")
    async with database.read() as tx:
        asset = await assets.by_digest(tx, actor.workspace_id, sha256(body).hexdigest())
    if asset is None:
        asset = await _keep(database, files, actor, _name(url), content_type, body, field)
    async with files.copied_out(asset), database.write() as tx:
        asset = await use_cases.publish(tx, actor, asset)
    return use_cases.public_url(asset, installation)


async def _keep(
    database: Database, files: AssetFiles, actor: Actor, name: str, content_type: str, body: bytes, field: str
) -> Asset:
    async with database.write() as tx:
        command = StartUpload(filename=name, content_type=content_type, size_bytes=len(body))
        asset = await use_cases.start_upload(tx, actor, command)
    await files.objects.write(use_cases.upload_key(asset), body, {"content-type": content_type})
    try:
        kept = await files.keep(asset)
    except Invalid as fault:
        raise Invalid(field, fault.why) from fault
    async with database.write() as tx:
        asset = await use_cases.confirm(tx, actor, asset.id, kept)
    await files.forget_upload(asset)
    return asset


def _name(url: str) -> str:
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[-limits.ASSET_FILENAME_CHARACTERS_MAX :] or "picture"
