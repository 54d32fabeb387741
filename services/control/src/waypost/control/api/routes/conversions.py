"""Leads and sales: told by the shop, attributed to the scan that brought the customer."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from waypost.control.api.mapping import to_ms
from waypost.control.api.routes.analytics import SCOPED_EXACTLY, InScope
from waypost.control.api.schemas.events import (
    ConversionList,
    ConversionOut,
    to_conversion,
    to_conversion_list,
)
from waypost.control.core.conversions import keep_conversion
from waypost.control.model.faults import Invalid
from waypost.control.surface.call import Caller, answer
from waypost.control.surface.conversions import record_conversion
from waypost.wire.conversion import (
    ConversionKind,
    ConversionsAnswer,
    ConversionsQuery,
    RecordConversion,
)
from waypost.wire.ids import to_bytes
from waypost.wire.limits import SCANS_PER_PAGE_MAX

TAGS = ["Conversions"]
METADATA_BYTES_MAX = 10_000
AMOUNT_MAX = 10**15
ShortText = Annotated[str, Meta(max_length=190)]


class ConversionCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lead or a sale. `external_id` is yours (an invoice, a sign-up): the same one counts once, however
    often it is sent. Give the click id that the destination received, or a customer known from earlier."""

    kind: ConversionKind
    external_id: Annotated[str, Meta(min_length=1, max_length=190)]
    event_name: Annotated[str, Meta(min_length=1, max_length=190)]
    click_id: ShortText = ""
    customer_id: ShortText = ""
    amount: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    currency: Annotated[str, Meta(pattern="^([A-Za-z]{3})?$")] = ""
    happened_at: datetime | None = None
    metadata: dict[str, Any] | None = None


@post(
    "/v1/conversions", scope="conversions:write", operation_id="createConversion", tags=TAGS, status_code=201
)
async def create_conversion(call: Caller, data: JSONBody[ConversionCreate]) -> Response[ConversionOut]:
    """Record a lead or a sale: 201 when it is new, 200 when it was recorded before."""
    if data.kind == "sale" and data.amount and not data.currency:
        raise Invalid("currency", "is needed with an amount")
    metadata = msgspec.json.encode(data.metadata).decode() if data.metadata else ""
    if len(metadata.encode()) > METADATA_BYTES_MAX:
        raise Invalid("metadata", f"has at most {METADATA_BYTES_MAX} bytes as JSON")
    command = RecordConversion(
        workspace_id=to_bytes(call.actor.workspace_id),
        conversion=data.kind,
        external_id=data.external_id,
        at_ms=to_ms(data.happened_at) or call.now_ms,
        event_name=data.event_name,
        click_id=data.click_id,
        customer_id=data.customer_id,
        amount=data.amount,
        currency=data.currency.lower(),
        metadata=metadata,
    )
    made = await record_conversion(call.control, command)
    shown = to_conversion(made)
    async with call.control.database.write() as tx:
        await keep_conversion(tx, made)
    return answer(msgspec.json.encode(shown), status=201 if made.is_new else 200)


@get(
    "/v1/conversions",
    scope="conversions:read",
    operation_id="listConversions",
    tags=TAGS,
    dependencies=SCOPED_EXACTLY,
)
async def list_conversions(
    call: Caller,
    scoped: InScope,
    limit: Annotated[int, QueryParameter(ge=1, le=SCANS_PER_PAGE_MAX)] = 100,
    cursor: Annotated[str, QueryParameter(max_length=18, pattern="^[0-9]*$")] = "",
    kind: Annotated[str, QueryParameter(pattern="^(lead|sale)?$")] = "",
    customer_id: Annotated[str, QueryParameter(max_length=190)] = "",
) -> ConversionList:
    """List leads and sales, newest first."""
    query = ConversionsQuery(
        **scoped.wire(), before=int(cursor or 0), limit=limit, conversion=kind, customer_id=customer_id
    )
    return to_conversion_list(await call.control.bus.ask(query, ConversionsAnswer))


HANDLERS = [create_conversion, list_conversions]
