"""Webhooks in xQR's words."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.xqr import limits

Description = Annotated[str, Meta(max_length=limits.TEXT_CHARACTERS_MAX)]


class WebhookCreate(Struct, frozen=True, kw_only=True):
    """A new endpoint: HTTPS, and at least one event or `*`."""

    url: str
    events: list[str]
    description: Description | None = None


class WebhookUpdate(Struct, frozen=True, kw_only=True):
    """What to change; enabling forgives earlier failures."""

    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class WebhookOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint. `signing_secret` is in the answer that made it, and never again."""

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    failure_count: int
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    signing_secret: str | UnsetType = UNSET


class DeliveryOut(Struct, frozen=True, kw_only=True):
    """An event on its way to an endpoint, or arrived, or given up."""

    id: str
    event: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    status_code: int | None
    response_time_ms: int | None
    response_body: str | None
    payload: dict[str, Any]
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    error: str | None
