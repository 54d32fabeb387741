"""Finding links: filters, orders and pages of the list. Every statement names its workspace."""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Table,
    func,
    literal_column,
    or_,
    select,
)

from waypost.control.model.links import Link, LinkFilter, LinkSort
from waypost.control.model.page import Page
from waypost.control.store.cursor_text import behind, decode_cursor, encode_cursor
from waypost.control.store.link_health import link_health
from waypost.control.store.links import links
from waypost.control.store.schema import Number
from waypost.control.store.tags import link_tags, tags
from waypost.control.store.totals import link_totals
from waypost.control.store.tx import Tx, read_all

_FEW = 2_500
"""About as many links can be looked up one by one as walking a million until a page of others is full costs."""
_FAILING = link_health.c.failing_since_ms > literal_column("0")
"""In the words of the partial index, which serves no query that asks by a parameter."""


class _Set(Struct, frozen=True, eq=False):
    """Links that another table names."""

    table: Table
    conditions: tuple[ColumnElement[bool], ...]
    has_order: bool
    """Whether an index holds just these in the order in which links were made."""

    @property
    def ids(self) -> Select[Any]:
        return select(self.table.c.link_id).where(*self.conditions)


class _Lead(Struct, frozen=True, eq=False):
    """What leads a search; with nothing set, the list is walked in its order."""

    member: ColumnElement[Any] | None = None
    """A member of the link that few links have as it is wanted."""
    ordered: _Set | None = None
    few: tuple[_Set, ...] = ()


class _Plan(Struct, frozen=True, eq=False):
    """How the links of a list are found."""

    source: FromClause
    conditions: list[ColumnElement[bool]]
    link_id: ColumnElement[str]
    sorted_by: ColumnElement[Any]


_SORTS: dict[LinkSort, tuple[ColumnElement[Any], type[int] | type[str]]] = {
    "created": (links.c.created_ms, int),
    "updated": (links.c.updated_ms, int),
    "title": (links.c.title, str),
    "slug": (links.c.slug_key, str),
    "scans": (func.coalesce(link_totals.c.human, 0), int),
    "last_scan": (func.coalesce(link_totals.c.last_ms, 0), int),
}


async def find(tx: Tx, workspace_id: str, wanted: LinkFilter) -> Page[Link]:
    """A page of living links. Raises InvalidCursor for a cursor of another list."""
    plan = await _plan(tx, workspace_id, wanted)
    column, last, conditions = plan.sorted_by, plan.link_id, plan.conditions
    counted = select(func.count()).select_from(plan.source).where(*conditions)
    total = await tx.number(counted) if wanted.count else None
    if wanted.page.after:
        value, last_id = decode_cursor(wanted.page.after, wanted.sort, _SORTS[wanted.sort][1])
        conditions = [*conditions, *behind(column, value, last, last_id, descending=wanted.descending)]
    order = (column.desc(), last.desc()) if wanted.descending else (column.asc(), last.asc())
    page = select(last.label("id"), column.label("sort_value")).select_from(plan.source)
    page = page.where(*conditions).order_by(*order)
    # Whole rows of the page alone: sorting thousands of them costs more than looking fifty up again.
    ids = page.limit(wanted.page.limit + 1).offset(wanted.page.offset or None).subquery()
    found = await tx.rows(_rows_of(ids, descending=wanted.descending))
    shown = found[: wanted.page.limit]
    more = len(found) > wanted.page.limit
    next_cursor = encode_cursor(wanted.sort, shown[-1]["sort_value"], shown[-1]["id"]) if more else ""
    return Page(tuple(read_all(shown, Link)), next_cursor, total)


def _rows_of(ids: Subquery, *, descending: bool) -> Select[Any]:
    order = (ids.c.sort_value, ids.c.id)
    rows = select(links, ids.c.sort_value).join(ids, ids.c.id == links.c.id)
    return rows.order_by(*((each.desc() for each in order) if descending else order))


async def _plan(tx: Tx, workspace_id: str, wanted: LinkFilter) -> _Plan:
    """How a list is found quickly, however many links there are. What does not lead is asked of each link."""
    members = _indexed_members(wanted)
    sets = await _sets(tx, workspace_id, wanted)
    lead = await _lead(tx, workspace_id, wanted, members, sets)
    skips_order = lead.member is not None and wanted.sort != "created"
    # PostgreSQL follows an order of its own accord, but not if it takes expressions for rare.
    looks_up = bool(lead.few) or (lead.ordered is not None and not tx.is_postgres)
    conditions = [
        _hidden(links.c.workspace_id, looks_up) == workspace_id,
        # The indexes of the other orders have it before what is sorted.
        _hidden(links.c.deleted_ms, looks_up or skips_order) == 0,
        *(
            _hidden(each, lead.member is not None and each is not lead.member) == value
            for each, value in members.items()
        ),
        *_other_conditions(wanted),
        *(_has(each) for each in sets if each is not lead.ordered and each not in lead.few),
        *(links.c.id.in_(each.ids) for each in lead.few),
    ]
    if lead.ordered is not None:
        table = lead.ordered.table
        conditions += [*lead.ordered.conditions, *_made_within(table.c.created_ms, wanted)]
        source: FromClause = table.join(links, links.c.id == table.c.link_id)
        return _Plan(source, conditions, table.c.link_id, table.c.created_ms)
    source = links
    if wanted.sort in ("scans", "last_scan"):
        source = links.outerjoin(link_totals, link_totals.c.link_id == links.c.id)
    conditions += _made_within(links.c.created_ms, wanted)
    return _Plan(source, conditions, links.c.id, _SORTS[wanted.sort][0])


async def _lead(
    tx: Tx, workspace_id: str, wanted: LinkFilter, members: dict[ColumnElement[Any], str], sets: list[_Set]
) -> _Lead:
    """What few links have leads: a member of the link, such as its folder, or another table.

    One table that has the order of the list leads also when it names many, if there is no member to narrow them.
    Else the list is walked in its order, where a link that is wanted comes soon.
    """
    by_creation = wanted.sort == "created"
    if sets or len(members) > 1 or not by_creation:
        for each, value in members.items():
            alike = select(links.c.id).where(links.c.workspace_id == workspace_id, each == value)
            if await _is_few(tx, alike):
                return _Lead(member=each)
    with_order = [each for each in sets if each.has_order and by_creation]
    if with_order and not members:
        return _Lead(ordered=with_order[0])
    few = tuple([each for each in sets if await _is_few(tx, each.ids)])
    with_order = [each for each in with_order if each in few]
    return _Lead(ordered=with_order[0]) if with_order else _Lead(few=few)


def _hidden(column: ColumnElement[Any], is_hidden: bool) -> ColumnElement[Any]:
    """As an expression a column serves no index: the one of what leads is used, whatever the database guesses."""
    if not is_hidden:
        return column
    return column + 0 if column.type is Number else column.concat("")


async def _sets(tx: Tx, workspace_id: str, wanted: LinkFilter) -> list[_Set]:
    sets = []
    if wanted.healthy is False:
        conditions = (link_health.c.workspace_id == workspace_id, _FAILING)
        sets.append(_Set(link_health, conditions, has_order=True))
    if wanted.tag_ids or wanted.tags:
        ids = await _tag_ids(tx, workspace_id, wanted)
        has_one = len(ids) == 1
        carries = link_tags.c.tag_id == ids[0] if has_one else link_tags.c.tag_id.in_(ids)
        sets.append(_Set(link_tags, (carries,), has_order=has_one))
    return sets


async def _tag_ids(tx: Tx, workspace_id: str, wanted: LinkFilter) -> list[str]:
    keys = [name.casefold() for name in wanted.tags]
    named = or_(tags.c.id.in_(wanted.tag_ids), tags.c.name_key.in_(keys))
    rows = await tx.rows(select(tags.c.id).where(tags.c.workspace_id == workspace_id, named))
    return [row["id"] for row in rows]


async def _is_few(tx: Tx, link_ids: Select[Any]) -> bool:
    some = link_ids.limit(_FEW + 1).subquery()
    return await tx.number(select(func.count()).select_from(some)) <= _FEW


def _has(wanted: _Set) -> ColumnElement[bool]:
    """Whether a link is in a set, asked of each link by itself."""
    return wanted.ids.where(wanted.table.c.link_id == links.c.id).correlate(links).exists()


def _indexed_members(wanted: LinkFilter) -> dict[ColumnElement[Any], str]:
    """What is asked of members that have an index of their own."""
    asked = {
        links.c.external_id: wanted.external_id,
        links.c.target_url: wanted.target_url or None,
        links.c.tenant_id: wanted.tenant_id,
        links.c.folder_id: wanted.folder_id,
        links.c.domain_id: wanted.domain_id,
    }
    return {column: value for column, value in asked.items() if value is not None}


def _made_within(made_ms: ColumnElement[int], wanted: LinkFilter) -> list[ColumnElement[bool]]:
    conditions = [made_ms >= wanted.created_from_ms] if wanted.created_from_ms else []
    return [*conditions, made_ms < wanted.created_until_ms] if wanted.created_until_ms else conditions


def _other_conditions(wanted: LinkFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (links.c.archived, wanted.archived),
        (links.c.kind, wanted.kind),
        (links.c.created_by, wanted.created_by),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.is_outside_folders:
        conditions.append(links.c.folder_id.is_(None))
    if wanted.without_template_type:
        conditions.append(links.c.template_type != wanted.without_template_type)
    if wanted.template_type:
        # The first half is what the partial index says of its rows.
        conditions += [links.c.template_type != "", links.c.template_type == wanted.template_type]
    if wanted.active is not None:
        conditions.append(links.c.state == "active" if wanted.active else links.c.state != "active")
    if wanted.healthy:
        conditions.append(~_has(_Set(link_health, (_FAILING,), has_order=False)))
    if wanted.target_part:
        part = f"%{_escape(wanted.target_part.lower())}%"
        conditions.append(func.lower(links.c.target_url).like(part, escape="\\"))
    if wanted.search:
        pattern = f"%{_escape(wanted.search.lower())}%"
        searched = (links.c.target_url, links.c.title, links.c.slug)
        conditions.append(or_(*(func.lower(column).like(pattern, escape="\\") for column in searched)))
    return conditions


def _escape(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
