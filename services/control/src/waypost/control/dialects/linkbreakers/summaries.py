"""Summaries of widgets: the figures behind a widget, asked anew and put into a few sentences."""

from collections.abc import Mapping
from typing import Any

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.mapping.analytics import dimension
from waypost.control.dialects.linkbreakers.mapping.summaries import Summary, of_ranks, of_steps
from waypost.control.dialects.linkbreakers.questions import Questions, questions
from waypost.control.dialects.linkbreakers.schemas.analytics import SummedIn
from waypost.control.dialects.linkbreakers.spelling import read
from waypost.control.model.documents import Document
from waypost.control.model.faults import Invalid
from waypost.control.store import links
from waypost.control.surface.call import Call

_DIMENSIONS = {"hours": "hour_of_day", "top-links": "link", "devices": "device"}
_NAMED = {"geo": "group_by", "breakdown": "dimension"}
_LINES = frozenset({"timeseries/events", "analytics/timeseries", "analytics/visitors"})


def widget_of(board: Document, widget_id: str) -> Mapping[str, Any] | None:
    """One widget of a board."""
    widgets = board.document.get("widgets")
    for widget in widgets if isinstance(widgets, list) else ():
        if isinstance(widget, dict) and widget.get("id") == widget_id:
            return widget
    return None


async def summarised(call: Call, widget: Mapping[str, Any]) -> Summary:
    """What a widget shows, in words. Raises Invalid for a widget that asks none of this API's figures."""
    source = widget.get("dataSource")
    source = source if isinstance(source, dict) else {}
    endpoint = str(source.get("endpoint") or "").strip("/").removeprefix("v1/")
    asked = _asked(source.get("params"))
    ask = await questions(call, asked)
    if endpoint in _LINES:
        minutes = asked.interval_in_minutes or limits.SERIES_INTERVAL_MINUTES_DEFAULT
        steps = await ask.series(max(1, min(minutes, limits.SERIES_MINUTES_MAX)))
        return of_steps(steps, (await ask.summary()).human, ask.zone)
    figure = endpoint.removeprefix("analytics/")
    if figure in _DIMENSIONS:
        return await _ranked(call, ask, _DIMENSIONS[figure])
    if figure in _NAMED:
        name = _NAMED[figure]
        return await _ranked(call, ask, dimension(name, getattr(asked, name) or "", "COUNTRY"))
    raise Invalid("data_source.endpoint", "asks no figures that can be put into words")


async def _ranked(call: Call, ask: Questions, native: str) -> Summary:
    found = await ask.by(native)
    counts = {row.values[0]: row.counts.human for row in found.rows if row.counts.human}
    names: dict[str, str] = {}
    if native == "link":
        known = await call.read(lambda tx: links.get_many(tx, call.actor.workspace_id, list(counts)))
        names = {link.id: link.title or link.slug for link in known}
    ranks = [(names.get(value, value), count) for value, count in counts.items()]
    return of_ranks(native, ranks, found.overall.human)


def _asked(params: object) -> SummedIn:
    """The question that a widget keeps. Raises Invalid."""
    return read(params if isinstance(params, dict) else {}, SummedIn)
