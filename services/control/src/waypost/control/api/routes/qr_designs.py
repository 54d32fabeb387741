"""QR designs and templates."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import UNSET

from waypost.control import limits
from waypost.control.api.routes.qr import DesignId, logo_upload
from waypost.control.api.schemas.qr import (
    QrDesignCreate,
    QrDesignList,
    QrDesignOut,
    QrDesignPatch,
    to_create,
    to_design,
    to_report,
    to_update,
)
from waypost.control.core import qr_designs
from waypost.control.model.page import PageRequest
from waypost.control.model.qr import QrDesign
from waypost.control.surface.call import Caller, expected_version, version_etag

TAGS = ["QR codes"]
Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_ITEMS_MAX, description="Items on a page.")]
Cursor = Annotated[str, QueryParameter(max_length=4000, description="`next_cursor` of the page before.")]


def _etag(design: QrDesign) -> str:
    return version_etag(design.version)


@post(
    "/v1/qr/designs",
    scope="qr:write",
    operation_id="createQrDesign",
    tags=TAGS,
    status_code=201,
    request_max_body_size=limits.QR_BODY_BYTES_MAX,
)
async def create_design(call: Caller, data: JSONBody[QrDesignCreate]) -> Response[QrDesignOut]:
    """Create a design. One that no code could scan with is refused with findings that say what to change."""
    command = to_create(data)
    command = msgspec.structs.replace(command, logo=await logo_upload(call, command.logo, data.logo_url))
    judged = await qr_designs.judged(call.control.studio, command, repair=data.repair)
    command = msgspec.structs.replace(command, design=judged.design)
    return await call.write(
        lambda tx: qr_designs.create_design(tx, call.actor, command, judged.logo),
        lambda design: to_design(design, to_report(judged.report, judged.changes)),
        status=201,
        etag=_etag,
    )


@post(
    "/v1/qr/designs/{design_id:str}/duplicate",
    scope="qr:write",
    operation_id="duplicateQrDesign",
    tags=TAGS,
    status_code=201,
)
async def duplicate_design(call: Caller, design_id: DesignId) -> Response[QrDesignOut]:
    """Copy a design or template."""
    return await call.write(
        lambda tx: qr_designs.duplicate_design(tx, call.actor, design_id), to_design, status=201, etag=_etag
    )


@get("/v1/qr/designs", scope="qr:read", operation_id="listQrDesigns", tags=TAGS)
async def list_designs(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    template: FromQuery[bool] = False,
) -> QrDesignList:
    """List designs, or templates, newest first."""
    wanted = PageRequest(limit=limit, after=cursor)
    page = await call.read(lambda tx: qr_designs.list_designs(tx, call.actor, wanted, templates=template))
    return QrDesignList([to_design(design) for design in page.items], page.next_cursor or None)


@get("/v1/qr/designs/{design_id:str}", scope="qr:read", operation_id="getQrDesign", tags=TAGS)
async def get_design(call: Caller, design_id: DesignId) -> Response[QrDesignOut]:
    """Read one design."""
    design = await call.read(lambda tx: qr_designs.get_design(tx, call.actor, design_id))
    return Response(to_design(design), headers={"ETag": _etag(design)})


@patch(
    "/v1/qr/designs/{design_id:str}",
    scope="qr:write",
    operation_id="updateQrDesign",
    tags=TAGS,
    request_max_body_size=limits.QR_BODY_BYTES_MAX,
)
async def update_design(
    call: Caller, design_id: DesignId, data: JSONBody[QrDesignPatch]
) -> Response[QrDesignOut]:
    """Change a design; every code that uses it looks different from then on."""
    command, version = to_update(data), expected_version(call.request)
    if data.logo_url:
        given = b"" if command.logo is UNSET else command.logo
        command = msgspec.structs.replace(command, logo=await logo_upload(call, given, data.logo_url))
    current = await call.read(lambda tx: qr_designs.get_design(tx, call.actor, design_id))
    kept = await call.read(lambda tx: qr_designs.logo_png(tx, current.logo))
    judged = await qr_designs.judged(
        call.control.studio, command, current, kept_logo_png=kept, repair=data.repair
    )
    if judged.changes:
        command = msgspec.structs.replace(command, design=judged.design)
    return await call.write(
        lambda tx: qr_designs.update_design(
            tx, call.actor, design_id, command, judged.logo, expected_version=version
        ),
        lambda design: to_design(design, to_report(judged.report, judged.changes)),
        etag=_etag,
    )


@delete("/v1/qr/designs/{design_id:str}", scope="qr:write", operation_id="deleteQrDesign", tags=TAGS)
async def delete_design(call: Caller, design_id: DesignId) -> Response[None]:
    """Delete a design; links that used it get the plain one."""
    return await call.write(
        lambda tx: qr_designs.delete_design(tx, call.actor, design_id), lambda _design: None, status=204
    )


HANDLERS = [create_design, duplicate_design, list_designs, get_design, update_design, delete_design]
