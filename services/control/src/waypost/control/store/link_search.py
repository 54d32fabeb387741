"""Finding links: filters, orders and pages of the list. Every statement names its workspace."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select

from waypost.control.model.links import Link, LinkFilter, LinkSort
from waypost.control.model.page import Page
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.link_health import link_health
from waypost.control.store.links import links
from waypost.control.store.tags import link_tags, tags
from waypost.control.store.totals import link_totals
from waypost.control.store.tx import Tx, read_all

_FEW = 2_500
"""About as many links can be looked up one by one as walking a million until a page of others is full costs."""
_FAILING = select(link_health.c.link_id).where(link_health.c.failing_since_ms > 0)

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
    column, kind = _SORTS[wanted.sort]
    conditions = await _all_conditions(tx, workspace_id, wanted)
    total = await tx.number(_from(select(func.count()), wanted).where(*conditions)) if wanted.count else None
    if wanted.page.after:
        value, last_id = decode_cursor(wanted.page.after, wanted.sort, kind)
        conditions = [*conditions, _behind(column, value, last_id, descending=wanted.descending)]
    order = (column.desc(), links.c.id.desc()) if wanted.descending else (column.asc(), links.c.id.asc())
    page = _from(select(links.c.id, column.label("sort_value")), wanted).where(*conditions).order_by(*order)
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


def _from(statement: Select[Any], wanted: LinkFilter) -> Select[Any]:
    if wanted.sort in ("scans", "last_scan"):
        return statement.select_from(links.outerjoin(link_totals, link_totals.c.link_id == links.c.id))
    return statement.select_from(links)


def _behind(column: ColumnElement[Any], value: int | str, last_id: str, *, descending: bool) -> Any:
    if descending:
        return or_(column < value, (column == value) & (links.c.id < last_id))
    return or_(column > value, (column == value) & (links.c.id > last_id))


async def _all_conditions(tx: Tx, workspace_id: str, wanted: LinkFilter) -> list[Any]:
    """The conditions of a list, so written that it is found quickly however many links there are.

    What stands in another table leads the search when few links have it; else the list is walked in its
    order, where a link that has it comes soon, and each one is asked.
    """
    sets = [_FAILING] if wanted.healthy is False else []
    if wanted.tag_ids or wanted.tags:
        ids = await _tag_ids(tx, workspace_id, wanted)
        sets.append(select(link_tags.c.link_id).where(link_tags.c.tag_id.in_(ids)))
    few = [each for each in sets if await _is_few(tx, each)]
    conditions = _conditions(workspace_id, wanted, is_led=bool(few))
    conditions += [links.c.id.in_(each) if each in few else _has(each) for each in sets]
    return conditions


async def _tag_ids(tx: Tx, workspace_id: str, wanted: LinkFilter) -> list[str]:
    keys = [name.casefold() for name in wanted.tags]
    named = or_(tags.c.id.in_(wanted.tag_ids), tags.c.name_key.in_(keys))
    rows = await tx.rows(select(tags.c.id).where(tags.c.workspace_id == workspace_id, named))
    return [row["id"] for row in rows]


async def _is_few(tx: Tx, link_ids: Select[Any]) -> bool:
    some = link_ids.limit(_FEW + 1).subquery()
    return await tx.number(select(func.count()).select_from(some)) <= _FEW


def _has(link_ids: Select[Any]) -> ColumnElement[bool]:
    """Whether a link is in a set, asked of each link by itself."""
    return link_ids.where(link_ids.selected_columns[0] == links.c.id).correlate(links).exists()


def _conditions(workspace_id: str, wanted: LinkFilter, *, is_led: bool) -> list[Any]:
    owner, deleted = links.c.workspace_id, links.c.deleted_ms
    # As expressions these serve no index: a list that is led by the ids of a few links looks up just those.
    conditions: list[Any] = [
        (owner.concat("") if is_led else owner) == workspace_id,
        (deleted + 0 if is_led else deleted) == 0,
    ]
    for column, value in (
        (links.c.domain_id, wanted.domain_id),
        (links.c.archived, wanted.archived),
        (links.c.kind, wanted.kind),
        (links.c.tenant_id, wanted.tenant_id),
        (links.c.external_id, wanted.external_id),
        (links.c.folder_id, wanted.folder_id),
        (links.c.created_by, wanted.created_by),
        (links.c.target_url, wanted.target_url or None),
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
        conditions.append(~_has(_FAILING))
    if wanted.created_from_ms:
        conditions.append(links.c.created_ms >= wanted.created_from_ms)
    if wanted.created_until_ms:
        conditions.append(links.c.created_ms < wanted.created_until_ms)
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
