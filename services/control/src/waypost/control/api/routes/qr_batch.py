"""Many QR codes as one ZIP, from JSON or CSV."""

import csv
import io
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Meta, Struct

from waypost.control import limits
from waypost.control.core import qr_batch
from waypost.control.core.qr_batch import BatchItem
from waypost.control.model.faults import Invalid, Malformed
from waypost.control.model.qr import PictureFormat, PictureWish
from waypost.control.surface.call import AnyRequest, Call, Caller

TAGS = ["QR codes"]
_COLUMNS = frozenset({"link_id", "text", "name"})


class QrBatch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 codes that look alike; each item has a `link_id` or a `text`, and maybe a `name`."""

    items: Annotated[list[BatchItem], Meta(max_length=limits.QR_BATCH_ITEMS_MAX)]
    design_id: str = ""
    design: dict[str, Any] | None = None
    format: PictureFormat | None = None
    size_px: Annotated[int, Meta(ge=0, le=4096)] = 0


@post(
    "/v1/qr/batch",
    scope="qr:render",
    operation_id="batchQr",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.QR_BODY_BYTES_MAX,
)
async def batch(call: Caller, data: JSONBody[QrBatch]) -> Stream:
    """A ZIP of codes, sent while they are drawn. `Job-Id` names the job that shows the progress meanwhile."""
    wish = PictureWish(design_id=data.design_id, design=data.design, format=data.format, size_px=data.size_px)
    return await _sent(call, data.items, wish)


@post(
    "/v1/qr/batch/csv",
    scope="qr:render",
    operation_id="batchQrFromCsv",
    tags=TAGS,
    status_code=200,
    request_max_body_size=limits.QR_BODY_BYTES_MAX,
)
async def batch_csv(
    call: Caller,
    request: AnyRequest,
    design_id: Annotated[str, QueryParameter(max_length=64)] = "",
    size_px: Annotated[int, QueryParameter(ge=0, le=4096)] = 0,
) -> Stream:
    """Draw many codes into one ZIP, from CSV with the columns `link_id` or `text`, and maybe `name`."""
    items = read_items(await request.body())
    return await _sent(call, items, PictureWish(design_id=design_id, size_px=size_px))


def read_items(raw: bytes) -> list[BatchItem]:
    """The items of a CSV file; one more than the limit is enough to refuse it. Raises Malformed, Invalid."""
    try:
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        columns = set(reader.fieldnames or ())
        if not columns & {"link_id", "text"} or columns - _COLUMNS:
            raise Invalid("columns", "must be `link_id` or `text`, and maybe `name`")
        items: list[BatchItem] = []
        for line in reader:
            items.append(msgspec.convert({key: value or "" for key, value in line.items()}, BatchItem))
            if len(items) > limits.QR_BATCH_ITEMS_MAX:
                break
    except (UnicodeDecodeError, csv.Error, msgspec.ValidationError, TypeError) as error:
        raise Malformed("", "The file is not CSV in UTF-8 with one code a line.") from error
    return items


async def _sent(call: Call, items: list[BatchItem], wish: PictureWish) -> Stream:
    control, actor = call.control, call.actor
    async with control.database.write() as tx:
        job = await qr_batch.start_batch(tx, actor, items)
    headers = {"Content-Disposition": 'attachment; filename="qr-codes.zip"', "Job-Id": job.id}
    chunks = qr_batch.archive(control.database, control.studio, actor, job, items, wish)
    return Stream(chunks, media_type="application/zip", headers=headers)


HANDLERS = [batch, batch_csv]
