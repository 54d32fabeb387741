"""`/qrcodes`: QR codes as objects. A code is a link of the kind `qr`; `/links` shows it as a link."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from waypost.control.core import links
from waypost.control.dialects.codeqr import codes, ids
from waypost.control.dialects.codeqr.finding import link_by_external_id, link_by_key
from waypost.control.dialects.codeqr.reading import read
from waypost.control.dialects.codeqr.routes_bulk import check_count, created
from waypost.control.dialects.codeqr.routes_lists import PAGED, Paging, Wanted, page_of
from waypost.control.dialects.codeqr.schemas_codes import CodeCreate, CodeOut, CodePatch
from waypost.control.dialects.codeqr.schemas_links import BulkError, Deleted
from waypost.control.model.faults import Malformed
from waypost.control.model.links import LinkView
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAGS = ["QR Codes"]
CodeId = Annotated[str, PathParameter(description="`qr_…`, or `ext_` and your own id.", max_length=210)]
Wish = Annotated[str | None, QueryParameter(max_length=250)]


@get("/qrcodes", scope="links:read", operation_id="listQrCodes", tags=TAGS, dependencies=PAGED)
async def list_codes(
    call: Caller, wanted: NamedDependency[Wanted], paging: NamedDependency[Paging]
) -> list[CodeOut]:
    """List QR codes, newest first."""
    found = await call.read(lambda tx: page_of(tx, call.actor, wanted, paging, "qr"))
    return [shown(call)(view) for view in found]


@post("/qrcodes", scope="links:write", operation_id="createQrCode", tags=TAGS, status_code=200)
async def create_code(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[CodeOut]:
    """Create a QR code: with `url`, or with `type` and the content of that name."""
    body = read(data, CodeCreate)
    return await call.write(lambda tx: codes.create(tx, call.actor, body), shown(call))


@post("/qrcodes/bulk", scope="links:write", operation_id="bulkCreateQrCodes", tags=TAGS, status_code=200)
async def create_codes(call: Caller, data: JSONBody[list[Any]]) -> Response[list[CodeOut | BulkError]]:
    """Create up to 100 QR codes. What fails is told behind the codes that were made."""
    check_count("qrcodes", len(data))

    async def create(tx: Tx) -> list[LinkView | BulkError]:
        taken: set[tuple[str, str]] = set()
        make = partial(codes.create, webhooks=False)
        results = [await created(tx, call.actor, item, taken, CodeCreate, make) for item in data]
        return sorted(results, key=lambda result: isinstance(result, BulkError))

    show = shown(call)
    return await call.write(
        create, lambda results: [each if isinstance(each, BulkError) else show(each) for each in results]
    )


@get("/qrcodes/info", scope="links:read", operation_id="getQrCodeInfo", tags=TAGS)
async def code_info(
    call: Caller,
    external_id: Annotated[str | None, QueryParameter(name="externalId", max_length=210)] = None,
    code_id: Annotated[str | None, QueryParameter(name="qrcodeId", max_length=64)] = None,
    domain: Wish = None,
    key: Wish = None,
) -> CodeOut:
    """Read a QR code by your own id, by its id, or by domain and key."""

    async def find(tx: Tx) -> LinkView:
        if external_id:
            return codes.of_kind(await link_by_external_id(tx, call.actor, external_id), external_id)
        if code_id:
            return await codes.code_by_id(tx, call.actor, code_id)
        if domain and key:
            return codes.of_kind(await link_by_key(tx, call.actor, domain, key), key)
        raise Malformed("", "Send `externalId`, `qrcodeId`, or `domain` and `key`.")

    return shown(call)(await call.read(find))


@get("/qrcodes/{code_id:str}", scope="links:read", operation_id="getQrCode", tags=TAGS)
async def get_code(call: Caller, code_id: CodeId) -> CodeOut:
    """Read a QR code."""
    return shown(call)(await call.read(lambda tx: codes.code_by_id(tx, call.actor, code_id)))


@patch("/qrcodes/{code_id:str}", scope="links:write", operation_id="updateQrCode", tags=TAGS)
async def update_code(call: Caller, code_id: CodeId, data: JSONBody[dict[str, Any]]) -> Response[CodeOut]:
    """Change the members that are sent; what is printed keeps leading to the code."""
    return await _change(call, code_id, data)


@put("/qrcodes/{code_id:str}", scope="links:write", operation_id="replaceQrCode", tags=TAGS)
async def put_code(call: Caller, code_id: CodeId, data: JSONBody[dict[str, Any]]) -> Response[CodeOut]:
    """The same as PATCH, as with links."""
    return await _change(call, code_id, data)


@delete(
    "/qrcodes/{code_id:str}", scope="links:write", operation_id="deleteQrCode", tags=TAGS, status_code=200
)
async def delete_code(call: Caller, code_id: CodeId) -> Response[Deleted]:
    """Delete a QR code; its short URL stops at once."""

    async def remove(tx: Tx) -> LinkView:
        found = await codes.code_by_id(tx, call.actor, code_id)
        return await links.delete_link(tx, call.actor, found.link.id)

    return await call.write(remove, lambda view: Deleted(ids.shown(ids.CODE, view.link.id)))


async def _change(call: Call, code_id: str, data: dict[str, Any]) -> Response[CodeOut]:
    body = read(data, CodePatch)

    async def change(tx: Tx) -> LinkView:
        return await codes.change(tx, call.actor, await codes.code_by_id(tx, call.actor, code_id), body)

    return await call.write(change, shown(call))


def shown(call: Call) -> Callable[[LinkView], CodeOut]:
    """How this installation shows QR codes."""
    installation = call.control.database.installation
    return lambda view: codes.to_code(view, installation)


HANDLERS = [
    list_codes,
    create_code,
    create_codes,
    code_info,
    get_code,
    update_code,
    put_code,
    delete_code,
]
