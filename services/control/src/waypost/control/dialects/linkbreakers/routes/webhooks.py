"""Webhooks: make (secret shown once), list, read, change, delete."""

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from waypost.control.core import webhooks
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.mapping.webhooks import STATUSES, to_create, to_update, to_webhook
from waypost.control.dialects.linkbreakers.schemas.webhooks import WebhookAnswer, WebhookIn, WebhooksAnswer
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.model.webhooks.endpoint import Endpoint, EndpointStatus, MintedEndpoint
from waypost.control.store import webhook_endpoints
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAG = "Webhooks"
PATH = "/v1/webhooks"
ONE = PATH + "/{webhook_id:str}"
_NATIVE: dict[str, EndpointStatus] = {
    STATUSES["active"]: "active",
    STATUSES["paused"]: "paused",
    STATUSES["disabled"]: "disabled",
}


@post(PATH, scope="webhooks:write", **takes(WebhookIn, WebhookAnswer, TAG))
async def create_webhook(call: Caller, data: JSONBody[WebhookIn]) -> Response[Any]:
    """Listen to events. The secret that signs deliveries is in this answer and nowhere else."""
    case, command = case_of(call), to_create(data)

    async def work(tx: Tx) -> MintedEndpoint:
        return await webhooks.create_endpoint(tx, call.actor, command, peppers=call.control.peppers)

    def render(minted: MintedEndpoint) -> Any:
        return spell(WebhookAnswer(webhook=to_webhook(minted.endpoint, minted.secret)), case)

    return await call.write(work, render)


@get(PATH, scope="webhooks:read", **gives(WebhooksAnswer, TAG))
async def list_webhooks(call: Caller) -> Response[Any]:
    """The webhooks of the workspace, oldest first; `status` narrows them."""
    query = query_of(call)
    status = _NATIVE.get(query.choice("status", tuple(_NATIVE), ""))
    pager = pager_of(call, "webhooks", status)
    wanted = query.page(pager)

    async def work(tx: Tx) -> WebhooksAnswer:
        page = await webhooks.list_endpoints(tx, call.actor, wanted, status)
        return WebhooksAnswer(
            webhooks=[to_webhook(endpoint) for endpoint in page.items],
            next_page_token=pager.seal(page.next_cursor),
            total_count=await webhook_endpoints.count(tx, call.actor.workspace_id),
        )

    return shown(call, await call.read(work))


@get(ONE, scope="webhooks:read", **gives(WebhookAnswer, TAG))
async def get_webhook(call: Caller, webhook_id: FromPath[str]) -> Response[Any]:
    """One webhook, with how its deliveries went."""
    found = await call.read(lambda tx: webhooks.get_endpoint(tx, call.actor, webhook_id))
    return shown(call, WebhookAnswer(webhook=to_webhook(found)))


@patch(ONE, scope="webhooks:write", **takes(WebhookIn, WebhookAnswer, TAG))
async def update_webhook(call: Caller, webhook_id: FromPath[str], data: JSONBody[WebhookIn]) -> Response[Any]:
    """Change the given members; activating forgives all failures."""
    case = case_of(call)

    async def work(tx: Tx) -> Endpoint:
        current = await webhooks.get_endpoint(tx, call.actor, webhook_id)
        return await webhooks.update_endpoint(tx, call.actor, webhook_id, to_update(data, current))

    return await call.write(work, lambda endpoint: spell(WebhookAnswer(webhook=to_webhook(endpoint)), case))


@delete(ONE, scope="webhooks:write", status_code=200, tags=[TAG])
async def delete_webhook(call: Caller, webhook_id: FromPath[str]) -> Response[Any]:
    """Stop listening; what waits is dropped."""
    return await call.write(lambda tx: webhooks.delete_endpoint(tx, call.actor, webhook_id), nothing)


HANDLERS = [create_webhook, list_webhooks, get_webhook, update_webhook, delete_webhook]
