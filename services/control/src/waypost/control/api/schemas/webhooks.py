"""Webhooks as JSON."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from waypost.control.api.mapping import always_time, command_values, defaults_of, to_time
from waypost.control.core.webhook_log import DeliveryView
from waypost.control.model.faults import Invalid
from waypost.control.model.webhooks.delivery import Attempt, DeliveryState
from waypost.control.model.webhooks.endpoint import (
    CreateEndpoint,
    Endpoint,
    EndpointStatus,
    MintedEndpoint,
    UpdateEndpoint,
)
from waypost.control.model.webhooks.signing import Format

Url = Annotated[
    str, Meta(description="Where events are sent: https.", examples=["https://example.com/hooks/waypost"])
]
Events = Annotated[
    list[str],
    Meta(description="Event types, or `*` for all.", examples=[["link.created", "link.scanned"]]),
]


class WebhookCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new webhook. Empty filters let everything through."""

    url: Url
    events: Events
    description: str | None = None
    link_ids: list[str] | None = None
    tag_ids: list[str] | None = None
    domain_ids: list[str] | None = None
    batch_scans: bool | None = None
    active: bool = True
    secret: Annotated[
        str | None, Meta(description="Your own, `whsec_` and base64 of 24 to 64 bytes; drawn when left out.")
    ] = None


class WebhookPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change. `active: true` starts it again and forgives its failures."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    link_ids: list[str] | UnsetType | None = UNSET
    tag_ids: list[str] | UnsetType | None = UNSET
    domain_ids: list[str] | UnsetType | None = UNSET
    batch_scans: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class WebhookOut(Struct, frozen=True, kw_only=True):
    """A webhook. `failures` are those in a row, counted once a minute."""

    id: str
    workspace_id: str
    url: str
    events: list[str]
    description: str | None
    link_ids: list[str]
    tag_ids: list[str]
    domain_ids: list[str]
    batch_scans: bool
    format: Format
    status: EndpointStatus
    active: bool
    disabled_reason: str | None
    disabled_at: datetime | None
    failures: int
    success_count: int
    failure_count: int
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    old_secret_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None


class WebhookMinted(WebhookOut, frozen=True, kw_only=True):
    """A webhook with its secret, which is not shown again."""

    secret: str


class WebhookList(Struct, frozen=True, kw_only=True):
    """A page of webhooks."""

    data: list[WebhookOut]
    next_cursor: str | None
    total: int | None = None


class AttemptOut(Struct, frozen=True, kw_only=True):
    """One try, and the first KiB of what came back."""

    number: int
    at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    response_head: str


class DeliveryOut(Struct, frozen=True, kw_only=True):
    """One event for one webhook. `payload` is what is sent, byte for byte."""

    id: str
    event_id: str
    event_type: str
    state: DeliveryState
    reason: str | None
    attempt_count: int
    status_code: int | None
    duration_ms: int | None
    error: str | None
    response_head: str
    payload: Raw
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None


class DeliveryDetail(DeliveryOut, frozen=True, kw_only=True):
    """A delivery with its log."""

    attempts: list[AttemptOut]


class DeliveryList(Struct, frozen=True, kw_only=True):
    """A page of deliveries."""

    data: list[DeliveryOut]
    next_cursor: str | None


class ReplaySince(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send again what was made since a time: dead letters, or everything that is finished."""

    since: datetime
    include_delivered: bool = False


class Replayed(Struct, frozen=True, kw_only=True):
    """How many deliveries start anew; ask again when it is the most that one call takes."""

    count: int


class TestQueued(Struct, frozen=True, kw_only=True):
    """The delivery of a test event."""

    delivery_id: str


_DEFAULTS = defaults_of(CreateEndpoint)
_COPIED = (
    "id", "workspace_id", "url", "batch_scans", "format", "status", "failures", "success_count",
    "failure_count", "version",
)  # fmt: skip


def to_create(body: WebhookCreate) -> CreateEndpoint:
    """The command of a new webhook."""
    return CreateEndpoint(**command_values(body, _DEFAULTS))


def to_update(body: WebhookPatch) -> UpdateEndpoint:
    """The command of a change. Raises Invalid when there is nothing to change."""
    values = command_values(body, _DEFAULTS)
    if not values:
        raise Invalid("", "The body names nothing to change.")
    return UpdateEndpoint(**values)


def to_webhook(endpoint: Endpoint) -> WebhookOut:
    """A webhook as JSON."""
    return WebhookOut(
        **{name: getattr(endpoint, name) for name in _COPIED},
        events=list(endpoint.events),
        description=endpoint.description or None,
        link_ids=list(endpoint.link_ids),
        tag_ids=list(endpoint.tag_ids),
        domain_ids=list(endpoint.domain_ids),
        active=endpoint.status == "active",
        disabled_reason=endpoint.disabled_reason or None,
        disabled_at=to_time(endpoint.disabled_ms),
        last_attempt_at=to_time(endpoint.last_attempt_ms),
        last_success_at=to_time(endpoint.last_success_ms),
        old_secret_until=to_time(endpoint.old_secret_until_ms),
        created_at=always_time(endpoint.created_ms),
        updated_at=always_time(endpoint.updated_ms),
        created_by=endpoint.created_by or None,
    )


def to_minted(minted: MintedEndpoint) -> WebhookMinted:
    """A webhook with its secret."""
    return WebhookMinted(
        **msgspec.structs.asdict(to_webhook(minted.endpoint)),
        secret=minted.secret,
    )


def to_delivery(view: DeliveryView) -> DeliveryOut:
    """A delivery as JSON."""
    delivery = view.delivery
    waits = delivery.state in ("pending", "sending")
    return DeliveryOut(
        id=delivery.id,
        event_id=delivery.event_id,
        event_type=view.event_name,
        state=delivery.state,
        reason=delivery.reason or None,
        attempt_count=delivery.attempts,
        status_code=delivery.last_status,
        duration_ms=delivery.last_duration_ms,
        error=delivery.last_error or None,
        response_head=view.response_head,
        payload=Raw(view.body),
        created_at=always_time(delivery.created_ms),
        next_attempt_at=always_time(delivery.next_ms) if waits else None,
        finished_at=to_time(delivery.finished_ms),
    )


def to_detail(view: DeliveryView) -> DeliveryDetail:
    """A delivery with its log as JSON."""
    return DeliveryDetail(
        **msgspec.structs.asdict(to_delivery(view)), attempts=[_attempt(each) for each in view.attempts]
    )


def _attempt(attempt: Attempt) -> AttemptOut:
    return AttemptOut(
        number=attempt.number,
        at=always_time(attempt.at_ms),
        duration_ms=attempt.duration_ms,
        status_code=attempt.status,
        error=attempt.error or None,
        response_head=attempt.response_head,
    )
