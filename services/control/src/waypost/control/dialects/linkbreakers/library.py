"""The media library: files taken in, shown at signed addresses, opened by links."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Response

from waypost.control.core import assets
from waypost.control.core.asset_files import discard
from waypost.control.core.assets import bytes_max, upload_key
from waypost.control.core.file_fetch import fetched
from waypost.control.dialects.linkbreakers.asked import case_of
from waypost.control.dialects.linkbreakers.errors import MediaExists
from waypost.control.dialects.linkbreakers.mapping.media import is_public, to_media, type_of
from waypost.control.dialects.linkbreakers.schemas.media import MediaAnswer, MediaOut, Reference
from waypost.control.dialects.linkbreakers.signed import address
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.workflow.graph import Graph
from waypost.control.dialects.linkbreakers.workflow.pages import MediaFile
from waypost.control.model.assets import Asset, StartUpload, UploadMissing
from waypost.control.model.faults import Fault, Invalid, TooLarge
from waypost.control.store import assets as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call

FILES = "files"
"""The shelf of signed addresses that files are on."""


async def refuse_known(tx: Tx, call: Call, sha256: str, own_id: str = "") -> None:
    """Raise MediaExists when the workspace has a file of this digest, but for the one that is replaced."""
    known = await stored.by_digest(tx, call.actor.workspace_id, sha256) if sha256 else None
    if known is not None and known.id != own_id:
        raise MediaExists(known.id, known.filename)


async def brought_in(call: Call, url: str, announced: Callable[[str], StartUpload]) -> Asset:
    """The asset of a file that was fetched from an address, to be completed. `announced` gets its type.

    Raises Invalid naming `url`, QuotaReached, Unavailable.
    """
    started: list[Asset] = []
    try:
        async with fetched(call.control.database.installation, url, "url") as file:
            command = announced(type_of(file.beginning, "url"))
            async with call.control.database.write() as tx:
                asset = await assets.start_upload(tx, call.actor, command)
            started.append(asset)
            most, headers = bytes_max(asset.content_type), {"content-type": asset.content_type}
            await call.control.assets.objects.receive(upload_key(asset), file.whole(), most, headers)
    except Fault as fault:
        for asset in started:
            await given_up(call, asset)
        if not isinstance(fault, TooLarge):
            raise
        raise Invalid(
            "url", f"gives more than the {fault.limit} bytes that files of its type may have"
        ) from fault
    return started[0]


async def given_up(call: Call, asset: Asset) -> None:
    """Let go of a file that was announced and will not be kept, so that it counts among those that wait no more."""
    async with call.control.database.write() as tx:
        gone = await assets.delete_asset(tx, call.actor, asset.id)
    await discard(call.control.database, call.control.assets.objects, gone)


async def completed(call: Call, asset: Asset) -> Response[Any]:
    """Judge what was uploaded for an asset, keep it, published when it shall be public, and answer with it.

    Raises UploadMissing, Invalid, MediaExists, QuotaReached.
    """
    case, files = case_of(call), call.control.assets
    kept = await files.keep(asset)
    public = is_public(asset) and not asset.published_ms
    if public:
        await files.copy_ahead(asset)

    async def work(tx: Tx) -> Asset:
        if kept is not None:
            await refuse_known(tx, call, kept.sha256)
        done = await assets.confirm(tx, call.actor, asset.id, kept)
        return await assets.publish(tx, call.actor, done) if public else done

    answer = await call.write(work, lambda done: spell(MediaAnswer(media=shown_media(call, done)), case))
    await files.forget_upload(asset)
    return answer


async def opened(call: Call, asset: Asset) -> Asset:
    """A file that visitors may read. Raises UploadMissing before it is there."""
    async with call.control.assets.copied_out(asset), call.control.database.write() as tx:
        return await assets.publish(tx, call.actor, asset)


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


def shown_media(call: Call, asset: Asset, used: Sequence[Reference] = ()) -> MediaOut:
    """A file with an address: its public one, or one that is signed and expires."""
    if asset.state != "confirmed":
        return to_media(asset, "")
    public = assets.public_url(asset, call.control.database.installation)
    return to_media(asset, public or address(call, FILES, asset.workspace_id, asset.id), used)
