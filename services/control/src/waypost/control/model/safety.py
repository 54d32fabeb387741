"""Abuse reports."""

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
