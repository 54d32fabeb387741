"""`/webhooks`: endpoints that are told in CodeQR's words and signed with `CodeQR-Signature`."""

from typing import Annotated, Any

from litestar import Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET, UnsetType

from waypost.control.core import webhooks
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.mapping_values import always_time, ms_to_time
from waypost.control.dialects.codeqr.reading import read
from waypost.control.dialects.codeqr.routes_tags import Page, PageSize
from waypost.control.dialects.codeqr.schemas_links import Deleted
from waypost.control.dialects.codeqr.schemas_workspace import WebhookOut, WebhookWrite
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.model.webhooks.endpoint import CreateEndpoint, Endpoint, UpdateEndpoint
from waypost.control.model.webhooks.names import ALL, name_in
from waypost.control.surface.call import Caller

TAGS = ["Webhooks"]
Id = Annotated[str, PathParameter(max_length=64)]


@get("/webhooks", scope="webhooks:read", operation_id="listWebhooks", tags=TAGS)
async def list_webhooks(
    call: Caller, page: Page = 1, page_size: PageSize = limits.PAGE_ITEMS_DEFAULT
) -> list[WebhookOut]:
    """List endpoints."""
    wanted = PageRequest(limit=page_size, offset=(page - 1) * page_size)
    found = await call.read(lambda tx: webhooks.list_endpoints(tx, call.actor, wanted))
    return [_shown(endpoint) for endpoint in found.items]


@post("/webhooks", scope="webhooks:write", operation_id="createWebhook", tags=TAGS, status_code=201)
async def create_webhook(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[WebhookOut]:
    """Register an endpoint. The answer holds its secret, which is not shown again."""
    body = read(data, WebhookWrite)
    if body.url is UNSET or body.triggers is UNSET:
        raise Invalid("url" if body.url is UNSET else "triggers", "is required")
    command = CreateEndpoint(
        url=body.url,
        events=tuple(body.triggers),
        format="codeqr",
        description="" if body.name is UNSET else body.name,
        link_ids=_link_ids(body.link_ids),
        active=body.disabled is not True,
    )
    return await call.write(
        lambda tx: webhooks.create_endpoint(tx, call.actor, command, peppers=call.control.peppers),
        lambda minted: _shown(minted.endpoint, minted.secret),
        status=201,
    )


@get("/webhooks/{webhook_id:str}", scope="webhooks:read", operation_id="getWebhook", tags=TAGS)
async def get_webhook(call: Caller, webhook_id: Id) -> WebhookOut:
    """Read an endpoint."""
    native = ids.native(ids.WEBHOOK, webhook_id)
    return _shown(await call.read(lambda tx: webhooks.get_endpoint(tx, call.actor, native)))


@patch("/webhooks/{webhook_id:str}", scope="webhooks:write", operation_id="updateWebhook", tags=TAGS)
async def update_webhook(
    call: Caller, webhook_id: Id, data: JSONBody[dict[str, Any]]
) -> Response[WebhookOut]:
    """Change the members that are sent."""
    body, native = read(data, WebhookWrite), ids.native(ids.WEBHOOK, webhook_id)
    command = UpdateEndpoint(
        url=body.url,
        events=UNSET if body.triggers is UNSET else tuple(body.triggers),
        description=body.name,
        link_ids=UNSET if body.link_ids is UNSET else _link_ids(body.link_ids),
        active=UNSET if body.disabled is UNSET else not body.disabled,
    )
    return await call.write(lambda tx: webhooks.update_endpoint(tx, call.actor, native, command), _shown)


@delete(
    "/webhooks/{webhook_id:str}",
    scope="webhooks:write",
    operation_id="deleteWebhook",
    tags=TAGS,
    status_code=200,
)
async def delete_webhook(call: Caller, webhook_id: Id) -> Response[Deleted]:
    """Remove an endpoint, with what waits for it."""
    native = ids.native(ids.WEBHOOK, webhook_id)
    return await call.write(
        lambda tx: webhooks.delete_endpoint(tx, call.actor, native),
        lambda _done: Deleted(ids.shown(ids.WEBHOOK, native)),
    )


def _link_ids(texts: list[str] | UnsetType | None) -> tuple[str, ...]:
    return () if texts is UNSET or texts is None else tuple(ids.native(ids.LINK, text) for text in texts)


def _shown(endpoint: Endpoint, secret: str | UnsetType = UNSET) -> WebhookOut:
    names = (ALL if event == ALL else name_in("codeqr", event) for event in endpoint.events)
    return WebhookOut(
        id=ids.shown(ids.WEBHOOK, endpoint.id),
        name=endpoint.description,
        url=endpoint.url,
        triggers=[name for name in names if name is not None],
        link_ids=[ids.shown(ids.LINK, each) for each in endpoint.link_ids],
        disabled_at=None if endpoint.status == "active" else ms_to_time(endpoint.updated_ms),
        created_at=always_time(endpoint.created_ms),
        updated_at=always_time(endpoint.updated_ms),
        secret=secret,
    )


HANDLERS = [list_webhooks, create_webhook, get_webhook, update_webhook, delete_webhook]
