"""A scope as a WHERE clause: workspace, range, links and filters, with every text bound as a parameter."""

from collections.abc import Collection, Sequence
from uuid import UUID

from msgspec import Struct

from waypost.analytics.reports import calendar
from waypost.analytics.reports.dimensions import LINK, Dimension, dimension
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.store.schema import COUNTED
from waypost.analytics.verdict import HUMAN
from waypost.wire.filters import Filter, ScopedQuery
from waypost.wire.limits import (
    QUERY_FILTER_VALUES_MAX,
    QUERY_FILTERS_MAX,
    QUERY_LINK_IDS_MAX,
    QUERY_TEXT_CHARACTERS_MAX,
)

NOTHING = "1 = 0"
_TIMES = {"hour_of_day": (0, 23), "weekday": (1, 7)}
"""Of the zone of the question; weeks begin on Monday (ISO 8601)."""

PERSON = f"verdict = {HUMAN}"
VISITOR = f"verdict = {HUMAN} AND visitor <> 0"
FIGURES = (
    f"count(*) AS total, count(*) FILTER (WHERE {PERSON}) AS human,"
    f" count(DISTINCT visitor) FILTER (WHERE {VISITOR}) AS uniques,"
    f" count(*) FILTER (WHERE verdict <> {HUMAN}) AS bot, count(*) FILTER (WHERE {PERSON} AND source = 1) AS qr"
)
"""The five counts of scans. A visitor's number changes with the day, so counting numbers counts per day."""


class Chosen(Struct, frozen=True):
    """A filter of scans: what its SQL reads of them is one of these values, or none of them."""

    sql: str
    values: Collection[str | int]
    exclude: bool


class Scope:
    """One question's range of scans, for one reader."""

    def __init__(self, reader: Reader, query: ScopedQuery) -> None:
        """Raises Refused naming the field that cannot be used."""
        _check(query)
        self.reader = reader
        self.query = query
        self.texts_of_scans: dict[str, str] = {}
        self.texts_of_agents: dict[str, str] = {}
        self.zone = calendar.zone_of(query.zone)
        self.workspace = reader.workspace_number(query.workspace_id)
        self.links = reader.link_numbers(query.link_ids) if query.link_ids else []
        self.without = reader.link_numbers(query.without_link_ids) if query.without_link_ids else []
        self._of_scans: list[str] = []
        self.chosen: list[Chosen] = []
        """The same conditions, for scans in memory."""
        self.of_agents: list[str] = []
        """The conditions on `agents`."""
        for each in query.filters:
            self._add(each)
        if self.is_empty:  # its condition is NOTHING, and an engine may refuse texts that stand nowhere
            self.texts_of_scans.clear()
            self.texts_of_agents.clear()

    @property
    def texts(self) -> dict[str, str]:
        """The text parameters of its whole condition."""
        return self.texts_of_scans | self.texts_of_agents

    @property
    def is_empty(self) -> bool:
        """Whether no scan can be in it."""
        return self.workspace is None or bool(self.query.link_ids and not self.links)

    @property
    def is_plain(self) -> bool:
        """Whether it has no filters, so that rollups answer it."""
        return not self.query.filters

    @property
    def is_counted(self) -> bool:
        """Whether it keeps to the answers that are a scan; not when it asks for others by a filter."""
        return not any(each.dimension == "outcome" for each in self.query.filters)

    def where(self, from_ms: int | None = None, to_ms: int | None = None, *, of_hours: bool = False) -> str:
        """The condition on `scans`; with `of_hours`, on the rollup `link_hours` (whole hours, no filters)."""
        if self.is_empty:
            return NOTHING
        low = self.query.from_ms if from_ms is None else from_ms
        high = self.query.to_ms if to_ms is None else to_ms
        if of_hours:
            hours = f"hour >= {low // calendar.HOUR_MS} AND hour < {-(-high // calendar.HOUR_MS)}"
            return " AND ".join([f"workspace = {self.workspace}", hours, *self.of_links()])
        parts = [self.where_scans(low, high)]
        if self.is_counted:
            parts.append(COUNTED)
        if self.of_agents:
            parts.append(f"scans.agent IN (SELECT agent FROM agents WHERE {' AND '.join(self.of_agents)})")
        return " AND ".join(parts)

    def where_scans(self, low: int, high: int) -> str:
        """The part of the condition, never empty, that leaves outcomes and user agents to the caller."""
        within = f"at_ms >= {low} AND at_ms < {high}"
        return " AND ".join([self.where_links(), within, *self._of_scans])

    def where_links(self) -> str:
        """The part, never empty, that says whose scans they are."""
        return " AND ".join([f"workspace = {self.workspace}", *self.of_links()])

    def of_links(self) -> list[str]:
        """The conditions that keep to the links of the scope; none for the whole workspace."""
        parts = []
        if self.links:
            parts.append(f"link IN ({', '.join(map(str, self.links))})")
        if self.without:
            parts.append(f"link NOT IN ({', '.join(map(str, self.without))})")
        return parts

    def source(self, dimensions: Sequence[Dimension] = ()) -> str:
        """The tables to read: others join only when something is grouped by them."""
        agents = " JOIN agents ON scans.agent = agents.agent"
        needed = agents if any(each.of_agent for each in dimensions) else ""
        return "scans" + needed + "".join(each.join for each in dimensions)

    def dimension(self, name: str, field: str) -> Dimension:
        """A dimension by name, hours and weekdays of the scope's zone included. Raises Refused."""
        if name == "hour_of_day":
            return Dimension(f"{self.reader.divided(self.local_ms(), calendar.HOUR_MS)} % 24")
        if name == "weekday":
            return Dimension(f"({self.reader.divided(self.local_ms(), calendar.DAY_MS)} + 3) % 7 + 1")
        return dimension(name, field)

    def offset(self, modulo: int | None = None) -> str:
        """The zone's offset from UTC at a scan, as SQL."""
        found = calendar.offsets(self.zone, self.query.from_ms, self.query.to_ms)
        pieces = [(at_ms, offset if modulo is None else offset % modulo) for at_ms, offset in found]
        if len({offset for _, offset in pieces}) == 1:
            return f"({pieces[0][1]})"
        cases = " ".join(
            f"WHEN at_ms < {pieces[index + 1][0]} THEN {offset}"
            for index, (_, offset) in enumerate(pieces[:-1])
        )
        return f"(CASE {cases} ELSE {pieces[-1][1]} END)"

    def local_ms(self) -> str:
        """A scan's local time, as SQL."""
        return f"(at_ms + {self.offset()})"

    def _add(self, wanted: Filter) -> None:
        word = "NOT IN" if wanted.exclude else "IN"
        if wanted.dimension == LINK:
            numbers = self.reader.link_numbers([_uuid(value) for value in wanted.values]) or [0]
            self._of_scans.append(f"link {word} ({', '.join(map(str, numbers))})")
            self.chosen.append(Chosen("link", numbers, wanted.exclude))
            return
        found = self.dimension(wanted.dimension, "filter")
        values: list[str | int] = [found.stored(value) for value in wanted.values]
        if found.is_number:
            values = [int(value) for value in values]
            listed = ", ".join(map(str, values))
        elif wanted.dimension in _TIMES:
            values = [_time(str(value), *_TIMES[wanted.dimension]) for value in values]
            listed = ", ".join(map(str, values))
        else:
            texts = self.texts_of_agents if found.of_agent else self.texts_of_scans
            listed = ", ".join(self._bind(str(value), texts) for value in values)
        conditions = self.of_agents if found.of_agent else self._of_scans
        conditions.append(f"({found.sql} {word} ({listed}))")
        if not found.of_agent:
            self.chosen.append(Chosen(found.sql, values, wanted.exclude))

    def _bind(self, value: str, texts: dict[str, str]) -> str:
        name = f"p{len(self.texts)}"
        texts[name] = value
        return self.reader.text(name)


def _check(query: ScopedQuery) -> None:
    if query.to_ms < query.from_ms:
        raise Refused("bad_range", "the range ends before it begins", "end")
    if query.from_ms < 0 or query.to_ms > calendar.DAY_MS * 366 * 230:
        raise Refused("bad_range", "the range leaves 1970 to 2200", "start")
    if max(len(query.link_ids), len(query.without_link_ids)) > QUERY_LINK_IDS_MAX:
        raise Refused("too_many", f"at most {QUERY_LINK_IDS_MAX} link ids", "link_ids")
    if len(query.filters) > QUERY_FILTERS_MAX:
        raise Refused("too_many", f"at most {QUERY_FILTERS_MAX} filters", "filter")
    for each in query.filters:
        if not 0 < len(each.values) <= QUERY_FILTER_VALUES_MAX:
            raise Refused("bad_filter", f"a filter has 1 to {QUERY_FILTER_VALUES_MAX} values", "filter")
        if max(map(len, each.values)) > QUERY_TEXT_CHARACTERS_MAX:
            raise Refused(
                "bad_filter", f"a value has at most {QUERY_TEXT_CHARACTERS_MAX} characters", "filter"
            )


def _uuid(text: str) -> bytes:
    try:
        return UUID(text).bytes
    except ValueError as error:
        raise Refused("bad_value", f"{text!r} is not the id of a link", "filter") from error


def _time(text: str, first: int, last: int) -> int:
    if not (text.isascii() and text.isdecimal() and first <= int(text) <= last):
        raise Refused("bad_value", f"{text!r} is not a number from {first} to {last}", "filter")
    return int(text)
