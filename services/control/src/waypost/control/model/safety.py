"""Abuse reports and the health of destinations."""

from typing import Literal, TypeAlias

from msgspec import Struct

ReportState: TypeAlias = Literal["open", "taken_down", "dismissed"]


class Report(Struct, frozen=True, kw_only=True):
    """Somebody says that a link does harm."""

    id: str
    workspace_id: str
    link_id: str
    short_url: str
    reason: str
    contact: str = ""
    state: ReportState = "open"
    created_ms: int
    closed_ms: int = 0


class LinkHealth(Struct, frozen=True, kw_only=True):
    """What the last look at a link's destination found."""

    link_id: str
    checked_ms: int
    status: int = 0
    failure: str = ""
    failing_since_ms: int = 0
    told: bool = False
