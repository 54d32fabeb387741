"""`/api/v1/assets`: presign, confirm, publish, list, read, delete."""

from collections.abc import Callable
from typing import Annotated

from litestar import Response, delete, get, post
from litestar.params import FromQuery, JSONBody, PathParameter

from waypost.control.core import assets
from waypost.control.core.asset_files import discard, judged
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, Limit, Offset, wrap, wrap_page, wrapping
from waypost.control.dialects.xqr.mapping_assets import to_asset, to_presigned
from waypost.control.dialects.xqr.schemas_assets import AssetOut, AssetPresign, PresignedOut
from waypost.control.model.assets import Asset, StartUpload
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAGS = ["Assets"]
AssetId = Annotated[str, PathParameter(description="The asset's UUID.", max_length=64)]


@post("/api/v1/assets/presign", scope="assets:write", operation_id="presignAsset", tags=TAGS, status_code=200)
async def presign(
    call: Caller,
    data: JSONBody[AssetPresign | None] = None,
    filename: FromQuery[str | None] = None,
    content_type: FromQuery[str | None] = None,
    file_size: FromQuery[int | None] = None,
) -> Response[Envelope[PresignedOut]]:
    """Announce a file; the answer says where to PUT it."""
    body = data or AssetPresign()
    command = StartUpload(
        filename=_required("filename", body.filename or filename),
        content_type=_required("content_type", body.content_type or content_type),
        size_bytes=body.file_size or file_size or 0,
    )

    def presigned(asset: Asset) -> Envelope[PresignedOut]:
        control = call.control
        target = assets.upload_target(
            control.assets.objects,
            control.peppers,
            control.database.installation,
            asset,
            asset.created_ms,
        )
        return wrap(call, to_presigned(asset, target))

    return await call.write(lambda tx: assets.start_upload(tx, call.actor, command), presigned)


@post(
    "/api/v1/assets/{asset_id:str}/confirm",
    scope="assets:write",
    operation_id="confirmAsset",
    tags=TAGS,
    status_code=200,
)
async def confirm(call: Caller, asset_id: AssetId) -> Response[Envelope[AssetOut]]:
    """Take in what was uploaded."""
    return await _confirm(call, asset_id)


@post(
    "/api/v1/assets/presign/{asset_id:str}/confirm",
    scope="assets:write",
    operation_id="confirmPresignedAsset",
    tags=TAGS,
    status_code=200,
)
async def confirm_presigned(call: Caller, asset_id: AssetId) -> Response[Envelope[AssetOut]]:
    """The same under the vendor's other path."""
    return await _confirm(call, asset_id)


@post(
    "/api/v1/assets/{asset_id:str}/publish",
    scope="assets:write",
    operation_id="publishAsset",
    tags=TAGS,
    status_code=200,
)
async def publish(call: Caller, asset_id: AssetId) -> Response[Envelope[AssetOut]]:
    """Copy a confirmed file to where everybody can read it."""
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, asset_id))
    async with call.control.assets.copied_out(asset):
        return await call.write(lambda tx: assets.publish(tx, call.actor, asset), _shown(call))


@get("/api/v1/assets", scope="assets:read", operation_id="listAssets", tags=TAGS)
async def list_assets(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, offset: Offset = 0
) -> Envelope[list[AssetOut]]:
    """List assets, newest first."""
    wanted = PageRequest(limit=limit, offset=offset)
    page = await call.read(lambda tx: assets.list_assets(tx, call.actor, wanted, count=True))
    installation = call.control.database.installation
    return wrap_page(call, page, lambda asset: to_asset(asset, installation), limit, offset)


@get("/api/v1/assets/{asset_id:str}", scope="assets:read", operation_id="getAsset", tags=TAGS)
async def get_asset(call: Caller, asset_id: AssetId) -> Envelope[AssetOut]:
    """Read an asset."""
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, asset_id))
    return _shown(call)(asset)


@delete("/api/v1/assets/{asset_id:str}", scope="assets:write", operation_id="deleteAsset", tags=TAGS)
async def delete_asset(call: Caller, asset_id: AssetId) -> Response[None]:
    """Delete an asset and its public copy."""
    deleted: list[Asset] = []

    async def hide(tx: Tx) -> None:
        deleted.append(await assets.delete_asset(tx, call.actor, asset_id))

    answer = await call.write(hide, lambda nothing: nothing, status=204)
    for asset in deleted:
        await discard(call.control.database, call.control.assets.objects, asset)
    return answer


async def _confirm(call: Call, asset_id: str) -> Response[Envelope[AssetOut]]:
    control = call.control
    asset, kept = await judged(control.database, control.assets, call.actor, asset_id)
    answer = await call.write(lambda tx: assets.confirm(tx, call.actor, asset_id, kept), _shown(call))
    await control.assets.forget_upload(asset)
    return answer


def _required(name: str, value: str | None) -> str:
    if not value:
        raise Invalid(name, "is required")
    return value


def _shown(call: Call) -> Callable[[Asset], Envelope[AssetOut]]:
    return wrapping(call, lambda asset: to_asset(asset, call.control.database.installation))


HANDLERS = [presign, confirm, confirm_presigned, publish, list_assets, get_asset, delete_asset]
