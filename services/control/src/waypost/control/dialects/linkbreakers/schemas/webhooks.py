"""Webhooks: the article's members and the generated client's, side by side."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType


class WebhookIn(Struct, frozen=True, kw_only=True):
    """A webhook or a change of one. The article sends `url`, `events`, `active`; the client the others."""

    url: str | UnsetType = UNSET
    endpoint_url: str | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
    events: list[str] | UnsetType | None = UNSET
    triggers: list[str] | UnsetType | None = UNSET
    active: bool | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET
    link_id: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET


class WebhookOut(Struct, frozen=True, kw_only=True):
    """A webhook. The secret is there when it was just made."""

    id: str
    workspace_id: str
    name: str
    url: str
    endpoint_url: str
    events: list[str]
    triggers: list[str]
    active: bool
    status: str
    link_id: str
    source: str
    created_by: str
    success_count: int
    failure_count: int
    last_sent_at: datetime | None
    last_delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime
    signing_secret: str | UnsetType = UNSET


class WebhookAnswer(Struct, frozen=True, kw_only=True):
    """One webhook."""

    webhook: WebhookOut


class WebhooksAnswer(Struct, frozen=True, kw_only=True):
    """Webhooks."""

    webhooks: list[WebhookOut]
    next_page_token: str = ""
    total_count: int = 0
