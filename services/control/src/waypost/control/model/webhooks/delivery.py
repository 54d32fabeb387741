"""Deliveries: one event for one endpoint, and the log of its attempts."""

from typing import Literal, TypeAlias

from msgspec import Struct

from waypost.control.model.webhooks.signing import Format

DeliveryState: TypeAlias = Literal["pending", "sending", "delivered", "dead"]


class Delivery(Struct, frozen=True, kw_only=True):
    """One stored delivery. `attempts` counts all, `round` those since it was last (re)started."""

    id: str
    endpoint_id: str
    workspace_id: str
    event_id: str
    event_type: str
    format: Format
    state: DeliveryState = "pending"
    reason: str = ""
    """Why it is dead: `gone`, `attempts_used_up`, `endpoint_disabled`, `queue_full`."""
    attempts: int = 0
    round: int = 0
    next_ms: int
    lease_until_ms: int = 0
    claim: int = 0
    """Grows with each claim; a result that carries an older one comes too late and is not believed."""
    last_status: int | None = None
    last_duration_ms: int | None = None
    last_error: str = ""
    created_ms: int
    finished_ms: int = 0


class Attempt(Struct, frozen=True, kw_only=True):
    """One try: when, how long, and the first bytes of what came back."""

    delivery_id: str
    number: int
    at_ms: int
    duration_ms: int
    status: int | None = None
    error: str = ""
    response_head: str = ""


class Job(Struct, frozen=True, kw_only=True):
    """A claimed delivery with everything that sending it needs."""

    delivery_id: str
    claim: int
    endpoint_id: str
    url: str
    format: Format
    sealed_secrets: tuple[bytes, ...]
    message_id: str
    event_name: str
    body: bytes


class Result(Struct, frozen=True, kw_only=True):
    """How sending a job went."""

    delivery_id: str
    claim: int
    endpoint_id: str
    at_ms: int
    duration_ms: int
    status: int | None = None
    error: str = ""
    response_head: str = ""
    retry_after_s: int | None = None


class DeliveryFilter(Struct, frozen=True, kw_only=True):
    """Which deliveries of an endpoint a list holds."""

    state: DeliveryState | None = None
    event_type: str = ""
