"""Webhook endpoints: making, changing, rotating secrets, testing."""

from typing import Any

import msgspec

from waypost.control.core.keys import Peppers
from waypost.control.core.quotas import check_quota
from waypost.control.core.webhook_fanout import deliver_to
from waypost.control.model.access import Actor
from waypost.control.model.events import Event
from waypost.control.model.faults import Invalid, OutOfReach, QuotaReached, VersionMismatch
from waypost.control.model.installation import Installation
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.delivery import Delivery
from waypost.control.model.webhooks.endpoint import (
    CreateEndpoint,
    Endpoint,
    EndpointStatus,
    MintedEndpoint,
    UpdateEndpoint,
)
from waypost.control.model.webhooks.faults import InvalidWebhookUrl
from waypost.control.model.webhooks.names import ALL, TEST, types_of
from waypost.control.model.webhooks.secrets import (
    NONCE_BYTES,
    seal,
    sealing_key,
    secret_bytes,
    secret_text,
)
from waypost.control.model.webhooks.signing import Format
from waypost.control.outgoing.faults import TargetRefused
from waypost.control.outgoing.target import OutgoingPolicy, parse_target
from waypost.control.store import webhook_deliveries, webhook_endpoints
from waypost.control.store.tx import Tx
from waypost.wire.ids import to_bytes, to_text

_FORGIVEN = {
    "status": "active",
    "disabled_reason": "",
    "disabled_ms": 0,
    "failures": 0,
    "failing_since_ms": 0,
    "counted_ms": 0,
}
_FILTERS = ("link_ids", "tag_ids", "domain_ids")


def sealing_keys(peppers: Peppers) -> tuple[bytes, ...]:
    """The keys that open secrets; the first one seals."""
    return tuple(sealing_key(secret) for secret in peppers.secrets)


def outgoing_policy(installation: Installation) -> OutgoingPolicy:
    """What outgoing calls may reach, from what the operator decided."""
    return OutgoingPolicy(
        allow_private=installation.allow_private_targets,
        ports=installation.outgoing_ports,
        refused_ports=installation.refused_ports,
        refused_networks=installation.refused_networks,
    )


async def create_endpoint(
    tx: Tx, actor: Actor, command: CreateEndpoint, *, peppers: Peppers
) -> MintedEndpoint:
    """Register an endpoint; the secret is in the answer and never again.

    Raises Invalid (with the field), InvalidWebhookUrl, QuotaReached, OutOfReach.
    """
    if actor.domain_id is not None or actor.own_links_only:
        raise OutOfReach("a part of the links, and webhooks tell of all")
    await check_quota(tx, actor, "webhooks")
    if await webhook_endpoints.count(tx, actor.workspace_id) >= limits.ENDPOINTS_PER_WORKSPACE_MAX:
        raise QuotaReached("webhooks", limits.ENDPOINTS_PER_WORKSPACE_MAX)
    values = _checked(tx.installation, command.format, _values(command))
    secret = _given_secret(command.secret) or secret_text(tx.random_bytes(limits.SECRET_BYTES))
    endpoint_id = tx.new_id()
    endpoint = Endpoint(
        id=endpoint_id,
        workspace_id=actor.workspace_id,
        format=command.format,
        status="active" if command.active else "paused",
        secret=_sealed(tx, secret, endpoint_id, peppers),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        created_by=actor.id,
        **values,
    )
    await webhook_endpoints.insert(tx, endpoint)
    return MintedEndpoint(endpoint, secret)


async def get_endpoint(tx: Tx, actor: Actor, endpoint_id: str) -> Endpoint:
    """One endpoint. Raises WebhookNotFound."""
    return await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)


async def list_endpoints(
    tx: Tx, actor: Actor, page: PageRequest, status: EndpointStatus | None = None
) -> Page[Endpoint]:
    """The endpoints of the workspace, oldest first. Raises InvalidCursor."""
    return await webhook_endpoints.page(tx, actor.workspace_id, page, status)


async def update_endpoint(
    tx: Tx,
    actor: Actor,
    endpoint_id: str,
    command: UpdateEndpoint,
    *,
    expected_version: int | None = None,
) -> Endpoint:
    """Change the given members. Raises WebhookNotFound, VersionMismatch, Invalid, InvalidWebhookUrl."""
    before = await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id, lock=True)
    if expected_version is not None and expected_version != before.version:
        raise VersionMismatch(str(before.version))
    given = command.given()
    active = given.pop("active", None)
    changed = _checked(tx.installation, before.format, given)
    if active is True:
        changed |= _FORGIVEN
    elif active is False and before.status == "active":
        changed["status"] = "paused"
    after = msgspec.structs.replace(before, **changed, version=before.version + 1, updated_ms=tx.now_ms)
    await webhook_endpoints.save(tx, after)
    return after


async def delete_endpoint(tx: Tx, actor: Actor, endpoint_id: str) -> None:
    """Remove an endpoint, what waits for it, and its log. Raises WebhookNotFound."""
    await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)
    await webhook_endpoints.remove(tx, endpoint_id)


async def rotate_secret(tx: Tx, actor: Actor, endpoint_id: str, *, peppers: Peppers) -> MintedEndpoint:
    """Draw a new secret; the old one signs beside it for a day. Raises WebhookNotFound."""
    before = await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id, lock=True)
    secret = secret_text(tx.random_bytes(limits.SECRET_BYTES))
    after = msgspec.structs.replace(
        before,
        secret=_sealed(tx, secret, endpoint_id, peppers),
        old_secret=before.secret,
        old_secret_until_ms=tx.now_ms + limits.ROTATION_OVERLAP_MS,
        version=before.version + 1,
        updated_ms=tx.now_ms,
    )
    await webhook_endpoints.save(tx, after)
    return MintedEndpoint(after, secret)


async def send_test(tx: Tx, actor: Actor, endpoint_id: str) -> Delivery:
    """Queue a `test.ping`, whatever the endpoint listens to. Raises WebhookNotFound, Invalid (not active)."""
    endpoint = await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)
    if endpoint.status != "active":
        raise Invalid("status", "is not active; activate the webhook first")
    event = Event(
        seq=0,
        id=tx.new_id(),
        type=TEST,
        workspace_id=actor.workspace_id,
        at_ms=tx.now_ms,
        data={"message": "This is a test. Your endpoint receives events."},
    )
    return await deliver_to(tx, endpoint, event, {})


async def list_waiting(tx: Tx, actor: Actor, endpoint_id: str) -> int:
    """How many deliveries wait for an endpoint. Raises WebhookNotFound."""
    endpoint = await webhook_endpoints.get(tx, actor.workspace_id, endpoint_id)
    return (await webhook_deliveries.pending(tx, [endpoint.id]))[endpoint.id]


def _values(command: CreateEndpoint) -> dict[str, Any]:
    names = ("url", "events", "description", *_FILTERS, "batch_scans", "extras")
    return {name: getattr(command, name) for name in names}


def _checked(installation: Installation, kind: Format, values: dict[str, Any]) -> dict[str, Any]:
    """The same values, canonical. Raises Invalid."""
    result = dict(values)
    if "url" in values:
        try:
            target = parse_target(
                values["url"],
                outgoing_policy(installation),
                https_only=not installation.allow_private_targets,
            )
        except TargetRefused as refused:
            raise InvalidWebhookUrl("url", refused.detail) from refused
        result["url"] = target.url
    if "events" in values:
        types = types_of(kind, tuple(values["events"]))
        result["events"] = (ALL,) if ALL in types else types
    if len(values.get("description", "")) > limits.DESCRIPTION_CHARACTERS_MAX:
        raise Invalid("description", f"has at most {limits.DESCRIPTION_CHARACTERS_MAX} characters")
    for name in _FILTERS:
        if name in values:
            result[name] = _ids(name, values[name])
    return result


def _ids(field: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    if len(texts) > limits.FILTERS_PER_ENDPOINT_MAX:
        raise Invalid(field, f"has at most {limits.FILTERS_PER_ENDPOINT_MAX} ids")
    try:
        return tuple(dict.fromkeys(to_text(to_bytes(text)) for text in texts))
    except ValueError as error:
        raise Invalid(field, "holds something that is not an id") from error


def _given_secret(text: str) -> str:
    if text:
        try:
            secret_bytes(text)
        except ValueError as error:
            raise Invalid("secret", str(error)) from error
    return text


def _sealed(tx: Tx, secret: str, endpoint_id: str, peppers: Peppers) -> bytes:
    return seal(
        secret,
        place=endpoint_id,
        key=sealing_keys(peppers)[0],
        nonce=tx.random_bytes(NONCE_BYTES),
    )
