"""Dashboards in the vendor's words, and the set of widgets a board may start with."""

from typing import Any

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.dashboards import DashboardOut
from waypost.control.model.documents import Document

KIND = "dashboard"
NAME = "Default Dashboard"
_COLUMNS = 12


def to_dashboard(board: Document) -> DashboardOut:
    """A board."""
    return DashboardOut(
        id=board.id,
        name=board.name,
        link_id=board.link_id,
        config=board.document,
        created_at=at(board.created_ms),
        updated_at=at(board.updated_ms),
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
