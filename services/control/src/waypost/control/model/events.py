"""Domain events: what happened, told to webhooks and to whoever listens."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

EventType: TypeAlias = Literal[
    "link.created", "link.updated", "link.deleted", "link.scanned", "link.threshold", "link.unhealthy", "link.healthy",
    "form.submitted", "lead.created", "sale.created", "bio.published", "bio.unpublished", "asset.uploaded",
    "domain.verified", "domain.failed", "workspace.plan_changed", "workspace.quota_near",
    "key.created", "key.revoked", "webhook.failing", "webhook.disabled", "test.ping",
]  # fmt: skip


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened. `seq` counts all events without gaps, in the order of commits."""

    seq: int
    id: str
    type: str
    workspace_id: str
    at_ms: int
    link_id: str | None = None
    data: dict[str, Any] = {}
    webhooks: bool = True
    """False for writes that a dialect documents as silent."""
