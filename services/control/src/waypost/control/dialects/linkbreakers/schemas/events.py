"""Events: one scan or click each, with whatever was asked to come along."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.devices import DeviceOut
from waypost.control.dialects.linkbreakers.schemas.links import LinkOut
from waypost.control.dialects.linkbreakers.schemas.text import Csv
from waypost.control.dialects.linkbreakers.schemas.visitors import VisitorOut
from waypost.control.dialects.linkbreakers.schemas.workspaces import WorkspaceFull


class JourneyOut(Struct, frozen=True, kw_only=True):
    """How far a visit came through the link's steps."""

    steps_reached: int
    steps_total: int
    completed: bool


class EventOut(Struct, frozen=True, kw_only=True):
    """One scan of a code or click on a link."""

    id: str
    action: str
    workspace_id: str
    workspace: WorkspaceFull | UnsetType = UNSET
    link_id: str
    link: LinkOut | UnsetType | None = UNSET
    visitor_id: str
    visitor: VisitorOut | UnsetType = UNSET
    device_id: str
    device: DeviceOut | UnsetType = UNSET
    journey: JourneyOut | UnsetType = UNSET
    lead_score: UnsetType | None = UNSET
    entrypoint: str
    destination: str
    destination_action: str = "EVENT_ACTION_CLIENT_REDIRECT"
    http_method: str
    triggered_by: str = "TRIGGERED_BY_VISITOR"
    visit_type: str
    scanned_at: datetime
    created_at: datetime
    updated_at: datetime


class EventsAnswer(Struct, frozen=True, kw_only=True):
    """A page of events, the newest first."""

    events: list[EventOut]
    total_count: int
    has_more: bool
    next_page_token: str


class EventsWrapped(Struct, frozen=True, kw_only=True):
    """What the generated client's path answers: exactly one of the two."""

    json: EventsAnswer | UnsetType = UNSET
    csv: Csv | UnsetType = UNSET


class EntryAccess(Struct, frozen=True, kw_only=True):
    """How a visit came in."""

    accessed_at: str
    action: str
    entrypoint: str
    http_method: str
    visit_type: str


class RedirectDone(Struct, frozen=True, kw_only=True):
    """Where a visit was sent."""

    destination: str
    conversion_tracking: bool
    fallback: bool


class TraceData(Struct, frozen=True, kw_only=True):
    """What happened in a step: one member for the kind of step, none for a page that was shown."""

    entry_access: EntryAccess | UnsetType = UNSET
    redirect: RedirectDone | UnsetType = UNSET


class TraceOut(Struct, frozen=True, kw_only=True):
    """One step that a visit went through."""

    id: str
    event_id: str
    workspace_id: str
    link_id: str
    visitor_id: str
    step_kind: str
    step_action: str
    step_data: TraceData
    saved_attributes: dict[str, str] = {}
    completed_at: datetime
    created_at: datetime
    updated_at: datetime


class TracesAnswer(Struct, frozen=True, kw_only=True):
    """The steps of a visit in their order."""

    traces: list[TraceOut]
