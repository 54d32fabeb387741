"""`/api/v1/webhooks`: endpoints and their delivery log."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter

from waypost.control.core import webhook_log, webhooks
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.envelope import Envelope, Limit, Offset, wrap, wrap_page, wrapping
from waypost.control.dialects.xqr.mapping_webhooks import (
    to_create,
    to_delivery,
    to_minted,
    to_update,
    to_webhook,
)
from waypost.control.dialects.xqr.schemas_webhooks import (
    DeliveryOut,
    WebhookCreate,
    WebhookOut,
    WebhookUpdate,
)
from waypost.control.model.page import PageRequest
from waypost.control.model.webhooks.delivery import DeliveryFilter
from waypost.control.surface.call import Caller

TAGS = ["Webhooks"]
WebhookId = Annotated[str, PathParameter(description="The webhook's UUID.", max_length=64)]


@post("/api/v1/webhooks", scope="webhooks:write", operation_id="createWebhook", tags=TAGS, status_code=201)
async def create_webhook(call: Caller, data: JSONBody[WebhookCreate]) -> Response[Envelope[WebhookOut]]:
    """Register an endpoint. The answer holds its signing secret, which is not shown again."""
    command = to_create(data)
    return await call.write(
        lambda tx: webhooks.create_endpoint(tx, call.actor, command, peppers=call.control.peppers),
        wrapping(call, to_minted),
        status=201,
    )


@get("/api/v1/webhooks", scope="webhooks:read", operation_id="listWebhooks", tags=TAGS)
async def list_webhooks(
    call: Caller, limit: Limit = limits.PAGE_ITEMS_DEFAULT, offset: Offset = 0
) -> Envelope[list[WebhookOut]]:
    """List endpoints, oldest first."""
    wanted = PageRequest(limit=limit, offset=offset)
    page = await call.read(lambda tx: webhooks.list_endpoints(tx, call.actor, wanted))
    return wrap_page(call, page, to_webhook, limit, offset)


@get("/api/v1/webhooks/{webhook_id:str}", scope="webhooks:read", operation_id="getWebhook", tags=TAGS)
async def get_webhook(call: Caller, webhook_id: WebhookId) -> Envelope[WebhookOut]:
    """Read an endpoint."""
    endpoint = await call.read(lambda tx: webhooks.get_endpoint(tx, call.actor, webhook_id))
    return wrap(call, to_webhook(endpoint))


@patch("/api/v1/webhooks/{webhook_id:str}", scope="webhooks:write", operation_id="updateWebhook", tags=TAGS)
async def update_webhook(
    call: Caller, webhook_id: WebhookId, data: JSONBody[WebhookUpdate]
) -> Response[Envelope[WebhookOut]]:
    """Change the members that are sent."""
    command = to_update(data)
    return await call.write(
        lambda tx: webhooks.update_endpoint(tx, call.actor, webhook_id, command), wrapping(call, to_webhook)
    )


@delete("/api/v1/webhooks/{webhook_id:str}", scope="webhooks:write", operation_id="deleteWebhook", tags=TAGS)
async def delete_webhook(call: Caller, webhook_id: WebhookId) -> Response[None]:
    """Remove an endpoint, with what waits for it and its log."""
    return await call.write(
        lambda tx: webhooks.delete_endpoint(tx, call.actor, webhook_id), lambda _done: None, status=204
    )


@get(
    "/api/v1/webhooks/{webhook_id:str}/deliveries",
    scope="webhooks:read",
    operation_id="listWebhookDeliveries",
    tags=TAGS,
)
async def list_deliveries(
    call: Caller,
    webhook_id: WebhookId,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    offset: Offset = 0,
) -> Envelope[list[DeliveryOut]]:
    """Recent deliveries, newest first."""
    wanted = PageRequest(limit=limit, offset=offset)
    page = await call.read(
        lambda tx: webhook_log.list_deliveries(tx, call.actor, webhook_id, DeliveryFilter(), wanted)
    )
    return wrap_page(call, page, to_delivery, limit, offset)


HANDLERS = [create_webhook, list_webhooks, get_webhook, update_webhook, delete_webhook, list_deliveries]
