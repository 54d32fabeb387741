"""Visitors: profiles, their attributes, and the marks that tie scans to them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Table,
    and_,
    delete,
    func,
    not_,
    or_,
    select,
    text,
    update,
)

from waypost.control.model.faults import NameTaken
from waypost.control.model.page import Page
from waypost.control.model.visitors import (
    FIELDS,
    Attribute,
    AttributeFigures,
    AttributeFilter,
    AttributeKey,
    Mark,
    Visitor,
    VisitorFilter,
    VisitorNotFound,
    VisitorView,
)
from waypost.control.store.cursor_text import behind, decode_cursor, encode_cursor
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx, read

visitors = Table(
    "visitors",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("email", Plain, nullable=False),
    Column("phone", Plain, nullable=False),
    Column("first_name", Plain, nullable=False),
    Column("last_name", Plain, nullable=False),
    Column("external_id", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
    Index(
        "uq_visitors_email",
        "workspace_id",
        "email",
        unique=True,
        sqlite_where=text("email <> ''"),
        postgresql_where=text("email <> ''"),
    ),
    Index(
        "uq_visitors_external_id",
        "workspace_id",
        "external_id",
        unique=True,
        sqlite_where=text("external_id <> ''"),
        postgresql_where=text("external_id <> ''"),
    ),
)
visitor_attributes = Table(
    "visitor_attributes",
    metadata,
    Column("visitor_id", Plain, ForeignKey("visitors.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Plain, primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("type", Plain, nullable=False),
    Column("value", Plain, nullable=False),
    Column("number", Float(53)),
    Column("recorded_ms", Number, nullable=False),
    Index(None, "workspace_id", "key", "recorded_ms"),
)
visitor_marks = Table(
    "visitor_marks",
    metadata,
    Column("workspace_id", Plain, primary_key=True),
    Column("mark", Plain, primary_key=True),
    Column("visitor_id", Plain, ForeignKey("visitors.id", ondelete="CASCADE"), nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Index(None, "visitor_id", "created_ms"),
    Index(None, "workspace_id", "link_id"),
)
rows = Rows(visitors, Visitor, VisitorNotFound)
_ORDER = "visitors"


async def insert(tx: Tx, visitor: Visitor) -> None:
    """Store a profile. Raises NameTaken when its address or external id is another's."""
    taken = (visitor.email, "email") if visitor.email else (visitor.external_id, "external_id")
    await rows.insert(tx, visitor, NameTaken(*taken))


async def by_identity(tx: Tx, workspace_id: str, *, email: str, external_id: str) -> Visitor | None:
    """The profile with this external id, else with this address."""
    for column, value in ((visitors.c.external_id, external_id), (visitors.c.email, email)):
        if value:
            statement = select(visitors).where(visitors.c.workspace_id == workspace_id, column == value)
            row = await tx.row(statement)
            if row is not None:
                return read(row, Visitor)
    return None


async def find(tx: Tx, workspace_id: str, wanted: VisitorFilter) -> Page[Visitor]:
    """A page of profiles by the time they were made. Raises InvalidCursor."""
    conditions = _conditions(workspace_id, wanted)
    total = None
    if wanted.count:
        total = await tx.number(select(func.count()).select_from(visitors).where(*conditions))
    at, key = visitors.c.created_ms, visitors.c.id
    if wanted.page.after:
        at_ms, last_id = decode_cursor(wanted.page.after, _ORDER, int)
        conditions += behind(at, at_ms, key, last_id, descending=wanted.descending)
    order = (at.desc(), key.desc()) if wanted.descending else (at, key)
    statement = select(visitors).where(*conditions).order_by(*order).limit(wanted.page.limit + 1)
    found = [read(row, Visitor) for row in await tx.rows(statement)]
    shown = tuple(found[: wanted.page.limit])
    more = len(found) > wanted.page.limit
    return Page(shown, encode_cursor(_ORDER, shown[-1].created_ms, shown[-1].id) if more else "", total)


async def views(tx: Tx, found: Sequence[Visitor]) -> list[VisitorView]:
    """Profiles with their attributes, by key, and their marks."""
    ids = [visitor.id for visitor in found]
    attributes: dict[str, list[Attribute]] = {}
    statement = select(visitor_attributes).where(visitor_attributes.c.visitor_id.in_(ids))
    for row in await tx.rows(statement.order_by(visitor_attributes.c.key)):
        attributes.setdefault(row["visitor_id"], []).append(read(row, Attribute))
    marks: dict[str, list[str]] = {}
    statement = select(visitor_marks).where(visitor_marks.c.visitor_id.in_(ids))
    for row in await tx.rows(statement.order_by(visitor_marks.c.created_ms, visitor_marks.c.mark)):
        marks.setdefault(row["visitor_id"], []).append(row["mark"])
    return [
        VisitorView(
            visitor=visitor,
            attributes=tuple(attributes.get(visitor.id, ())),
            marks=tuple(marks.get(visitor.id, ())),
        )
        for visitor in found
    ]


async def by_marks(tx: Tx, workspace_id: str, marks: Sequence[str]) -> dict[str, Visitor]:
    """The profiles that these marks are tied to."""
    if not marks:
        return {}
    joined = visitor_marks.join(visitors, visitors.c.id == visitor_marks.c.visitor_id)
    statement = (
        select(visitors, visitor_marks.c.mark)
        .select_from(joined)
        .where(visitor_marks.c.workspace_id == workspace_id, visitor_marks.c.mark.in_(marks))
    )
    return {row["mark"]: read(row, Visitor) for row in await tx.rows(statement)}


async def put_marks(tx: Tx, marks: Sequence[Mark]) -> None:
    """Tie marks to a profile, whomever they were tied to."""
    statement = tx.insert(visitor_marks)
    await tx.run_many(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "mark"],
            set_={"visitor_id": statement.excluded.visitor_id},
        ),
        [{name: getattr(mark, name) for name in mark.__struct_fields__} for mark in marks],
    )


async def drop_oldest_marks(tx: Tx, visitor_id: str, kept: int) -> None:
    """Keep only so many of a profile's marks, the newest."""
    newest = (
        select(visitor_marks.c.mark)
        .where(visitor_marks.c.visitor_id == visitor_id)
        .order_by(visitor_marks.c.created_ms.desc(), visitor_marks.c.mark)
        .limit(kept)
    )
    await tx.run(
        delete(visitor_marks).where(
            visitor_marks.c.visitor_id == visitor_id, visitor_marks.c.mark.not_in(newest)
        )
    )


async def put_attributes(tx: Tx, visitor: Visitor, found: Sequence[Attribute]) -> None:
    """Keep attributes, in place of those of the same keys."""
    statement = tx.insert(visitor_attributes)
    changed = ("type", "value", "number", "recorded_ms")
    await tx.run_many(
        statement.on_conflict_do_update(
            index_elements=["visitor_id", "key"],
            set_={name: getattr(statement.excluded, name) for name in changed},
        ),
        [
            {
                "visitor_id": visitor.id,
                "workspace_id": visitor.workspace_id,
                **{name: getattr(each, name) for name in each.__struct_fields__},
            }
            for each in found
        ],
    )


async def remove_attributes(tx: Tx, visitor_id: str, keys: Sequence[str]) -> int:
    """Forget attributes; how many there were."""
    return await tx.run(
        delete(visitor_attributes).where(
            visitor_attributes.c.visitor_id == visitor_id, visitor_attributes.c.key.in_(keys)
        )
    )


async def move(tx: Tx, source_id: str, target_id: str) -> None:
    """Give a profile everything of another that it has not, and remove the other."""
    await tx.run(
        update(visitor_marks).where(visitor_marks.c.visitor_id == source_id).values(visitor_id=target_id)
    )
    own = select(visitor_attributes.c.key).where(visitor_attributes.c.visitor_id == target_id)
    await tx.run(
        update(visitor_attributes)
        .where(visitor_attributes.c.visitor_id == source_id, visitor_attributes.c.key.not_in(own))
        .values(visitor_id=target_id)
    )
    await rows.remove(tx, source_id)


async def attribute_keys(
    tx: Tx, workspace_id: str, link_id: str = "", limit: int = 1000
) -> list[AttributeKey]:
    """The keys in use, by name, with the commonest type of each."""
    columns = visitor_attributes.c
    counted = (
        select(columns.key, columns.type, func.count().label("n"))
        .where(columns.workspace_id == workspace_id, *_audience(columns.visitor_id, workspace_id, link_id))
        .group_by(columns.key, columns.type)
        .order_by(columns.key, func.count().desc(), columns.type)
    )
    kinds: dict[str, AttributeKey] = {}
    for row in await tx.rows(counted.limit(limit)):
        kinds.setdefault(row["key"], AttributeKey(row["key"], row["type"]))
    return list(kinds.values())


async def figures(
    tx: Tx, workspace_id: str, key: str, span: tuple[int, int], link_id: str = ""
) -> AttributeFigures:
    """What is known of a key, of values recorded in a time."""
    profiles = select(func.count()).where(
        visitors.c.workspace_id == workspace_id, *_audience(visitors.c.id, workspace_id, link_id)
    )
    columns = visitor_attributes.c
    row = await tx.row(
        select(
            func.count().label("total"),
            func.count(columns.number).label("usable"),
            func.avg(columns.number).label("average"),
            func.min(columns.number).label("low"),
            func.max(columns.number).label("high"),
        ).where(*_of_key(workspace_id, key, span, link_id))
    )
    found = {name: row[name] or 0 for name in ("total", "usable", "average", "low", "high")} if row else {}
    return AttributeFigures(audience=await tx.number(profiles), **found)


async def distribution(
    tx: Tx, workspace_id: str, key: str, span: tuple[int, int], limit: int, link_id: str = ""
) -> list[tuple[str, int]]:
    """How many profiles have each value of a key, most first."""
    columns = visitor_attributes.c
    statement = (
        select(columns.value, func.count().label("n"))
        .where(*_of_key(workspace_id, key, span, link_id))
        .group_by(columns.value)
        .order_by(func.count().desc(), columns.value)
        .limit(limit)
    )
    return [(row["value"], row["n"]) for row in await tx.rows(statement)]


async def values(
    tx: Tx, workspace_id: str, key: str, span: tuple[int, int], limit: int, link_id: str = ""
) -> list[Attribute]:
    """The values of a key one by one, newest first."""
    columns = visitor_attributes.c
    statement = select(visitor_attributes).where(*_of_key(workspace_id, key, span, link_id))
    ordered = statement.order_by(columns.recorded_ms.desc(), columns.visitor_id).limit(limit)
    return [read(row, Attribute) for row in await tx.rows(ordered)]


def _of_key(workspace_id: str, key: str, span: tuple[int, int], link_id: str) -> list[ColumnElement[bool]]:
    columns = visitor_attributes.c
    return [
        columns.workspace_id == workspace_id,
        columns.key == key,
        columns.recorded_ms >= span[0],
        columns.recorded_ms < span[1],
        *_audience(columns.visitor_id, workspace_id, link_id),
    ]


def _audience(column: ColumnElement[Any], workspace_id: str, link_id: str) -> list[ColumnElement[bool]]:
    """Only profiles that were made known after a scan of a link; all without one."""
    if not link_id:
        return []
    seen = select(visitor_marks.c.visitor_id).where(
        visitor_marks.c.workspace_id == workspace_id, visitor_marks.c.link_id == link_id
    )
    return [column.in_(seen)]


def _conditions(workspace_id: str, wanted: VisitorFilter) -> list[ColumnElement[bool]]:
    conditions = [
        visitors.c.workspace_id == workspace_id,
        *_audience(visitors.c.id, workspace_id, wanted.link_id),
    ]
    if wanted.email:
        conditions.append(visitors.c.email == wanted.email)
    if wanted.search:
        part = wanted.search.lower()
        searched = (func.lower(visitors.c[name]).contains(part, autoescape=True) for name in FIELDS)
        conditions.append(or_(*searched))
    return [*conditions, *map(_attribute_condition, wanted.attributes)]


_NEGATED = {"is_not": "is", "contains_not": "contains", "exists_not": "exists", "not_empty": "empty"}


def _attribute_condition(wanted: AttributeFilter) -> ColumnElement[bool]:
    """One test. A negated one also holds for profiles that do not have the key, except `not_empty`."""
    positive = _NEGATED.get(wanted.test, wanted.test)
    if wanted.key in FIELDS:
        held = _test(positive, visitors.c[wanted.key], None, wanted)
    else:
        columns = visitor_attributes.c
        among = select(columns.visitor_id).where(columns.key == wanted.key)
        narrowed = among.where(_test(positive, columns.value, columns.number, wanted))
        if wanted.number is not None:
            narrowed = narrowed.where(columns.type == "date" if wanted.of_dates else columns.type != "date")
        held = visitors.c.id.in_(narrowed)
        if wanted.test == "not_empty":
            return and_(visitors.c.id.in_(among), not_(held))
    return not_(held) if wanted.test in _NEGATED else held


def _test(
    test: str, value: ColumnElement[Any], number: ColumnElement[Any] | None, wanted: AttributeFilter
) -> ColumnElement[bool]:
    against: Any = wanted.value.lower()
    column: ColumnElement[Any] = func.lower(value)
    if wanted.number is not None and number is not None:
        against, column = wanted.number, number
    tests: dict[str, ColumnElement[bool]] = {
        "is": column == against,
        "less_than": column < against,
        "at_most": column <= against,
        "at_least": column >= against,
        "more_than": column > against,
        "exists": value.is_not(None) if number is not None else value != "",
        "empty": value == "",
    }
    if test in tests:
        return tests[test]
    match test:
        case "contains":
            return column.contains(against, autoescape=True)
        case "starts_with":
            return column.startswith(against, autoescape=True)
        case _:
            return column.endswith(against, autoescape=True)
