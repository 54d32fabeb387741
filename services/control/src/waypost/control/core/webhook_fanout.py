"""From events to deliveries, in the transaction that moves the cursor over the events.

So an event is handed to every endpoint that wants it exactly once, however often a worker dies.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from waypost.control.core import link_views
from waypost.control.model.events import Event
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.delivery import Delivery
from waypost.control.model.webhooks.endpoint import Endpoint, Subject, batches, wants
from waypost.control.model.webhooks.names import SCANNED, THRESHOLD, name_in
from waypost.control.model.webhooks.payload import LinkShape, render, rfc3339
from waypost.control.model.webhooks.signing import Format
from waypost.control.store import cursors, events, links, webhook_deliveries, webhook_endpoints, webhook_scans
from waypost.control.store.tx import Tx
from waypost.control.store.webhook_scans import WaitingScan
from waypost.wire.event import CountedScanV1, ThresholdV1
from waypost.wire.ids import to_text

EVENTS_CURSOR = "webhooks-events"
STREAM_CURSOR = "webhooks-stream"
Shapes = Mapping[Format, LinkShape]


async def fan_out_events(tx: Tx, shapes: Shapes) -> int:
    """Hand the next stored events to those who want them; return how many events were read."""
    cursor = await cursors.get(tx, EVENTS_CURSOR, lock=True)
    seq = cursor.seq if cursor else 0
    told = await events.after(tx, seq, limits.EVENTS_PER_TURN_MAX)
    if told:
        await deliver(tx, [event for event in told if event.webhooks], shapes)
        await cursors.put(tx, EVENTS_CURSOR, told[-1].seq)
    return len(told)


async def fan_out_stream(
    tx: Tx,
    shapes: Shapes,
    *,
    source: str,
    up_to_seq: int,
    scans: Sequence[tuple[int, CountedScanV1]],
    thresholds: Sequence[tuple[int, ThresholdV1]],
) -> None:
    """Hand over what analytics told on the stream `source`, each with its sequence, up to `up_to_seq`.

    What another worker has handed over already is left out.
    """
    cursor = await cursors.get(tx, STREAM_CURSOR, lock=True)
    done = cursor.seq if cursor and cursor.source == source else 0
    if up_to_seq <= done:
        return
    told = [_scan_event(scan) for seq, scan in scans if seq > done]
    told += [_threshold_event(mark) for seq, mark in thresholds if seq > done]
    await deliver(tx, await _with_links(tx, told), shapes)
    await cursors.put(tx, STREAM_CURSOR, up_to_seq, source)


async def send_waiting_scans(tx: Tx, shapes: Shapes) -> int:
    """Send what waited long enough to be sent together; return how many messages that makes."""
    ready = await webhook_scans.due(
        tx,
        full_at=limits.SCANS_PER_BATCH_MAX,
        waiting_since_ms=tx.now_ms - limits.BATCH_WINDOW_MS,
        limit=limits.BATCHES_PER_TURN_MAX,
    )
    endpoints = await webhook_endpoints.by_ids(tx, sorted({batch.endpoint_id for batch in ready}))
    for batch in ready:
        scans = await webhook_scans.take(tx, batch, limits.SCANS_PER_BATCH_MAX)
        event = Event(
            seq=0,
            id=tx.new_id(),
            type=SCANNED,
            workspace_id=batch.workspace_id,
            at_ms=tx.now_ms,
            link_id=batch.link_id,
            data={"scans": scans},
        )
        for told in await _with_links(tx, [event]):
            if endpoints[batch.endpoint_id].status == "active":
                await deliver_to(tx, endpoints[batch.endpoint_id], told, shapes)
    return len(ready)


async def deliver(tx: Tx, told: Sequence[Event], shapes: Shapes) -> None:
    """Make a delivery for every event and every endpoint that wants it; bodies are rendered once."""
    listening = await webhook_endpoints.active(tx, sorted({event.workspace_id for event in told}))
    if not listening:
        return
    room = await _room(tx, [endpoint for some in listening.values() for endpoint in some])
    bodies: dict[tuple[str, str], tuple[str, str, str, bytes]] = {}
    deliveries: list[Delivery] = []
    waiting: list[WaitingScan] = []
    for event in told:
        subject = _subject(event)
        for endpoint in listening.get(event.workspace_id, ()):
            if event.data.get("webhook_id") == endpoint.id or not wants(endpoint, subject):
                continue
            if batches(endpoint, event.type):
                waiting.append(_waiting(tx, endpoint, event))
                continue
            room[endpoint.id] -= 1
            deliveries.append(_delivery(tx, endpoint, event, fits=room[endpoint.id] >= 0))
            key = (event.id, endpoint.format)
            if key not in bodies:
                bodies[key] = _body(endpoint.format, event, shapes)
    await webhook_deliveries.add_bodies(tx, list(bodies.values()))
    await webhook_deliveries.add(tx, _in_order(tx, deliveries))
    await webhook_scans.add(tx, waiting)


async def deliver_to(tx: Tx, endpoint: Endpoint, event: Event, shapes: Shapes) -> Delivery:
    """Make a delivery of one event for one endpoint, whether it wants it or not."""
    delivery = _delivery(tx, endpoint, event, fits=True)
    await webhook_deliveries.add_bodies(tx, [_body(endpoint.format, event, shapes)])
    await webhook_deliveries.add(tx, [delivery])
    return delivery


async def _room(tx: Tx, endpoints: Sequence[Endpoint]) -> dict[str, int]:
    waits = await webhook_deliveries.pending(tx, [endpoint.id for endpoint in endpoints])
    return {endpoint_id: limits.PENDING_PER_ENDPOINT_MAX - waiting for endpoint_id, waiting in waits.items()}


def _body(kind: Format, event: Event, shapes: Shapes) -> tuple[str, str, str, bytes]:
    return event.id, kind, name_in(kind, event.type) or event.type, render(kind, event, shapes)


def _delivery(tx: Tx, endpoint: Endpoint, event: Event, *, fits: bool) -> Delivery:
    return Delivery(
        id=tx.new_id(),
        endpoint_id=endpoint.id,
        workspace_id=endpoint.workspace_id,
        event_id=event.id,
        event_type=event.type,
        format=endpoint.format,
        state="pending" if fits else "dead",
        reason="" if fits else "queue_full",
        next_ms=tx.now_ms,
        created_ms=tx.now_ms,
        finished_ms=0 if fits else tx.now_ms,
    )


def _in_order(tx: Tx, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """The same deliveries with ids that sort as they stand, so that they are sent in the order of events."""
    ids = sorted(tx.new_id() for _ in deliveries)
    return [msgspec.structs.replace(each, id=id_) for each, id_ in zip(deliveries, ids, strict=True)]


def _waiting(tx: Tx, endpoint: Endpoint, event: Event) -> WaitingScan:
    return WaitingScan(
        endpoint_id=endpoint.id,
        scan_id=event.id,
        workspace_id=event.workspace_id,
        link_id=event.link_id or "",
        scan=event.data["scan"],
        at_ms=tx.now_ms,
    )


def _subject(event: Event) -> Subject:
    view = event.data.get("link")
    if not isinstance(view, dict) or "link" not in view:
        return Subject(event.type, event.link_id, domain_id=event.data.get("domain_id"))
    return Subject(
        event.type,
        event.link_id,
        frozenset(tag["id"] for tag in view.get("tags", ())),
        view["link"].get("domain_id"),
        frozenset(view["link"].get("webhook_ids", ())),
    )


async def _with_links(tx: Tx, told: Sequence[Event]) -> list[Event]:
    """The same events with the links they tell of; those of links that are gone are left out."""
    by_workspace: dict[str, set[str]] = {}
    for event in told:
        by_workspace.setdefault(event.workspace_id, set()).add(event.link_id or "")
    listening = await webhook_endpoints.active(tx, sorted(by_workspace))
    shown: dict[str, dict[str, object]] = {}
    for workspace_id in listening:
        found = await links.get_many(tx, workspace_id, sorted(by_workspace[workspace_id]))
        shown |= {view.link.id: link_views.event_data(view) for view in await link_views.views(tx, found)}
    return [
        msgspec.structs.replace(event, data={**shown[event.link_id], **event.data})
        for event in told
        if event.link_id in shown
    ]


def _scan_event(scan: CountedScanV1) -> Event:
    told: dict[str, Any] = msgspec.to_builtins(scan)
    for name in ("at_ms", "link_id", "workspace_id"):
        del told[name]
    told["occurred_at"] = rfc3339(scan.at_ms)
    return Event(
        seq=0,
        id=f"scan_{scan.id}",
        type=SCANNED,
        workspace_id=to_text(scan.workspace_id),
        at_ms=scan.at_ms,
        link_id=to_text(scan.link_id),
        data={"scan": told},
    )


def _threshold_event(mark: ThresholdV1) -> Event:
    return Event(
        seq=0,
        id=f"threshold_{mark.id}",
        type=THRESHOLD,
        workspace_id=to_text(mark.workspace_id),
        at_ms=mark.at_ms,
        link_id=to_text(mark.link_id),
        data={"threshold": mark.threshold, "scan_count": mark.scan_count},
    )
