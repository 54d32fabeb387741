"""Claiming what is due, and keeping what came of it. Leases let several workers share the work."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from waypost.control.core.announce import announce
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.delivery import Attempt, Delivery, Job, Result
from waypost.control.model.webhooks.endpoint import Endpoint
from waypost.control.model.webhooks.health import after_failure, after_success
from waypost.control.model.webhooks.schedule import Dead, Delivered, Outcome, Retry, next_step
from waypost.control.store import cursors, webhook_deliveries, webhook_endpoints
from waypost.control.store.tx import Tx
from waypost.control.store.webhook_deliveries import DueEndpoint

_CLAIM_LOCK = "webhooks-claim"
_JITTER_SCALE = 2**31


async def claim(tx: Tx, under_way: int) -> list[Job]:
    """Take what is due for this worker, which has so many calls under way.

    At most four at a time per endpoint, over all workers: whoever claims holds the lock until the commit.
    """
    await cursors.get(tx, _CLAIM_LOCK, lock=True)
    await webhook_deliveries.end_leases(tx)
    ready = await webhook_deliveries.due_endpoints(
        tx,
        in_flight_max=1 if under_way >= limits.CROWDED_AT else limits.IN_FLIGHT_PER_ENDPOINT_MAX,
        limit=limits.IN_FLIGHT_MAX,
    )
    taken = await webhook_deliveries.due(tx, _shares(ready, under_way))
    if not taken:
        return []
    until_ms = tx.now_ms + limits.LEASE_MS
    claimed = [
        msgspec.structs.replace(each, state="sending", lease_until_ms=until_ms, claim=each.claim + 1)
        for each in taken
    ]
    await webhook_deliveries.save(tx, claimed)
    endpoints = await webhook_endpoints.by_ids(tx, sorted({each.endpoint_id for each in claimed}))
    bodies = await webhook_deliveries.bodies_of(tx, sorted({each.event_id for each in claimed}))
    return [
        _job(tx, each, endpoints[each.endpoint_id], bodies[each.event_id, each.format]) for each in claimed
    ]


async def record(tx: Tx, results: Sequence[Result]) -> int:
    """Keep the results of jobs: attempts, next steps, the health of endpoints. Return how many counted.

    A result that comes after its lease ended is dropped: somebody else has the delivery now.
    """
    known = await webhook_deliveries.by_ids(tx, sorted({result.delivery_id for result in results}))
    endpoints = await webhook_endpoints.by_ids(tx, sorted({result.endpoint_id for result in results}))
    deliveries: list[Delivery] = []
    attempts: list[Attempt] = []
    touched: dict[str, Endpoint] = {}
    for result in results:
        delivery = known.get(result.delivery_id)
        endpoint = touched.get(result.endpoint_id) or endpoints.get(result.endpoint_id)
        if delivery is None or endpoint is None:
            continue  # the endpoint was deleted while we called it
        if delivery.claim != result.claim or delivery.state != "sending":
            continue
        deliveries.append(_after(tx, delivery, endpoint, result))
        attempts.append(_attempt(deliveries[-1].attempts, result))
        touched[endpoint.id] = _judged(tx, endpoint, result)
    await webhook_deliveries.save(tx, deliveries)
    await webhook_deliveries.add_attempts(
        tx, [each for each in attempts if each.number <= limits.ATTEMPTS_PER_DELIVERY_MAX]
    )
    for endpoint in touched.values():
        await webhook_endpoints.save(tx, endpoint)
        if endpoint.status == "disabled":
            await webhook_deliveries.bury(tx, endpoint.id, "endpoint_disabled")
    return len(deliveries)


class Forgotten(Struct, frozen=True):
    """How many rows a round of forgetting removed; the limit means there is more."""

    rows: int


async def forget(tx: Tx) -> Forgotten:
    """Remove what was kept long enough: delivered 7 days, dead letters 30 days."""
    rows = await webhook_deliveries.forget(
        tx,
        delivered_before_ms=tx.now_ms - limits.DELIVERED_KEPT_MS,
        dead_before_ms=tx.now_ms - limits.DEAD_LETTERS_KEPT_MS,
        limit=limits.FORGOTTEN_PER_TURN_MAX,
    )
    return Forgotten(rows)


def _shares(ready: Sequence[DueEndpoint], under_way: int) -> list[tuple[str, int]]:
    """How many deliveries of each endpoint are taken, until all places are."""
    shares = []
    for endpoint in ready:
        alone = endpoint.failures > 0 or under_way >= limits.CROWDED_AT
        most = 1 if alone else limits.IN_FLIGHT_PER_ENDPOINT_MAX
        share = min(most - endpoint.busy, limits.IN_FLIGHT_MAX - under_way)
        if share > 0:
            shares.append((endpoint.id, share))
            under_way += share
    return shares


def _job(tx: Tx, delivery: Delivery, endpoint: Endpoint, body: tuple[str, bytes]) -> Job:
    return Job(
        delivery_id=delivery.id,
        claim=delivery.claim,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        format=endpoint.format,
        sealed_secrets=endpoint.sealed_secrets(tx.now_ms),
        message_id=delivery.event_id,
        event_name=body[0],
        body=body[1],
    )


def _after(tx: Tx, delivery: Delivery, endpoint: Endpoint, result: Result) -> Delivery:
    outcome = Outcome(result.status, result.retry_after_s)
    changed = msgspec.structs.replace(
        delivery,
        attempts=delivery.attempts + 1,
        round=delivery.round + 1,
        lease_until_ms=0,
        last_status=result.status,
        last_duration_ms=result.duration_ms,
        last_error=result.error,
    )
    jitter = int.from_bytes(tx.random_bytes(4), "big") / _JITTER_SCALE - 1
    match next_step(endpoint.delays_s, changed.round, outcome, at_ms=tx.now_ms, jitter=jitter):
        case Delivered():
            return msgspec.structs.replace(changed, state="delivered", finished_ms=tx.now_ms)
        case Dead(reason):
            return msgspec.structs.replace(changed, state="dead", reason=reason, finished_ms=tx.now_ms)
        case Retry(at_ms):
            return msgspec.structs.replace(changed, state="pending", next_ms=at_ms)


def _attempt(number: int, result: Result) -> Attempt:
    return Attempt(
        delivery_id=result.delivery_id,
        number=number,
        at_ms=result.at_ms,
        duration_ms=result.duration_ms,
        status=result.status,
        error=result.error,
        response_head=result.response_head,
    )


def _judged(tx: Tx, endpoint: Endpoint, result: Result) -> Endpoint:
    """The endpoint after one result; its owner is told when it begins to look bad."""
    outcome = Outcome(result.status)
    if outcome.succeeded:
        health = after_success()
        return msgspec.structs.replace(
            endpoint,
            failures=health.failures,
            failing_since_ms=0,
            counted_ms=0,
            success_count=endpoint.success_count + 1,
            last_attempt_ms=tx.now_ms,
            last_success_ms=tx.now_ms,
        )
    consequence = after_failure(endpoint.health, native=endpoint.native, gone=outcome.gone, at_ms=tx.now_ms)
    health = consequence.health
    changed = msgspec.structs.replace(
        endpoint,
        failures=health.failures,
        failing_since_ms=health.failing_since_ms or 0,
        counted_ms=health.counted_ms or 0,
        failure_count=endpoint.failure_count + 1,
        last_attempt_ms=tx.now_ms,
    )
    told = {"webhook_id": endpoint.id, "url": endpoint.url, "failures": health.failures}
    if consequence.notice is not None:
        announce(tx, "webhook.failing", endpoint.workspace_id, told)
    if consequence.disable is not None and endpoint.status == "active":
        announce(tx, "webhook.disabled", endpoint.workspace_id, {**told, "reason": consequence.disable})
        return msgspec.structs.replace(
            changed, status="disabled", disabled_reason=consequence.disable, disabled_ms=tx.now_ms
        )
    return changed
