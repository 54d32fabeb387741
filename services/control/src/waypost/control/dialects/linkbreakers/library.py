"""The media library: files taken in, shown at signed addresses, opened by links."""

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlencode

from waypost.control.core import assets, link_views
from waypost.control.dialects.linkbreakers.asked import base_url
from waypost.control.dialects.linkbreakers.errors import MediaExists
from waypost.control.dialects.linkbreakers.mapping.media import is_public, to_media
from waypost.control.dialects.linkbreakers.mapping.steps import graph_of
from waypost.control.dialects.linkbreakers.schemas.media import MediaOut, Reference
from waypost.control.dialects.linkbreakers.showing import image_expiry_s
from waypost.control.dialects.linkbreakers.workflow.graph import Graph
from waypost.control.dialects.linkbreakers.workflow.pages import MediaFile
from waypost.control.model.assets import Asset, UploadMissing
from waypost.control.model.faults import Invalid
from waypost.control.store import assets as stored
from waypost.control.store import links as stored_links
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call

_PURPOSE = b"linkbreakers media\n"


async def refuse_known(tx: Tx, call: Call, sha256: str) -> None:
    """Raise MediaExists when the workspace has a file of this digest."""
    known = await stored.by_digest(tx, call.actor.workspace_id, sha256) if sha256 else None
    if known is not None:
        raise MediaExists(known.id, known.filename)


async def completed(call: Call, asset: Asset) -> Asset:
    """Judge what was uploaded for an asset and keep it, published when it shall be public.

    Raises UploadMissing, Invalid, MediaExists, QuotaReached.
    """
    kept = await call.control.assets.keep(asset)
    async with call.control.database.write() as tx:
        if kept is not None:
            await refuse_known(tx, call, kept.sha256)
        asset = await assets.confirm(tx, call.actor, asset.id, kept)
    await call.control.assets.forget_upload(asset)
    return await opened(call, asset) if is_public(asset) else asset


async def opened(call: Call, asset: Asset) -> Asset:
    """A file that visitors may read. Raises UploadMissing before it is there."""
    async with call.control.assets.copied_out(asset), call.control.database.write() as tx:
        return await assets.publish(tx, call.actor, asset.id)


async def opened_media(call: Call, media_id: str) -> None:
    """Let visitors read the file that a step opens. Raises Invalid naming the member."""
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, media_id))
    try:
        await opened(call, asset)
    except UploadMissing as error:
        raise Invalid("payload.openMedia.mediaId", "its upload is not complete") from error


async def files_of(tx: Tx, call: Call, graph: Graph) -> dict[str, MediaFile]:
    """The files that the steps of a graph open; those that are gone are not among them."""
    found = {}
    for step in graph:
        media_id = str(step.payload.get("mediaId") or "") if step.action == "OPEN_MEDIA" else ""
        asset = await stored.find(tx, call.actor.workspace_id, media_id) if media_id else None
        if asset is not None and asset.published_ms:
            url = assets.public_url(asset, tx.installation)
            found[media_id] = MediaFile(url, asset.content_type, asset.filename, asset.size_bytes)
    return found


async def references(tx: Tx, call: Call, asset: Asset) -> list[Reference]:
    """The steps that open a file."""
    found = []
    for link in await stored_links.with_content(tx, call.actor.workspace_id, asset.id.replace("-", "")):
        view = await link_views.view(tx, link)
        found += [
            Reference(
                type="TYPE_OPEN_MEDIA_STEP",
                link_id=link.id,
                link_name=link.title or view.link.slug,
                workflow_step_id=step.id,
            )
            for step in graph_of(link)
            if step.payload.get("mediaId") == asset.id
        ]
    return found


def shown_media(call: Call, asset: Asset, used: Sequence[Reference] = ()) -> MediaOut:
    """A file with an address: its public one, or one that is signed and expires."""
    if asset.state != "confirmed":
        return to_media(asset, "")
    public = assets.public_url(asset, call.control.database.installation)
    return to_media(asset, public or _address(call, asset), used)


def _address(call: Call, asset: Asset) -> str:
    expires_s = image_expiry_s(call.now_ms)
    query = {
        "w": asset.workspace_id,
        "exp": expires_s,
        "sig": _signature(call.control.peppers.secrets[0], asset.workspace_id, asset.id, expires_s),
    }
    return f"{base_url(call)}/media/files/{asset.id}?{urlencode(query)}"


def checked_address(call: Call, asset_id: str) -> str:
    """The workspace of a signed address. Raises Invalid for one that was changed or is over."""
    query = call.request.query_params
    workspace_id, expires, given = query.get("w", ""), query.get("exp", ""), query.get("sig", "")
    if not expires.isascii() or not expires.isdecimal() or len(expires) > 12:
        raise Invalid("exp", "is not a time")
    good = any(
        hmac.compare_digest(_signature(secret, workspace_id, asset_id, int(expires)).encode(), given.encode())
        for secret in call.control.peppers.secrets
    )
    if not good:
        raise Invalid("sig", "this address was changed")
    if int(expires) * 1000 < call.now_ms:
        raise Invalid("exp", "this address has expired; ask for a fresh one")
    return workspace_id


def _signature(secret: bytes, workspace_id: str, asset_id: str, expires_s: int) -> str:
    text = "\n".join((workspace_id, asset_id, str(expires_s))).encode()
    return hmac.new(secret, _PURPOSE + text, hashlib.sha256).hexdigest()[:32]
