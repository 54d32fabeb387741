"""Dashboards: boards of widgets, kept as the client draws them."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.text import Flag, Text


class DashboardIn(Struct, frozen=True, kw_only=True):
    """A new board, or a change of one. `config` is kept as it comes."""

    id: Text = UNSET
    name: Text = UNSET
    link_id: Text = UNSET
    config: dict[str, Any] | UnsetType | None = UNSET
    use_default_widgets: Flag = UNSET


class DashboardOut(Struct, frozen=True, kw_only=True):
    """A board, of one link or of the workspace."""

    id: str
    name: str
    link_id: str
    config: dict[str, Any]
    chat_messages: list[dict[str, Any]] = []
    created_at: datetime
    updated_at: datetime


class DashboardAnswer(Struct, frozen=True, kw_only=True):
    """One board."""

    dashboard: DashboardOut


class SummaryIn(Struct, frozen=True, kw_only=True):
    """Whether a summary that still holds is written anew."""

    force: Flag = UNSET


class WidgetResult(Struct, frozen=True, kw_only=True):
    """A summary, of how many scans it was written and how many there are now."""

    widget_id: str
    text: str
    generated_at: datetime
    source_count: int
    current_count: int
    stale: bool


class SummaryAnswer(Struct, frozen=True, kw_only=True):
    """The summary of a widget; null before one was asked for."""

    result: WidgetResult | None


class DashboardsAnswer(Struct, frozen=True, kw_only=True):
    """A page of boards."""

    dashboards: list[DashboardOut]
    next_page_token: str
    total_count: int
