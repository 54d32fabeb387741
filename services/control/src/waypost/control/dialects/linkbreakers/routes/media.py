"""Media: uploaded in the request or to a signed address, listed with where they are used, deleted."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from waypost.control.core import assets
from waypost.control.core.asset_files import discard
from waypost.control.core.assets import kept_key, upload_key
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.errors import MediaExists, MediaInUse
from waypost.control.dialects.linkbreakers.library import (
    FILES,
    brought_in,
    completed,
    given_up,
    refuse_known,
    shown_media,
)
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.mapping.media import (
    KINDS,
    ORIGINS,
    body_of,
    kind_of,
    origin,
    to_start,
    type_of,
)
from waypost.control.dialects.linkbreakers.schemas.media import (
    MediaAnswer,
    MediaCreate,
    MediaImport,
    MediaList,
    MediaOut,
    UploadAnswer,
    UploadCreate,
)
from waypost.control.dialects.linkbreakers.signed import workspace_of
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.uses import LOGO, detach_logos, references
from waypost.control.model.access import system_actor
from waypost.control.model.assets import Asset, AssetNotFound
from waypost.control.model.faults import Fault, Invalid, InvalidCursor
from waypost.control.model.page import PageRequest
from waypost.control.objects import Objects
from waypost.control.store import assets as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller
from waypost.wire.assets import served_headers

TAG = "Media"
PATH = "/v1/media"
ONE = PATH + "/{media_id:str}"
COMPLETE = ":complete"
_PAGE = 200


@post(PATH, scope="assets:write", **takes(MediaCreate, MediaAnswer, TAG))
async def create_media(call: Caller, data: JSONBody[MediaCreate]) -> Response[Any]:
    """Take a file of up to 3 MB that is in the request. Pictures are written anew, without metadata."""
    body = body_of(data)
    command = to_start(data, type_of(body), len(body))
    if (before := await call.answered_before()) is not None:
        return before
    async with call.control.database.write() as tx:
        await refuse_known(tx, call, sha256(body).hexdigest())
        asset = await assets.start_upload(tx, call.actor, command)
    headers = {"content-type": asset.content_type}
    await call.control.assets.objects.write(upload_key(asset), body, headers)
    return await _taken_in(call, asset)


@post(f"{PATH}:import", scope="assets:write", **takes(MediaImport, MediaAnswer, TAG))
async def import_media(call: Caller, data: JSONBody[MediaImport]) -> Response[Any]:
    """Fetch a file from a public address and keep it: a film of up to 50 MB never stands in memory."""
    if (before := await call.answered_before()) is not None:
        return before
    asset = await brought_in(call, data.url, lambda content_type: to_start(data, content_type, 0))
    return await _taken_in(call, asset)


@post(f"{PATH}/uploads", scope="assets:write", **takes(UploadCreate, UploadAnswer, TAG))
async def create_upload(call: Caller, data: JSONBody[UploadCreate]) -> Response[Any]:
    """Announce a file; PUT it where the answer says, then complete it."""
    if data.size < 1:
        raise Invalid("size", "must be a whole number from 1")
    case, command = case_of(call), to_start(data, data.mime_type.lower(), data.size)

    async def work(tx: Tx) -> Asset:
        await refuse_known(tx, call, (data.sha256 or "").lower())
        return await assets.start_upload(tx, call.actor, command)

    def render(asset: Asset) -> Any:
        control = call.control
        target = assets.upload_target(
            control.assets.objects, control.peppers, control.database.installation, asset, asset.created_ms
        )
        answer = UploadAnswer(
            media=shown_media(call, asset),
            upload_url=target.url,
            upload_headers=target.headers,
            upload_expires_at=at(target.expires_ms),
        )
        return spell(answer, case)

    return await call.write(work, render)


@post(ONE, scope="assets:write", **gives(MediaAnswer, TAG))
async def complete_upload(call: Caller, media_id: FromPath[str]) -> Response[Any]:
    """`{id}:complete`: judge what was uploaded and keep it. Once more changes nothing."""
    if not media_id.endswith(COMPLETE):
        raise AssetNotFound(media_id)
    wanted = media_id.removesuffix(COMPLETE)
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, wanted))
    if asset.replaces:
        raise AssetNotFound(wanted)
    return await completed(call, asset)


@get(PATH, scope="assets:read", **gives(MediaList, TAG))
async def list_media(call: Caller) -> Response[Any]:
    """Files that are complete, newest first, with where they are used: `kind`, `uploaded_from`."""
    query = query_of(call)
    kind = query.choice("kind", tuple(KINDS), "")
    uploaded_from = query.choice("uploaded_from", ORIGINS, "")
    pager = pager_of(call, "media", kind, uploaded_from)
    page = query.page(pager)
    if page.after and not page.after.isdecimal():
        raise InvalidCursor("page_token", "is not a token of this list")
    start = int(page.after or 0)

    async def work(tx: Tx) -> MediaList:
        found = [
            asset
            for asset in await _confirmed(tx, call)
            if kind in ("", kind_of(asset)) and uploaded_from in ("", origin(asset))
        ]
        end = start + page.limit
        media = [shown_media(call, each, await references(tx, call, each)) for each in found[start:end]]
        token = pager.seal(str(end)) if end < len(found) else ""
        return MediaList(media=media, next_page_token=token, total_count=len(found))

    return shown(call, await call.read(work))


@get(ONE, scope="assets:read", **gives(MediaAnswer, TAG))
async def read_media(call: Caller, media_id: FromPath[str]) -> Response[Any]:
    """One file."""

    async def work(tx: Tx) -> MediaOut:
        asset = await assets.get_asset(tx, call.actor, media_id)
        return shown_media(call, asset, await references(tx, call, asset))

    return shown(call, MediaAnswer(media=await call.read(work)))


@delete(ONE, scope="assets:write", status_code=200, tags=[TAG])
async def delete_media(call: Caller, media_id: FromPath[str]) -> Response[Any]:
    """Delete a file that no link opens and no page theme shows. QR codes keep their copy of it."""
    gone: list[Asset] = []

    async def work(tx: Tx) -> None:
        asset = await assets.get_asset(tx, call.actor, media_id)
        used = [each for each in await references(tx, call, asset) if each.type != LOGO]
        if used:
            link_ids = dict.fromkeys(each.link_id for each in used if each.link_id)
            templates = dict.fromkeys(filter(None, (each.page_theme_template_id for each in used)))
            raise MediaInUse(tuple(link_ids), tuple(templates))
        await detach_logos(tx, call, asset)
        gone.append(await assets.delete_asset(tx, call.actor, media_id))

    answer = await call.write(work, nothing)
    for asset in gone:
        await discard(call.control.database, call.control.assets.objects, asset)
    return answer


@get("/media/files/{media_id:str}", scope="", limited=True, tags=[TAG])
async def signed_file(call: Caller, media_id: FromPath[str]) -> Stream:
    """The file behind a signed address, for everybody who has the address, until it expires."""
    actor = system_actor(workspace_of(call, FILES, media_id), "media")
    asset = await call.read(lambda tx: assets.get_asset(tx, actor, media_id))
    objects = call.control.assets.objects
    async with objects.opened(kept_key(asset)) as file:
        if file is None:
            raise AssetNotFound(media_id)
        size = file.size_bytes
    headers = {
        **served_headers(asset.file, asset.name),
        "cache-control": "private, max-age=60",
        "content-length": str(size),
    }
    media_type = headers.pop("content-type")
    return Stream(_pieces(objects, kept_key(asset)), media_type=media_type, headers=headers)


async def _pieces(objects: Objects, key: str) -> AsyncIterator[bytes]:
    # Opened again when the answer is under way, so that nothing stays open for an answer that never was.
    async with objects.opened(key) as file:
        if file is not None:
            async for piece in file.pieces:
                yield piece


async def _taken_in(call: Call, asset: Asset) -> Response[Any]:
    try:
        return await completed(call, asset)
    except Fault as fault:
        await given_up(call, asset)
        if not isinstance(fault, MediaExists):
            raise
        # Whoever sent the same request a moment ago has brought the file in.
        if (before := await call.answered_before()) is not None:
            return before
        raise


async def _confirmed(tx: Tx, call: Call) -> list[Asset]:
    found: list[Asset] = []
    wanted = PageRequest(limit=_PAGE)
    while True:
        page = await stored.page(tx, call.actor.workspace_id, wanted, state="confirmed")
        found += page.items
        if not page.next_cursor:
            return found
        wanted = PageRequest(limit=_PAGE, after=page.next_cursor)


HANDLERS = [
    create_media,
    import_media,
    create_upload,
    complete_upload,
    list_media,
    read_media,
    delete_media,
    signed_file,
]
