"""Traces: what the edge answered to one visit, as the steps it went through."""

from uuid import UUID, uuid5

from waypost.control.dialects.linkbreakers.mapping.analytics import ARRIVAL, OUTCOMES, PAGES
from waypost.control.dialects.linkbreakers.schemas.events import (
    EntryAccess,
    EventOut,
    RedirectDone,
    TraceData,
    TraceOut,
)
from waypost.control.dialects.linkbreakers.spelling import timestamp
from waypost.control.model.links import Link
from waypost.rules import Page
from waypost.wire.scan_events import ScanEventV1


def to_traces(scan: ScanEventV1, event: EventOut, link: Link | None) -> list[TraceOut]:
    """The arrival, and the step that answered it. What was answered without a step has the arrival alone."""
    arrival = EntryAccess(
        accessed_at=timestamp(event.scanned_at),
        action=event.action,
        entrypoint=event.entrypoint,
        http_method=event.http_method,
        visit_type=event.visit_type,
    )
    traces = [_trace(scan, event, ARRIVAL, TraceData(entry_access=arrival))]
    step = PAGES.get(_page(scan, link)) if scan.outcome == "page" else OUTCOMES.get(scan.outcome)
    if step is None:
        return traces
    done = TraceData()
    if step[1] == "EVENT_ACTION_CLIENT_REDIRECT":
        fallback = scan.outcome == "fallback"
        done = TraceData(
            redirect=RedirectDone(
                destination=_destination(scan, event, link),
                conversion_tracking=bool(scan.click_id),
                fallback=fallback,
            )
        )
    return [*traces, _trace(scan, event, step, done)]


def _page(scan: ScanEventV1, link: Link | None) -> str:
    """The type of the page that was shown: that of the rule which decided, else the link's own."""
    if link is None:
        return ""
    for rule in link.rules:
        if rule.id == scan.rule_id and isinstance(rule.then, Page):
            return rule.then.template_type
    return link.template_type


def _destination(scan: ScanEventV1, event: EventOut, link: Link | None) -> str:
    """Where the rule that decided leads today, else the link's own destination."""
    for rule in link.rules if link else ():
        url = getattr(rule.then, "url", "")
        if scan.rule_id == rule.id and url:
            return str(url)
    return event.destination


def _trace(scan: ScanEventV1, event: EventOut, step: tuple[str, str], data: TraceData) -> TraceOut:
    kind, action = step
    return TraceOut(
        id=str(uuid5(UUID(event.id), kind)),
        event_id=event.id,
        workspace_id=event.workspace_id,
        link_id=event.link_id,
        visitor_id=event.visitor_id,
        step_kind=kind,
        step_action=action,
        step_data=data,
        completed_at=event.scanned_at,
        created_at=event.scanned_at,
        updated_at=event.scanned_at,
    )
