"""Workflow steps: what happens between a visit and its destination."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.text import Text

Json = dict[str, Any]
Object = Json | UnsetType | None


class Position(Struct, frozen=True, kw_only=True):
    """Where a step stands on the canvas."""

    x: float = 0.0
    y: float = 0.0


class StepCreate(Struct, frozen=True, kw_only=True):
    """A new step. `payload` has one member, named after the kind of step."""

    event_action: Text = UNSET
    payload: Object = UNSET
    id: Text = UNSET
    insert_before: Text = UNSET
    canvas_position: Position | UnsetType | None = UNSET
    attribute_capture: Object = UNSET
    back_button: Object = UNSET


class StepPatch(Struct, frozen=True, kw_only=True):
    """What to change of a step; its kind stays."""

    payload: Object = UNSET
    canvas_position: Position | UnsetType | None = UNSET
    attribute_capture: Object = UNSET
    back_button: Object = UNSET


class ConnectIn(Struct, frozen=True, kw_only=True):
    """Where an exit shall lead."""

    next_step_id: str


class BranchOut(Struct, frozen=True, kw_only=True):
    """One way out of a step."""

    branch_id: str
    label: str
    next_step_id: str


class StepOut(Struct, frozen=True, kw_only=True):
    """One step. `payload` is spelled by its maker, since only one member of it is there."""

    id: str
    link_id: str
    kind: str
    event_action: str
    node_type: str = "NODE_TYPE_ATOMIC"
    payload: Json
    branches: list[BranchOut]
    parent_step_ids: list[str]
    child_step_ids: list[str]
    renders_page: bool = False
    back_button_available: bool = False
    next_can_go_back: bool = False
    canvas_position: Position = Position()
    attribute_capture: Json | UnsetType = UNSET
    back_button: Json | UnsetType = UNSET
    created_at: datetime
    updated_at: datetime


class StepAnswer(Struct, frozen=True, kw_only=True):
    """One step."""

    workflow_step: StepOut


class StepsAnswer(Struct, frozen=True, kw_only=True):
    """The steps of a link."""

    workflow_steps: list[StepOut]
    next_page_token: str = ""
    total_count: int


class IssueOut(Struct, frozen=True, kw_only=True):
    """Something that will not happen as it is drawn; `severity` is error or warning."""

    message: str
    severity: str
    step_id: str
    step_type: str


class ConnectedAnswer(Struct, frozen=True, kw_only=True):
    """A step after an exit was led elsewhere; its exits that lead nowhere, and steps nobody reaches."""

    workflow_step: StepOut
    unconnected_branch_ids: list[str]
    disconnected_steps: list[IssueOut]


class IssuesAnswer(Struct, frozen=True, kw_only=True):
    """All issues of a workflow."""

    issues: list[IssueOut]


class MovedAnswer(Struct, frozen=True, kw_only=True):
    """How many steps stand elsewhere now."""

    steps_repositioned: int
