"""Endpoints: where events go, which ones, and the commands that change that."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.model.webhooks.health import Health
from waypost.control.model.webhooks.names import ALL, SCANNED, name_in
from waypost.control.model.webhooks.schedule import DELAYS_DIALECT_S, DELAYS_NATIVE_S
from waypost.control.model.webhooks.signing import Format

EndpointStatus: TypeAlias = Literal["active", "paused", "disabled"]
"""`paused` by its owner, `disabled` by us for the reason in `disabled_reason`."""


class Endpoint(Struct, frozen=True, kw_only=True):
    """One stored endpoint. Times are Unix milliseconds, 0 meaning never. Empty filters do not narrow."""

    id: str
    workspace_id: str
    format: Format = "native"
    url: str
    description: str = ""
    events: tuple[str, ...]
    link_ids: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    domain_ids: tuple[str, ...] = ()
    batch_scans: bool = False
    """Several scans of one link in one message, up to five seconds late."""
    status: EndpointStatus = "active"
    disabled_reason: str = ""
    disabled_ms: int = 0
    secret: bytes
    """Sealed."""
    old_secret: bytes = b""
    old_secret_until_ms: int = 0
    failures: int = 0
    failing_since_ms: int = 0
    counted_ms: int = 0
    success_count: int = 0
    failure_count: int = 0
    last_attempt_ms: int = 0
    last_success_ms: int = 0
    extras: dict[str, Any] = msgspec.field(default_factory=dict)
    """Members that only one dialect knows."""
    version: int = 1
    created_ms: int
    updated_ms: int
    created_by: str = ""

    @property
    def native(self) -> bool:
        """Whether it was made through our own API."""
        return self.format == "native"

    @property
    def delays_s(self) -> tuple[int, ...]:
        """Its schedule of attempts."""
        return DELAYS_NATIVE_S if self.native else DELAYS_DIALECT_S

    @property
    def health(self) -> Health:
        """Its failures in a row."""
        return Health(self.failures, self.failing_since_ms or None, self.counted_ms or None)

    def sealed_secrets(self, now_ms: int) -> tuple[bytes, ...]:
        """What signs now: the newest first, and the old one while a rotation overlaps."""
        overlap = self.old_secret and now_ms < self.old_secret_until_ms
        return (self.secret, self.old_secret) if overlap else (self.secret,)


class Subject(Struct, frozen=True):
    """What an event is about, as filters see it."""

    event_type: str
    link_id: str | None = None
    tag_ids: frozenset[str] = frozenset()
    domain_id: str | None = None
    named_endpoints: frozenset[str] = frozenset()
    """Endpoints that the link itself names; they hear of it whatever their filters say."""


def wants(endpoint: Endpoint, subject: Subject) -> bool:
    """Whether an endpoint is to be told. Filters of one kind are alternatives; kinds must all hold."""
    if name_in(endpoint.format, subject.event_type) is None:
        return False
    if ALL not in endpoint.events and subject.event_type not in endpoint.events:
        return False
    if endpoint.id in subject.named_endpoints:
        return True
    return (
        (not endpoint.link_ids or subject.link_id in endpoint.link_ids)
        and (not endpoint.tag_ids or not subject.tag_ids.isdisjoint(endpoint.tag_ids))
        and (not endpoint.domain_ids or subject.domain_id in endpoint.domain_ids)
    )


def batches(endpoint: Endpoint, event_type: str) -> bool:
    """Whether an event waits to be sent together with others."""
    return endpoint.batch_scans and event_type == SCANNED


class CreateEndpoint(Struct, frozen=True, kw_only=True):
    """Register an endpoint. `events` are native types or `*`; a secret is drawn unless one is given."""

    url: str
    events: tuple[str, ...]
    format: Format = "native"
    description: str = ""
    link_ids: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    domain_ids: tuple[str, ...] = ()
    batch_scans: bool = False
    active: bool = True
    secret: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class UpdateEndpoint(Struct, frozen=True, kw_only=True):
    """Change only the members that are set. Activating forgives all failures."""

    url: str | UnsetType = UNSET
    events: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    link_ids: tuple[str, ...] | UnsetType = UNSET
    tag_ids: tuple[str, ...] | UnsetType = UNSET
    domain_ids: tuple[str, ...] | UnsetType = UNSET
    batch_scans: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    extras: dict[str, Any] | UnsetType = UNSET

    def given(self) -> dict[str, Any]:
        """The members that were set, by name."""
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}


class MintedEndpoint(Struct, frozen=True):
    """An endpoint and, this once, its secret."""

    endpoint: Endpoint
    secret: str
