"""Asking analytics about the scans that a caller names: one window, many questions."""

from typing import Literal

from msgspec import Struct

from waypost.control.core import reports, workspaces
from waypost.control.core.reports import HOUR_MS, Scoped
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.mapping.analytics import Steps, steps_of
from waypost.control.dialects.linkbreakers.query import time_ms
from waypost.control.dialects.linkbreakers.schemas.analytics import WindowIn
from waypost.control.model.faults import Invalid
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call
from waypost.wire.filters import Filter
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
)
from waypost.wire.scan_events import ScansAnswer, ScansQuery

PEOPLE = Filter("verdict", ("human",))
BEGINNING_MS = 946_684_800_000
"""2000-01-01: before any scan there can be."""


class Window(Struct, frozen=True, kw_only=True):
    """The times of a question, [from, to); `is_open` when the caller named no beginning."""

    from_ms: int
    to_ms: int
    is_open: bool


def window_of(asked: WindowIn, now_ms: int) -> Window:
    """The window that a body names; without a beginning everything until now. Raises Invalid."""
    start = time_ms("start_date", asked.start_date) if asked.start_date else 0
    end = time_ms("end_date", asked.end_date) if asked.end_date else now_ms
    if end < start:
        raise Invalid("end_date", "lies before start_date")
    return Window(from_ms=start or BEGINNING_MS, to_ms=end + 1, is_open=not start)


class Questions:
    """Questions about one window, of one link or of all that the caller may see. All raise Unavailable."""

    def __init__(self, call: Call, window: Window, scoped: Scoped) -> None:
        self._bus = call.control.bus
        self._window = window
        self._scoped = scoped.wire()
        self.zone = scoped.zone

    async def summary(self) -> SummaryAnswer:
        """The figures of the window."""
        return await self._bus.ask(SummaryQuery(**self._scoped), SummaryAnswer)

    async def by(
        self, dimension: str, limit: int = limits.ANALYTICS_ROWS_MAX, *filters: Filter
    ) -> BreakdownAnswer:
        """People by the values of a dimension, most first."""
        query = BreakdownQuery(
            **{**self._scoped, "filters": filters}, dimensions=(dimension,), order="human", limit=limit
        )
        return await self._bus.ask(query, BreakdownAnswer)

    async def first_and_last_ms(self) -> tuple[int, int]:
        """When the first and the last person came in the window; 0 for nobody."""
        found = []
        for after in (0, -1):
            query = ScansQuery(**{**self._scoped, "filters": (PEOPLE,)}, limit=1, after=after)
            scans = (await self._bus.ask(query, ScansAnswer)).scans
            found.append(scans[0].at_ms if scans else 0)
        return found[0], found[1]

    async def series(self, interval_minutes: int, *filters: Filter) -> Steps:
        """People over time in steps of whole hours; an open window is the last 30 days. Raises Invalid."""
        hours = max(1, -(-interval_minutes // 60))
        from_ms, to_ms = self._window.from_ms, self._window.to_ms
        if self._window.is_open:
            from_ms = to_ms - limits.SERIES_MS_DEFAULT
        unit: Literal["hour", "day"] = "day" if hours % 24 == 0 else "hour"
        query = SeriesQuery(
            **{
                **self._scoped,
                "filters": filters,
                "from_ms": from_ms // HOUR_MS * HOUR_MS,
                "to_ms": -(-to_ms // HOUR_MS) * HOUR_MS,
            },
            granularity=unit,
        )
        points = await self._bus.ask(query, list[SeriesPoint])
        return steps_of(points, hours // 24 if unit == "day" else hours)


async def questions(call: Call, asked: WindowIn) -> Questions:
    """Questions about what a body names. Raises Invalid, LinkNotFound."""
    window = window_of(asked, call.now_ms)

    async def work(tx: Tx) -> Scoped:
        workspace = await workspaces.get_workspace(tx, call.actor)
        return await reports.scoped(
            tx,
            call.actor,
            link_ids=(asked.link_id,) if asked.link_id else (),
            tags=(),
            span=(window.from_ms, window.to_ms),
            filters=(),
            zone=workspace.timezone,
        )

    return Questions(call, window, await call.read(work))
