"""Webhooks: endpoints, their secrets, their delivery log, sending again."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from waypost.control import limits
from waypost.control.api.mapping import to_ms
from waypost.control.api.schemas.webhooks import (
    DeliveryDetail,
    DeliveryList,
    Replayed,
    ReplaySince,
    TestQueued,
    WebhookCreate,
    WebhookList,
    WebhookMinted,
    WebhookOut,
    WebhookPatch,
    to_create,
    to_delivery,
    to_detail,
    to_minted,
    to_update,
    to_webhook,
)
from waypost.control.core import webhook_log, webhooks
from waypost.control.model.page import PageRequest
from waypost.control.model.webhooks.delivery import DeliveryFilter, DeliveryState
from waypost.control.model.webhooks.endpoint import Endpoint, EndpointStatus, MintedEndpoint
from waypost.control.surface.call import Caller, answer, expected_version, version_etag

TAGS = ["Webhooks"]
WebhookId = Annotated[str, PathParameter(description="The webhook's id.", max_length=64)]
DeliveryId = Annotated[str, PathParameter(description="The delivery's id.", max_length=64)]
Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_ITEMS_MAX, description="Items on a page.")]
Cursor = Annotated[str, QueryParameter(max_length=4000, description="`next_cursor` of the page before.")]

Only = Annotated[DeliveryState | None, QueryParameter(name="state", description="Only these.")]


def _etag(endpoint: Endpoint) -> str:
    return version_etag(endpoint.version)


def _minted_etag(minted: MintedEndpoint) -> str:
    return version_etag(minted.endpoint.version)


@post("/v1/webhooks", scope="webhooks:write", operation_id="createWebhook", tags=TAGS, status_code=201)
async def create_webhook(call: Caller, data: JSONBody[WebhookCreate]) -> Response[WebhookMinted]:
    """Register a webhook. The answer holds its signing secret, which is not shown again."""
    command = to_create(data)
    return await call.write(
        lambda tx: webhooks.create_endpoint(tx, call.actor, command, peppers=call.control.peppers),
        to_minted,
        status=201,
        etag=_minted_etag,
    )


@get("/v1/webhooks", scope="webhooks:read", operation_id="listWebhooks", tags=TAGS)
async def list_webhooks(
    call: Caller,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    status: FromQuery[EndpointStatus | None] = None,
) -> WebhookList:
    """List webhooks, oldest first."""
    wanted = PageRequest(limit=limit, after=cursor)
    page = await call.read(lambda tx: webhooks.list_endpoints(tx, call.actor, wanted, status))
    return WebhookList(
        data=[to_webhook(each) for each in page.items],
        next_cursor=page.next_cursor or None,
        total=page.total,
    )


@get("/v1/webhooks/{webhook_id:str}", scope="webhooks:read", operation_id="getWebhook", tags=TAGS)
async def get_webhook(call: Caller, webhook_id: WebhookId) -> Response[WebhookOut]:
    """Read one webhook and how it fares."""
    endpoint = await call.read(lambda tx: webhooks.get_endpoint(tx, call.actor, webhook_id))
    return Response(to_webhook(endpoint), headers={"ETag": _etag(endpoint)})


@patch("/v1/webhooks/{webhook_id:str}", scope="webhooks:write", operation_id="updateWebhook", tags=TAGS)
async def update_webhook(
    call: Caller, webhook_id: WebhookId, data: JSONBody[WebhookPatch]
) -> Response[WebhookOut]:
    """Change the given members. `active: true` also starts a webhook again that was disabled."""
    command, version = to_update(data), expected_version(call.request)
    return await call.write(
        lambda tx: webhooks.update_endpoint(tx, call.actor, webhook_id, command, expected_version=version),
        to_webhook,
        etag=_etag,
    )


@delete("/v1/webhooks/{webhook_id:str}", scope="webhooks:write", operation_id="deleteWebhook", tags=TAGS)
async def delete_webhook(call: Caller, webhook_id: WebhookId) -> Response[None]:
    """Delete a webhook, what waits for it, and its log."""
    return await call.write(
        lambda tx: webhooks.delete_endpoint(tx, call.actor, webhook_id), lambda _done: None, status=204
    )


@post(
    "/v1/webhooks/{webhook_id:str}/rotate-secret",
    scope="webhooks:write",
    operation_id="rotateWebhookSecret",
    tags=TAGS,
    status_code=200,
)
async def rotate_secret(call: Caller, webhook_id: WebhookId) -> Response[WebhookMinted]:
    """Draw a new secret. The old one signs beside it for 24 hours, so that nothing is refused meanwhile."""
    return await call.write(
        lambda tx: webhooks.rotate_secret(tx, call.actor, webhook_id, peppers=call.control.peppers),
        to_minted,
        etag=_minted_etag,
    )


@post(
    "/v1/webhooks/{webhook_id:str}/test",
    scope="webhooks:write",
    operation_id="testWebhook",
    tags=TAGS,
    status_code=202,
)
async def test_webhook(call: Caller, webhook_id: WebhookId) -> Response[TestQueued]:
    """Send a `test.ping` now. What came of it is in the delivery log."""
    return await call.write(
        lambda tx: webhooks.send_test(tx, call.actor, webhook_id),
        lambda delivery: TestQueued(delivery_id=delivery.id),
        status=202,
    )


@get(
    "/v1/webhooks/{webhook_id:str}/deliveries",
    scope="webhooks:read",
    operation_id="listWebhookDeliveries",
    tags=TAGS,
)
async def list_deliveries(
    call: Caller,
    webhook_id: WebhookId,
    limit: Limit = limits.PAGE_ITEMS_DEFAULT,
    cursor: Cursor = "",
    only: Only = None,
    event_type: FromQuery[str] = "",
) -> Response[DeliveryList]:
    """List what was sent and what waits, newest first. Dead letters (`state=dead`) are kept 30 days."""
    wanted, which = PageRequest(limit=limit, after=cursor), DeliveryFilter(state=only, event_type=event_type)
    page = await call.read(lambda tx: webhook_log.list_deliveries(tx, call.actor, webhook_id, which, wanted))
    # Encoded here because the payloads are bytes that must not be changed.
    return answer(
        msgspec.json.encode(
            DeliveryList(
                data=[to_delivery(view) for view in page.items], next_cursor=page.next_cursor or None
            )
        )
    )


@get(
    "/v1/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}",
    scope="webhooks:read",
    operation_id="getWebhookDelivery",
    tags=TAGS,
)
async def get_delivery(
    call: Caller, webhook_id: WebhookId, delivery_id: DeliveryId
) -> Response[DeliveryDetail]:
    """Read one delivery with every attempt."""
    view = await call.read(lambda tx: webhook_log.get_delivery(tx, call.actor, webhook_id, delivery_id))
    return answer(msgspec.json.encode(to_detail(view)))


@post(
    "/v1/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/replay",
    scope="webhooks:write",
    operation_id="replayWebhookDelivery",
    tags=TAGS,
    status_code=202,
)
async def replay_delivery(
    call: Caller, webhook_id: WebhookId, delivery_id: DeliveryId
) -> Response[DeliveryDetail]:
    """Send one delivery again: the same id and bytes, a new schedule."""
    return await call.write(
        lambda tx: webhook_log.replay_delivery(tx, call.actor, webhook_id, delivery_id),
        to_detail,
        status=202,
    )


@post(
    "/v1/webhooks/{webhook_id:str}/replay",
    scope="webhooks:write",
    operation_id="replayWebhook",
    tags=TAGS,
    status_code=202,
)
async def replay_since(
    call: Caller, webhook_id: WebhookId, data: JSONBody[ReplaySince]
) -> Response[Replayed]:
    """Send again everything since a time that did not arrive, or everything that is finished."""
    since_ms = to_ms(data.since)
    return await call.write(
        lambda tx: webhook_log.replay_since(
            tx, call.actor, webhook_id, since_ms, all_of_them=data.include_delivered
        ),
        lambda count: Replayed(count=count),
        status=202,
    )


HANDLERS = [
    create_webhook,
    list_webhooks,
    get_webhook,
    update_webhook,
    delete_webhook,
    rotate_secret,
    test_webhook,
    list_deliveries,
    get_delivery,
    replay_delivery,
    replay_since,
]
