"""Another file for a media item: announced and PUT, or fetched; what uses the item shows the new file."""

from typing import Any

from litestar import Response, post
from litestar.params import FromPath, JSONBody

from waypost.control.core import assets
from waypost.control.dialects.linkbreakers.asked import case_of, gives, shown, takes
from waypost.control.dialects.linkbreakers.library import brought_in, given_up, refuse_known, shown_media
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.mapping.media import name_of
from waypost.control.dialects.linkbreakers.routes.media import COMPLETE, ONE, TAG
from waypost.control.dialects.linkbreakers.schemas.media import (
    MediaOut,
    Reference,
    ReplaceAnswer,
    ReplaceImport,
    ReplaceUpload,
    ReplaceUploadAnswer,
)
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.uses import check_uses, detach_logos, references, reopen
from waypost.control.model.assets import Asset, AssetNotFound, StartUpload
from waypost.control.model.faults import Fault, Invalid
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.control.surface.replacing import replace_file

UPLOADS = ONE + "/replace-uploads"


@post(UPLOADS, scope="assets:write", **takes(ReplaceUpload, ReplaceUploadAnswer, TAG))
async def create_replace_upload(
    call: Caller, media_id: FromPath[str], data: JSONBody[ReplaceUpload]
) -> Response[Any]:
    """Announce the file that takes the place of an item's; PUT it where the answer says, then complete it."""
    if data.size < 1:
        raise Invalid("size", "must be a whole number from 1")
    case, digest = case_of(call), (data.sha256 or "").lower()
    command = StartUpload(
        filename=data.file_name,
        content_type=data.mime_type.lower(),
        size_bytes=data.size,
        replaces=media_id,
        of_any_kind=True,
    )

    async def work(tx: Tx) -> tuple[MediaOut, Asset | None]:
        asset = await assets.get_asset(tx, call.actor, media_id)
        await refuse_known(tx, call, digest, media_id)
        out = shown_media(call, asset, await references(tx, call, asset))
        if digest and digest == asset.sha256:
            return out, None
        await check_uses(tx, call, asset, command.content_type, command.size_bytes)
        return out, await assets.start_upload(tx, call.actor, command)

    def render(found: tuple[MediaOut, Asset | None]) -> Any:
        media, upload = found
        if upload is None:
            return spell(ReplaceUploadAnswer(media=media, unchanged=True), case)
        control = call.control
        target = assets.upload_target(
            control.assets.objects, control.peppers, control.database.installation, upload, upload.created_ms
        )
        answer = ReplaceUploadAnswer(
            media=media,
            replacement_id=upload.id,
            upload_url=target.url,
            upload_method="PUT",
            upload_headers=target.headers,
            upload_expires_at=at(target.expires_ms),
        )
        return spell(answer, case)

    return await call.write(work, render)


@post(f"{UPLOADS}/{{replacement_id:str}}", scope="assets:write", **gives(ReplaceAnswer, TAG))
async def complete_replace(
    call: Caller, media_id: FromPath[str], replacement_id: FromPath[str]
) -> Response[Any]:
    """`{replacementId}:complete`: judge what was uploaded and swap it in."""
    if not replacement_id.endswith(COMPLETE):
        raise AssetNotFound(replacement_id)
    if (before := await call.answered_before()) is not None:
        return before
    wanted = replacement_id.removesuffix(COMPLETE)
    replacement = await call.read(lambda tx: assets.get_asset(tx, call.actor, wanted))
    if replacement.replaces != media_id:
        raise AssetNotFound(wanted)
    return await _replaced(call, replacement)


@post(f"{ONE}/replace:import", scope="assets:write", **takes(ReplaceImport, ReplaceAnswer, TAG))
async def replace_import(
    call: Caller, media_id: FromPath[str], data: JSONBody[ReplaceImport]
) -> Response[Any]:
    """Fetch the new file from a public address and swap it in."""
    if (before := await call.answered_before()) is not None:
        return before
    if not data.url:
        raise Invalid("url", "is required")
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, media_id))

    def announced(content_type: str) -> StartUpload:
        name = data.file_name or name_of(data.url or "", content_type) or asset.filename
        return StartUpload(filename=name, content_type=content_type, replaces=media_id, of_any_kind=True)

    replacement = await brought_in(call, data.url, announced)
    try:
        return await _replaced(call, replacement)
    except Fault:
        await given_up(call, replacement)
        raise


async def _replaced(call: Call, replacement: Asset) -> Response[Any]:
    """Judge an upload and let it take the place of what it replaces, wherever that is shown."""
    case = case_of(call)
    kept = await call.control.assets.keep(replacement)
    if kept is None:
        raise AssetNotFound(replacement.id)
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, replacement.replaces))
    if kept.sha256 == asset.sha256:
        async with call.control.database.write() as tx:  # the sweep takes the files away
            await assets.delete_asset(tx, call.actor, replacement.id)
        return shown(call, ReplaceAnswer(media=await _as_it_is(call, asset), unchanged=True))
    detached: list[Reference] = []
    used: list[Reference] = []

    async def also(tx: Tx, after: Asset) -> None:
        await refuse_known(tx, call, kept.sha256, after.id)
        await check_uses(tx, call, asset, after.content_type, after.size_bytes)
        detached.extend(await detach_logos(tx, call, after))
        await reopen(tx, call, after)
        used.extend(await references(tx, call, after))

    def render(after: Asset) -> Any:
        media = shown_media(call, after, used)
        return spell(ReplaceAnswer(media=media, detached_references=detached), case)

    return await replace_file(call, replacement, kept, render, also)


async def _as_it_is(call: Call, asset: Asset) -> MediaOut:
    return shown_media(call, asset, await call.read(lambda tx: references(tx, call, asset)))


HANDLERS = [create_replace_upload, complete_replace, replace_import]
