"""Workflow steps: what happens between a visit and its destination."""

from datetime import datetime
from typing import Any

from msgspec import Struct


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
    payload: dict[str, Any]
    branches: list[BranchOut]
    parent_step_ids: list[str]
    child_step_ids: list[str]
    renders_page: bool = False
    created_at: datetime
    updated_at: datetime


class StepsAnswer(Struct, frozen=True, kw_only=True):
    """The steps of a link."""

    workflow_steps: list[StepOut]
