"""The code of a link: made, read, downloaded, and its downloads counted by whoever downloads."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, PathParameter
from sqlalchemy.exc import SQLAlchemyError

from waypost.control.core import qr_codes
from waypost.control.dialects.trimlink.mapping import of_code, to_options, to_qr, to_wish
from waypost.control.dialects.trimlink.schemas import Done, QrOptions, QrOut, Success
from waypost.control.model.faults import Fault
from waypost.control.model.qr import Picture
from waypost.control.surface.call import Call, Caller
from waypost.runtime.logs import Log

Id = Annotated[str, PathParameter(description="A UUID.", max_length=64)]
TAGS = ["QR Codes"]
_log = Log(__name__)


@post(
    "/api/v1/links/{link_id:str}/qr", scope="links:write", operation_id="createQr", tags=TAGS, status_code=201
)
async def make(call: Caller, link_id: Id) -> Success[QrOut]:
    """Make the code of a link, or make it anew with its id and counters kept."""
    options = to_options(await call.request.body())
    picture = await _picture(call, link_id, options)
    async with call.control.database.write() as tx:
        made = await qr_codes.make_code(
            tx, call.actor, link_id, options.format, options.size, options.error_correction
        )
    return Success(data=to_qr(made.code, made.link.scans, options, picture.body))


@get("/api/v1/links/{link_id:str}/qr", scope="links:read", operation_id="getQr", tags=TAGS)
async def read(call: Caller, link_id: Id) -> Success[QrOut]:
    """The code of a link with its counters."""
    found = await call.read(lambda tx: qr_codes.get_code(tx, call.actor, link_id))
    options = of_code(found.code)
    picture = await _picture(call, link_id, options)
    return Success(data=to_qr(found.code, found.link.scans, options, picture.body))


@get("/api/v1/qr/{code_id:str}/download", scope="links:read", operation_id="downloadQr", tags=TAGS)
async def download(call: Caller, code_id: Id) -> Response[bytes]:
    """The picture as a file. Counts nothing; the counter has an address of its own."""
    found = await call.read(lambda tx: qr_codes.get_code_by_id(tx, call.actor, code_id))
    options = of_code(found.code)
    picture = await _picture(call, found.code.link_id, options)
    name = "".join(
        letter if letter.isascii() and letter.isalnum() else "-" for letter in found.link.link.slug
    )
    headers = {"Content-Disposition": f'attachment; filename="qr-{name}.{options.format}"'}
    return Response(picture.body, media_type=picture.media_type, headers=headers)


@post("/api/v1/qr/{code_id:str}/download", scope="", operation_id="countDownload", tags=TAGS, status_code=200)
async def count(call: Caller, code_id: FromPath[str]) -> Done:
    """Count a download, up to 60 a minute from an address. The vendor promises 200 whatever happens, so that no
    download is ever blocked."""
    if call.request.scope["state"]["rate_verdict"].refused is not None:
        return Done()
    try:
        async with call.control.database.write() as tx:
            await qr_codes.count_download(tx, code_id)
    except (Fault, SQLAlchemyError) as error:
        _log.warning("download_not_counted", why=str(error))
    return Done()


def is_count(method: str, path: str) -> bool:
    """Whether a request tells of a download."""
    return method == "POST" and path.startswith("/api/v1/qr/") and path.endswith("/download")


async def _picture(call: Call, link_id: Id, options: QrOptions) -> Picture:
    order = await call.read(
        lambda tx: qr_codes.order_for_link(tx, call.actor, link_id, to_wish(options), plain=True)
    )
    return await call.control.studio.draw(order)


HANDLERS = [make, read, download, count]
