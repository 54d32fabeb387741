"""The delivery log of an endpoint, and sending again."""

from msgspec import Struct

from waypost.control.model.access import Actor
from waypost.control.model.faults import InProgress, Invalid
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.delivery import Attempt, Delivery, DeliveryFilter
from waypost.control.store import webhook_deliveries, webhook_endpoints
from waypost.control.store.tx import Tx


class DeliveryView(Struct, frozen=True, kw_only=True):
    """A delivery as it is shown: with what was sent and what came back last."""

    delivery: Delivery
    event_name: str
    body: bytes
    response_head: str
    attempts: tuple[Attempt, ...] = ()
    """Only where one delivery is shown."""


async def list_deliveries(
    tx: Tx, actor: Actor, endpoint_id: str, which: DeliveryFilter, page: PageRequest
) -> Page[DeliveryView]:
    """Deliveries of an endpoint, newest first. Raises WebhookNotFound, InvalidCursor."""
    await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)
    found = await webhook_deliveries.page(tx, endpoint_id, which, page)
    views = {view.delivery.id: view for view in await _views(tx, found.items)}
    return found.map(lambda delivery: views[delivery.id])


async def get_delivery(tx: Tx, actor: Actor, endpoint_id: str, delivery_id: str) -> DeliveryView:
    """One delivery with all its attempts. Raises WebhookNotFound, DeliveryNotFound."""
    delivery = await _delivery(tx, actor, endpoint_id, delivery_id)
    (view,) = await _views(tx, (delivery,))
    return DeliveryView(
        delivery=delivery,
        event_name=view.event_name,
        body=view.body,
        response_head=view.response_head,
        attempts=tuple(await webhook_deliveries.attempts_of(tx, delivery_id)),
    )


async def replay_delivery(tx: Tx, actor: Actor, endpoint_id: str, delivery_id: str) -> DeliveryView:
    """Send a finished delivery again: same id, same bytes, a new schedule.

    Raises WebhookNotFound, DeliveryNotFound, InProgress while it is still being tried, and Invalid
    when the endpoint is not active.
    """
    delivery = await _delivery(tx, actor, endpoint_id, delivery_id)
    if delivery.state in ("pending", "sending"):
        raise InProgress
    await _require_active(tx, actor, endpoint_id)
    await webhook_deliveries.restart_one(tx, delivery_id)
    return await get_delivery(tx, actor, endpoint_id, delivery_id)


async def replay_since(tx: Tx, actor: Actor, endpoint_id: str, since_ms: int, *, all_of_them: bool) -> int:
    """Send again what was made since a time: dead letters, or everything that is finished.

    Returns how many, at most REPLAYED_AT_ONCE_MAX: ask again when it is that many. Raises
    WebhookNotFound, and Invalid when the endpoint is not active.
    """
    await _require_active(tx, actor, endpoint_id)
    return await webhook_deliveries.restart(
        tx, endpoint_id, since_ms, all_of_them=all_of_them, limit=limits.REPLAYED_AT_ONCE_MAX
    )


async def _delivery(tx: Tx, actor: Actor, endpoint_id: str, delivery_id: str) -> Delivery:
    await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)
    return await webhook_deliveries.get(tx, endpoint_id, delivery_id)


async def _require_active(tx: Tx, actor: Actor, endpoint_id: str) -> None:
    endpoint = await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)
    if endpoint.status != "active":
        raise Invalid("status", "is not active; activate the webhook first")


async def _views(tx: Tx, deliveries: tuple[Delivery, ...]) -> list[DeliveryView]:
    bodies = await webhook_deliveries.bodies_of(tx, sorted({each.event_id for each in deliveries}))
    heads = await webhook_deliveries.last_heads(tx, deliveries)
    views = []
    for each in deliveries:
        name, body = bodies[each.event_id, each.format]
        views.append(
            DeliveryView(delivery=each, event_name=name, body=body, response_head=heads.get(each.id, ""))
        )
    return views
