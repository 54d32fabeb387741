"""Asking analytics for one project: the scope that filters describe, and the answers reports are made of."""

from collections.abc import Callable

import msgspec

from waypost.control.core import link_views, links, reports
from waypost.control.core.conversions import scan_in, scan_query
from waypost.control.core.reports import Scoped
from waypost.control.dialects.codeqr import ids, limits
from waypost.control.dialects.codeqr.errors import DomainForbidden
from waypost.control.dialects.codeqr.finding import domain_id_of, link_by_external_id, link_by_key
from waypost.control.dialects.codeqr.mapping_analytics import figures, filters, granularity, wished
from waypost.control.dialects.codeqr.mapping_values import time_to_ms, whole_url
from waypost.control.dialects.codeqr.schemas_analytics import Asked, Event, Figures
from waypost.control.model.access import Actor
from waypost.control.model.faults import LinkNotFound, TooLarge
from waypost.control.model.links import LinkFilter, LinkView
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call
from waypost.wire.conversion import ConversionsAnswer, ConversionsQuery, ConversionV1
from waypost.wire.filters import Filter
from waypost.wire.limits import BREAKDOWN_ROWS_MAX, QUERY_LINK_IDS_MAX, SCANS_PER_PAGE_MAX
from waypost.wire.queries import (
    BreakdownAnswer,
    BreakdownQuery,
    BreakdownRow,
    SeriesPoint,
    SeriesQuery,
    SummaryAnswer,
    SummaryQuery,
)
from waypost.wire.scan_events import ScanEventV1, ScansAnswer, ScansQuery


class Questions:
    """Questions in one scope. All raise Unavailable."""

    def __init__(self, call: Call, asked: Asked, scoped: Scoped) -> None:
        self._call = call
        self._asked = asked
        self.scoped = scoped

    async def total(self) -> Figures:
        """The figures of everything."""
        answer = await self._call.control.bus.ask(SummaryQuery(**self.scoped.wire()), SummaryAnswer)
        return figures(answer.human, answer.conversions)

    async def by(self, *dimensions: str) -> tuple[BreakdownRow, ...]:
        """Figures by the values of dimensions, most people first."""
        query = BreakdownQuery(
            **self.scoped.wire(), dimensions=dimensions, limit=BREAKDOWN_ROWS_MAX, conversions=True
        )
        return (await self._call.control.bus.ask(query, BreakdownAnswer)).rows

    async def series(self) -> list[SeriesPoint]:
        """Clicks over time, without gaps."""
        step = granularity(self._asked, self.scoped.from_ms, self.scoped.to_ms)
        query = SeriesQuery(**self.scoped.wire(), granularity=step)
        return await self._call.control.bus.ask(query, list[SeriesPoint])

    async def conversions(self, kind: str = "") -> list[ConversionV1]:
        """Leads and sales, newest first. Raises TooLarge."""
        found: list[ConversionV1] = []
        before = 0
        while True:
            query = ConversionsQuery(
                **self.scoped.wire(), before=before, limit=SCANS_PER_PAGE_MAX, conversion=kind
            )
            answer = await self._call.control.bus.ask(query, ConversionsAnswer)
            found += answer.conversions
            before = answer.cursor
            if not before:
                return found
            if len(found) >= limits.CONVERSIONS_LOOKED_AT_MAX:
                raise TooLarge("leads and sales in one report", limits.CONVERSIONS_LOOKED_AT_MAX)

    async def scans(self, *, most: int, oldest_first: bool) -> list[ScanEventV1]:
        """So many visits of people, newest or oldest first."""
        wire = self.scoped.wire()
        wire["filters"] = (*wire["filters"], Filter("verdict", ("human",)))
        found: list[ScanEventV1] = []
        cursor = 0
        while len(found) < most:
            limit = min(SCANS_PER_PAGE_MAX, most - len(found))
            query = ScansQuery(
                **wire,
                before=0 if oldest_first else cursor,
                after=cursor if oldest_first else -1,
                limit=limit,
            )
            answer = await self._call.control.bus.ask(query, ScansAnswer)
            found += answer.scans
            cursor = answer.cursor
            if len(answer.scans) < limit or not cursor:
                break
        return found

    async def links(self) -> list[tuple[LinkView, Figures]]:
        """Figures of the links that still exist, most people first."""
        rows = await self.by("link")
        link_ids = [row.values[0] for row in rows]
        views = await self._call.read(lambda tx: link_views.known(tx, self._call.actor, link_ids))
        return [
            (views[row.values[0]], figures(row.counts.human, row.conversions))
            for row in rows
            if row.values[0] in views
        ]


async def scan_of(call: Call, made: ConversionV1) -> ScanEventV1 | None:
    """The scan that a conversion belongs to, None when it is unknown or was forgotten."""
    if not made.scan_id:
        return None
    return scan_in(await call.control.bus.ask(scan_query(made), ScansAnswer), made)


async def questions(call: Call, asked: Asked, event: Event) -> Questions:
    """The questions that filters allow; `scans` are visits by a code. Raises Invalid, LinkNotFound, TooLarge."""
    span = reports.span(
        None if asked.start else asked.interval or "24h",
        time_to_ms("start", asked.start or None),
        time_to_ms("end", asked.end or None) if asked.start else 0,
        call.now_ms,
        asked.timezone,
    )
    return Questions(call, asked, await call.read(lambda tx: _scope(tx, call.actor, asked, event, span)))


async def _scope(tx: Tx, actor: Actor, asked: Asked, event: Event, span: tuple[int, int]) -> Scoped:
    of_visits = filters(asked, event)
    link_ids = await _link_ids(tx, actor, asked)
    scoped = await reports.scoped(
        tx,
        actor,
        link_ids=sorted(link_ids or ()),
        tags=(),
        span=span,
        filters=of_visits or (),
        zone=asked.timezone,
    )
    if of_visits is None or link_ids == set():
        return msgspec.structs.replace(scoped, link_ids=(), is_empty=True)
    return scoped


async def _link_ids(tx: Tx, actor: Actor, asked: Asked) -> set[str] | None:
    """The links that every filter on links lets through, None when there is no such filter."""
    sets: list[set[str]] = []
    if asked.link_id:
        values, exclude = wished(asked.link_id)
        named = {ids.native(ids.LINK, value) for value in values}
        sets.append(await _all(tx, actor) - named if exclude else named)
    if asked.external_id:
        sets.append({(await link_by_external_id(tx, actor, asked.external_id)).link.id})
    if asked.domain and asked.key:
        sets.append({(await link_by_key(tx, actor, asked.domain, asked.key)).link.id})
    elif asked.domain:
        try:
            domain_id = await domain_id_of(tx, actor, asked.domain)
        except DomainForbidden as fault:
            raise LinkNotFound(asked.domain) from fault
        sets.append(set(await _listed(tx, actor, LinkFilter(domain_id=domain_id))))
    for text, filter_of in (
        (asked.tenant_id, lambda value: LinkFilter(tenant_id=value)),
        (asked.folder_id, lambda value: LinkFilter(folder_id=ids.native(ids.FOLDER, value))),
        (asked.tag_ids, _tagged),
        (asked.url, lambda value: LinkFilter(target_url=whole_url(value))),
    ):
        if text:
            sets.append(await _fitting(tx, actor, text, filter_of))
    return set.intersection(*sets) if sets else None


async def _fitting(tx: Tx, actor: Actor, text: str, filter_of: Callable[[str], LinkFilter]) -> set[str]:
    values, exclude = wished(text)
    found: set[str] = set()
    for value in values:
        found |= set(await _listed(tx, actor, filter_of(value)))
    return await _all(tx, actor) - found if exclude else found


async def _listed(tx: Tx, actor: Actor, wanted: LinkFilter) -> list[str]:
    """The ids of all links that a filter lets through, within reach. Raises TooLarge."""
    found: list[str] = []
    after = ""
    while True:
        part = msgspec.structs.replace(wanted, page=PageRequest(limit=limits.PAGE_ITEMS_MAX, after=after))
        page = await links.list_links(tx, actor, part)
        found += [view.link.id for view in page.items]
        if len(found) > QUERY_LINK_IDS_MAX:
            raise TooLarge("links in one report", QUERY_LINK_IDS_MAX)
        after = page.next_cursor
        if not after:
            return found


async def _all(tx: Tx, actor: Actor) -> set[str]:
    return set(await _listed(tx, actor, LinkFilter()))


def _tagged(value: str) -> LinkFilter:
    if ids.looks_like_one(ids.TAG, value):
        return LinkFilter(tag_ids=(ids.native(ids.TAG, value),))
    return LinkFilter(tags=(value,))
