"""Assets: announce, upload, confirm, publish, list, delete."""

from collections.abc import Callable
from typing import Annotated, Literal

from litestar import Response, delete, get, post, put, route
from litestar.exceptions import InternalServerException
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from waypost.control import limits
from waypost.control.api.schemas.assets import (
    AssetCreate,
    AssetList,
    AssetOut,
    AssetStarted,
    to_asset,
    to_start,
    to_upload,
)
from waypost.control.core import assets
from waypost.control.core.asset_files import discard, judged
from waypost.control.model.assets import Asset, AssetNotFound
from waypost.control.model.faults import Malformed
from waypost.control.model.page import PageRequest
from waypost.control.model.rate import RatePolicy
from waypost.control.objects.local import LocalObjects
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller, answer
from waypost.control.surface.replacing import replace_file

TAGS = ["Assets"]
AssetId = Annotated[str, PathParameter(description="The asset's id.", max_length=64)]
Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_ITEMS_MAX, description="Items on a page.")]
Cursor = Annotated[str, QueryParameter(max_length=4000, description="`next_cursor` of the page before.")]
ExpiresS = Annotated[int, QueryParameter(ge=0, le=1 << 40, description="From the signed address.")]
UPLOAD_POLICIES = (RatePolicy("uploads", limits.UPLOADS_MINUTE, 60, limits.UPLOADS_BURST),)
"""Of one address: a machine may send many files, but not try many signatures."""
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
_UPLOADS = {
    "Access-Control-Allow-Methods": "PUT",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
Signature = Annotated[str, QueryParameter(max_length=200, description="From the signed address.")]


@post("/v1/assets", scope="assets:write", operation_id="createAsset", tags=TAGS, status_code=201)
async def create_asset(call: Caller, data: JSONBody[AssetCreate]) -> Response[AssetStarted]:
    """Announce a file; the answer says where to PUT it, within a quarter of an hour."""
    command = to_start(data)

    def started(asset: Asset) -> AssetStarted:
        control = call.control
        installation = control.database.installation
        target = assets.upload_target(
            control.assets.objects, control.peppers, installation, asset, asset.created_ms
        )
        return AssetStarted(asset=to_asset(asset, installation), upload=to_upload(target))

    return await call.write(lambda tx: assets.start_upload(tx, call.actor, command), started, status=201)


@put(
    "/v1/assets/{asset_id:str}/upload",
    scope="",
    limited=UPLOAD_POLICIES,
    operation_id="uploadAsset",
    tags=TAGS,
    status_code=200,
    request_max_body_size=None,
)
async def upload(
    call: Caller, asset_id: AssetId, expires: ExpiresS = 0, signature: Signature = ""
) -> Response[None]:
    """Receive a file at the signed address that `createAsset` gave. Sent again, it replaces the first."""
    request = call.request
    asset = await call.read(
        lambda tx: assets.upload_allowed(
            tx,
            call.control.peppers,
            asset_id,
            expires_s=expires,
            signature=signature,
            content_type=request.headers.get("content-type", ""),
        )
    )
    objects = call.control.assets.objects
    if not isinstance(objects, LocalObjects):
        raise AssetNotFound(asset_id)
    most = asset.size_bytes or assets.bytes_max(asset.content_type)
    try:
        await objects.receive(assets.upload_key(asset), request.stream(), most, {})
    except InternalServerException as error:  # what the framework makes of a client that went away
        raise Malformed("", "The upload broke off.") from error
    taken = answer(b"")
    taken.headers.update(_ANY_ORIGIN)
    return taken


@route("/v1/assets/{asset_id:str}/upload", http_method="OPTIONS", scope="", include_in_schema=False)
async def may_upload(asset_id: AssetId) -> Response[None]:
    """What a browser asks before it uploads from a page of another origin: the signed address is all it needs."""
    return Response(None, status_code=204, headers=_ANY_ORIGIN | _UPLOADS)


@post(
    "/v1/assets/{asset_id:str}/confirm",
    scope="assets:write",
    operation_id="confirmAsset",
    tags=TAGS,
    status_code=200,
)
async def confirm_asset(call: Caller, asset_id: AssetId) -> Response[AssetOut]:
    """Judge what was uploaded and keep it. Pictures are written anew, without metadata.

    A file that replaces another takes its place: the answer is that asset, and the id of the upload is gone.
    """
    control = call.control
    asset, kept = await judged(control.database, control.assets, call.actor, asset_id)
    if asset.replaces and kept is not None:
        return await replace_file(call, asset, kept, _shown(call))
    confirmed = await call.write(lambda tx: assets.confirm(tx, call.actor, asset_id, kept), _shown(call))
    await control.assets.forget_upload(asset)
    return confirmed


@post(
    "/v1/assets/{asset_id:str}/publish",
    scope="assets:write",
    operation_id="publishAsset",
    tags=TAGS,
    status_code=200,
)
async def publish_asset(call: Caller, asset_id: AssetId) -> Response[AssetOut]:
    """Make a confirmed file readable by everybody at its `public_url`, until it is deleted."""
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, asset_id))
    async with call.control.assets.copied_out(asset):
        return await call.write(lambda tx: assets.publish(tx, call.actor, asset), _shown(call))


@get("/v1/assets", scope="assets:read", operation_id="listAssets", tags=TAGS)
async def list_assets(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    status: FromQuery[Literal["pending", "confirmed"] | None] = None,
) -> AssetList:
    """List assets, newest first."""
    wanted = PageRequest(limit=limit, after=cursor)
    page = await call.read(lambda tx: assets.list_assets(tx, call.actor, wanted, state=status or ""))
    return AssetList([_shown(call)(asset) for asset in page.items], page.next_cursor or None)


@get("/v1/assets/{asset_id:str}", scope="assets:read", operation_id="getAsset", tags=TAGS)
async def get_asset(call: Caller, asset_id: AssetId) -> AssetOut:
    """Read one asset."""
    return _shown(call)(await call.read(lambda tx: assets.get_asset(tx, call.actor, asset_id)))


@delete("/v1/assets/{asset_id:str}", scope="assets:write", operation_id="deleteAsset", tags=TAGS)
async def delete_asset(call: Caller, asset_id: AssetId) -> Response[None]:
    """Delete an asset and its public copy. Pages that show it show a gap; caches may keep it for a while."""
    deleted: list[Asset] = []

    async def hide(tx: Tx) -> None:
        deleted.append(await assets.delete_asset(tx, call.actor, asset_id))

    gone = await call.write(hide, lambda nothing: nothing, status=204)
    for asset in deleted:
        await discard(call.control.database, call.control.assets.objects, asset)
    return gone


def _shown(call: Call) -> Callable[[Asset], AssetOut]:
    return lambda asset: to_asset(asset, call.control.database.installation)


HANDLERS = [
    may_upload,  # before the others of its path: the framework answers OPTIONS itself otherwise
    create_asset,
    upload,
    confirm_asset,
    publish_asset,
    list_assets,
    get_asset,
    delete_asset,
]
