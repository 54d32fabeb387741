"""Customers of a workspace, by the ids that its shop gives them."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    func,
    or_,
    select,
    tuple_,
)

from waypost.control.model.customers import Customer
from waypost.control.model.faults import CustomerNotFound
from waypost.control.store.conversions import conversions
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

customers = Table(
    "customers",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("external_id", Plain, nullable=False),
    Column("name", Plain, nullable=False),
    Column("email", Plain, nullable=False),
    Column("avatar", Plain, nullable=False),
    Column("country", Plain, nullable=False),
    Column("link_id", Plain),
    Column("click_id", Plain, nullable=False),
    Column("extras", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    UniqueConstraint("workspace_id", "external_id"),
    Index(None, "workspace_id", "created_ms", "id"),
)
rows = Rows(customers, Customer, CustomerNotFound)
CustomerSort: TypeAlias = Literal["created", "amount", "first_sale"]


class CustomerFilter(Struct, frozen=True, kw_only=True):
    """Which customers a list holds. Unset members do not narrow it."""

    external_id: str = ""
    email: str = ""
    search: str = ""
    """Part of the name, the address or the shop's own id, in any case."""
    country: str = ""
    link_id: str = ""
    sort: CustomerSort = "created"
    descending: bool = True
    limit: int = 100
    offset: int = 0
    after: str = ""
    """The id of the customer that the page follows, in the order of the list."""
    before: str = ""
    """The id of the customer that the page precedes."""


async def by_external_id(tx: Tx, workspace_id: str, external_id: str) -> Customer | None:
    """The customer of a shop's own id."""
    found = await by_external_ids(tx, workspace_id, [external_id])
    return found[0] if found else None


async def by_external_ids(tx: Tx, workspace_id: str, external_ids: Sequence[str]) -> list[Customer]:
    """The customers among a shop's own ids, in no order."""
    statement = select(customers).where(
        customers.c.workspace_id == workspace_id, customers.c.external_id.in_(external_ids)
    )
    return [read(row, Customer) for row in await tx.rows(statement)]


async def find(tx: Tx, workspace_id: str, wanted: CustomerFilter) -> list[Customer]:
    """A page of customers. Raises CustomerNotFound for an unknown neighbour."""
    statement = select(customers).where(customers.c.workspace_id == workspace_id)
    order: tuple[ColumnElement[Any], ...] = (customers.c.created_ms, customers.c.id)
    if wanted.sort != "created":
        sales = (
            select(
                conversions.c.customer_id,
                func.sum(conversions.c.amount).label("amount"),
                func.min(conversions.c.at_ms).label("first_sale"),
            )
            .where(conversions.c.workspace_id == workspace_id, conversions.c.kind == "sale")
            .group_by(conversions.c.customer_id)
            .subquery()
        )
        statement = statement.outerjoin(sales, sales.c.customer_id == customers.c.external_id)
        order = (func.coalesce(sales.c[wanted.sort], 0), *order)
    descending = wanted.descending != bool(wanted.before)
    page = statement.where(*_conditions(wanted))
    if neighbour := wanted.after or wanted.before:
        place = statement.with_only_columns(*order).where(customers.c.id == neighbour)
        rows_there = await tx.rows(place)
        if not rows_there:
            raise CustomerNotFound(neighbour)
        there = tuple_(*rows_there[0].values())
        page = page.where(tuple_(*order) < there if descending else tuple_(*order) > there)
    ordered = page.order_by(*(each.desc() if descending else each.asc() for each in order))
    found = [read(row, Customer) for row in await tx.rows(ordered.limit(wanted.limit).offset(wanted.offset))]
    return found[::-1] if wanted.before else found


def _conditions(wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    columns = customers.c
    exact = ("external_id", "email", "country", "link_id")
    conditions: list[ColumnElement[bool]] = [
        columns[name] == value for name in exact if (value := getattr(wanted, name))
    ]
    if wanted.search:
        part = wanted.search.lower()
        searched = (columns.name, columns.email, columns.external_id)
        conditions.append(or_(*(func.lower(column).contains(part, autoescape=True) for column in searched)))
    return conditions
