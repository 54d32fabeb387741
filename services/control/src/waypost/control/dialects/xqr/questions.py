"""Asking analytics for one workspace: the questions that xQR's pages of figures are made of."""

from waypost.control.dialects.xqr import limits
from waypost.control.dialects.xqr.mapping_analytics import Range, series_range
from waypost.control.dialects.xqr.schemas_analytics import Granularity
from waypost.control.surface.call import Call
from waypost.wire.ids import to_bytes
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
)


class Questions:
    """Questions about a range, of all links of the caller's workspace or of one. All raise Unavailable."""

    def __init__(self, call: Call, wanted: Range, link_id: str = "") -> None:
        self._bus = call.control.bus
        self._workspace_id = to_bytes(call.actor.workspace_id)
        self._links = (to_bytes(link_id),) if link_id else ()
        self._range = wanted

    async def summary(self, *, compare: bool) -> SummaryAnswer:
        """The figures of the range, and with `compare` of the one before."""
        query = SummaryQuery(
            workspace_id=self._workspace_id,
            from_ms=self._range.from_ms,
            to_ms=self._range.to_ms,
            link_ids=self._links,
            compare=compare,
        )
        return await self._bus.ask(query, SummaryAnswer)

    async def series(self, granularity: Granularity) -> list[SeriesPoint]:
        """Figures by hour or day, without gaps."""
        wanted = series_range(self._range, granularity)
        query = SeriesQuery(
            workspace_id=self._workspace_id,
            from_ms=wanted.from_ms,
            to_ms=wanted.to_ms,
            link_ids=self._links,
            granularity=granularity,
        )
        return await self._bus.ask(query, list[SeriesPoint])

    async def by(self, dimension: str, limit: int = limits.BREAKDOWN_ROWS) -> BreakdownAnswer:
        """Figures by the values of a dimension, most scans first."""
        query = BreakdownQuery(
            workspace_id=self._workspace_id,
            from_ms=self._range.from_ms,
            to_ms=self._range.to_ms,
            link_ids=self._links,
            dimensions=(dimension,),
            limit=limit,
        )
        return await self._bus.ask(query, BreakdownAnswer)
