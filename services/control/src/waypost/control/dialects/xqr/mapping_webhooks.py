"""Webhooks between xQR's words and the model. Pure."""

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control.core.webhook_log import DeliveryView
from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.mapping_values import always_time, ms_to_time
from waypost.control.dialects.xqr.schemas_webhooks import (
    DeliveryOut,
    WebhookCreate,
    WebhookOut,
    WebhookUpdate,
)
from waypost.control.model.webhooks.delivery import DeliveryState
from waypost.control.model.webhooks.endpoint import CreateEndpoint, Endpoint, MintedEndpoint, UpdateEndpoint
from waypost.control.model.webhooks.names import ALL, name_in

_STATUSES: dict[DeliveryState, str] = {
    "pending": "pending",
    "sending": "pending",
    "delivered": "delivered",
    "dead": "failed",
}


def to_create(body: WebhookCreate) -> CreateEndpoint:
    """The command of a new endpoint, which will be signed and told as xQR does."""
    return CreateEndpoint(
        url=body.url, events=tuple(body.events), description=body.description or "", format="xqr"
    )


def to_update(body: WebhookUpdate) -> UpdateEndpoint:
    """The command of a change."""
    return UpdateEndpoint(
        url=body.url,
        events=UNSET if body.events is UNSET else tuple(body.events),
        description=UNSET if body.description is UNSET else body.description or "",
        active=body.enabled,
    )


def to_webhook(endpoint: Endpoint, secret: str | UnsetType = UNSET) -> WebhookOut:
    """An endpoint as xQR shows it."""
    return WebhookOut(
        id=endpoint.id,
        url=endpoint.url,
        events=[name for each in endpoint.events if (name := _event_name(each)) is not None],
        description=endpoint.description or None,
        enabled=endpoint.status == "active",
        failure_count=endpoint.failures,
        disabled_at=ms_to_time(endpoint.disabled_ms),
        created_at=always_time(endpoint.created_ms),
        updated_at=always_time(endpoint.updated_ms),
        signing_secret=secret,
    )


def to_minted(minted: MintedEndpoint) -> WebhookOut:
    """A new endpoint with its secret."""
    return to_webhook(minted.endpoint, minted.secret)


def to_delivery(view: DeliveryView) -> DeliveryOut:
    """A delivery as xQR shows it."""
    delivery = view.delivery
    waits = delivery.state in ("pending", "sending")
    return DeliveryOut(
        id=delivery.id,
        event=view.event_name,
        status=_STATUSES[delivery.state],  # type: ignore[arg-type]  # the table has only these words
        attempts=delivery.attempts,
        status_code=delivery.last_status,
        response_time_ms=delivery.last_duration_ms,
        response_body=view.response_head[: limits.RESPONSE_BODY_CHARACTERS] or None,
        payload=msgspec.json.decode(view.body),
        created_at=always_time(delivery.created_ms),
        delivered_at=ms_to_time(delivery.finished_ms) if delivery.state == "delivered" else None,
        next_attempt_at=ms_to_time(delivery.next_ms) if waits else None,
        error=delivery.last_error or delivery.reason or None,
    )


def _event_name(native: str) -> str | None:
    return ALL if native == ALL else name_in("xqr", native)
