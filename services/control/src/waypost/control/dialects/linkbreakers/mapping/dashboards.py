"""Dashboards in the vendor's words, and the set of widgets a board may start with."""

from typing import Any

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.mapping.summaries import Summary
from waypost.control.dialects.linkbreakers.schemas.dashboards import DashboardOut, WidgetResult
from waypost.control.model.documents import Document

KIND = "dashboard"
NAME = "Default Dashboard"
SUMMARIES = "_summaries"
"""Under which a board keeps the summaries of its widgets; no member of the vendor's."""

_COLUMNS = 12


def to_dashboard(board: Document) -> DashboardOut:
    """A board."""
    return DashboardOut(
        id=board.id,
        name=board.name,
        link_id=board.link_id,
        config={name: value for name, value in board.document.items() if name != SUMMARIES},
        created_at=at(board.created_ms),
        updated_at=at(board.updated_ms),
    )


def kept_summary(board: Document, widget_id: str) -> tuple[Summary, int] | None:
    """The summary that a board keeps of a widget, and when it was written."""
    kept = board.document.get(SUMMARIES, {}).get(widget_id)
    return None if kept is None else (Summary(kept["text"], kept["scans"]), kept["written_ms"])


def with_config(board: Document, config: dict[str, Any]) -> dict[str, Any]:
    """What a board keeps with another config: summaries of the widgets that it still has."""
    widgets = config.get("widgets")
    known = (
        {each.get("id") for each in widgets if isinstance(each, dict)} if isinstance(widgets, list) else set()
    )
    kept = {name: one for name, one in board.document.get(SUMMARIES, {}).items() if name in known}
    bare = {name: value for name, value in config.items() if name != SUMMARIES}
    return {**bare, SUMMARIES: kept} if kept else bare


def with_summary(board: Document, widget_id: str, summary: Summary, now_ms: int) -> dict[str, Any]:
    """What a board keeps once a summary was written."""
    one = {"text": summary.text, "scans": summary.scans, "written_ms": now_ms}
    return {**board.document, SUMMARIES: {**board.document.get(SUMMARIES, {}), widget_id: one}}


def to_result(widget_id: str, kept: tuple[Summary, int] | None, now: Summary) -> WidgetResult | None:
    """A kept summary beside what would be said now."""
    if kept is None:
        return None
    summary, written_ms = kept
    return WidgetResult(
        widget_id=widget_id,
        text=summary.text,
        generated_at=at(written_ms),
        source_count=summary.scans,
        current_count=now.scans,
        stale=summary != now,
    )


def starter(link_id: str) -> dict[str, Any]:
    """The set that the vendor names: scans over time, places, technology; top links, or hours and visitors."""
    scope = {"linkId": link_id} if link_id else {}
    widgets = [
        _widget("scans", "Scans over time", "/v1/timeseries/events", "timeSeries.data", "line", {
            **scope, "intervalInMinutes": 1440,
        }),
        _widget("geography", "Geography", "/v1/analytics/geo", "data", "bar", {**scope, "groupBy": "country"}),
        _widget("technology", "Technology", "/v1/analytics/devices", "data", "pie", scope),
    ]  # fmt: skip
    if link_id:
        widgets.append(_widget("hours", "Peak hours", "/v1/analytics/hours", "data", "bar", scope))
        visitors = {**scope, "intervalInMinutes": 1440}
        widgets.append(
            _widget("visitors", "New and returning", "/v1/analytics/visitors", "data", "line", visitors)
        )
    else:
        widgets.append(
            _widget("links", "Top links", "/v1/analytics/top-links", "data", "table", {"limit": 10})
        )
    placed = [
        {**widget, "position": {"x": index % 2 * 6, "y": index // 2 * 4}, "size": {"w": 6, "h": 4}}
        for index, widget in enumerate(widgets)
    ]
    return {"gridColumns": _COLUMNS, "widgets": placed}


def _widget(
    identity: str, title: str, endpoint: str, path: str, chart: str, params: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": identity,
        "title": title,
        "dataSource": {
            "endpoint": endpoint,
            "method": "POST",
            "params": params,
            "responseDataPath": path,
            "usesDateRange": True,
            "usesInterval": "intervalInMinutes" in params,
        },
        "visualization": {"chartType": chart, "colors": [], "fieldMappings": [], "tabs": []},
    }
