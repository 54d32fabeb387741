"""`/api/v1/qrcodes`: QR codes made, listed, read, changed, deleted."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter

from waypost.control.dialects.qrsbd import collection
from waypost.control.dialects.qrsbd.schemas import Deleted, LinkOut, QrCreate, QrPatch, Success
from waypost.control.surface.call import Caller

Id = Annotated[str, PathParameter(description="A UUID.", max_length=64)]
TAGS = ["QR codes"]
ONE = "/api/v1/qrcodes/{code_id:str}"


@get("/api/v1/qrcodes", scope="links:read", operation_id="listQrCodes", tags=TAGS)
async def list_codes(call: Caller) -> Success[list[LinkOut]]:
    """List the newest 200."""
    return await collection.newest(call, "qr")


@get(ONE, scope="links:read", operation_id="getQrCode", tags=TAGS)
async def get_code(call: Caller, code_id: Id) -> Success[LinkOut]:
    """Read a QR code."""
    return await collection.one(call, "qr", code_id)


@post("/api/v1/qrcodes", scope="links:write", operation_id="createQrCode", tags=TAGS, status_code=201)
async def create_code(call: Caller, data: JSONBody[QrCreate]) -> Response[Success[LinkOut]]:
    """Create a QR code."""
    return await collection.make(call, data)


@patch(ONE, scope="links:write", operation_id="updateQrCode", tags=TAGS)
async def update_code(call: Caller, code_id: Id, data: JSONBody[QrPatch]) -> Response[Success[LinkOut]]:
    """Change a QR code; what is printed stays."""
    return await collection.change(call, "qr", code_id, data)


@delete(ONE, scope="links:write", operation_id="deleteQrCode", tags=TAGS, status_code=200)
async def delete_code(call: Caller, code_id: Id) -> Response[Success[Deleted]]:
    """Delete a QR code; its short URL stops at once."""
    return await collection.remove(call, "qr", code_id)


HANDLERS = [list_codes, get_code, create_code, update_code, delete_code]
