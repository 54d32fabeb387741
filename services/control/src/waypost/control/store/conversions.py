"""Leads and sales that were counted here: one row each, so that none counts twice, and sums per link.

Analytics owns conversions; these rows are what lists of links and customers show while it is away.
"""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Column, Index, Table, bindparam, func, select, update

from waypost.control.model.customers import Earned
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx

conversions = Table(
    "conversions",
    metadata,
    Column("workspace_id", Plain, primary_key=True),
    Column("kind", Plain, primary_key=True),
    Column("external_id", Plain, primary_key=True),
    Column("link_id", Plain),
    Column("customer_id", Plain, nullable=False),
    Column("amount", Number, nullable=False),
    Column("currency", Plain, nullable=False),
    Column("at_ms", Number, nullable=False),
    Index(None, "workspace_id", "customer_id", "kind"),
)
link_earnings = Table(
    "link_earnings",
    metadata,
    Column("link_id", Plain, primary_key=True),
    Column("currency", Plain, primary_key=True),
    Column("leads", Number, nullable=False),
    Column("sales", Number, nullable=False),
    Column("buyers", Number, nullable=False),
    Column("amount", Number, nullable=False),
)
_OF_LINKS = Prepared(
    select(link_earnings)
    .where(link_earnings.c.link_id.in_(bindparam("ids", expanding=True)))
    .order_by(link_earnings.c.currency)
)
_SUMS = ("leads", "sales", "buyers", "amount")


class CountedConversion(Struct, frozen=True, kw_only=True):
    """One lead or sale. `customer_id` is the shop's own id of the customer, "" when it named none."""

    workspace_id: str
    kind: str
    external_id: str
    link_id: str | None
    customer_id: str
    amount: int
    currency: str
    at_ms: int


async def count(tx: Tx, made: CountedConversion) -> bool:
    """Count a conversion for its link; False when it was counted before."""
    is_sale = made.kind == "sale"
    values = {name: getattr(made, name) for name in made.__struct_fields__}
    if not await tx.run(tx.insert(conversions).on_conflict_do_nothing(), values):
        return False
    if made.link_id is not None:
        insert = tx.insert(link_earnings)
        added = {name: link_earnings.c[name] + insert.excluded[name] for name in _SUMS}
        await tx.run(
            insert.on_conflict_do_update(
                index_elements=[link_earnings.c.link_id, link_earnings.c.currency], set_=added
            ),
            {
                "link_id": made.link_id,
                "currency": made.currency,
                "leads": int(not is_sale),
                "sales": int(is_sale),
                "buyers": 0,
                "amount": made.amount if is_sale else 0,
            },
        )
        if is_sale and not (made.customer_id and await _bought_before(tx, made)):
            of_link = (link_earnings.c.link_id == made.link_id) & (link_earnings.c.currency == made.currency)
            await tx.run(update(link_earnings).where(of_link).values(buyers=link_earnings.c.buyers + 1))
    return True


async def _bought_before(tx: Tx, made: CountedConversion) -> bool:
    """Whether this customer bought by this link already. Asked while the link's sums are locked, so that of two
    first purchases at once, in one currency, the second sees the first."""
    columns = conversions.c
    statement = select(columns.external_id).where(
        columns.workspace_id == made.workspace_id,
        columns.customer_id == made.customer_id,
        columns.kind == "sale",
        columns.link_id == made.link_id,
        columns.external_id != made.external_id,
    )
    return await tx.row(statement.limit(1)) is not None


async def of_links(tx: Tx, link_ids: Sequence[str]) -> dict[str, Earned]:
    """What some links brought; one that brought nothing is left out."""
    found: dict[str, Earned] = {}
    for row in await tx.rows(_OF_LINKS, {"ids": link_ids}):
        old = found.get(row["link_id"], Earned())
        found[row["link_id"]] = Earned(
            leads=old.leads + row["leads"],
            sales=old.sales + row["sales"],
            buyers=old.buyers + row["buyers"],
            amounts=(*old.amounts, (row["currency"], row["amount"])) if row["sales"] else old.amounts,
        )
    return found


async def of_customers(tx: Tx, workspace_id: str, external_ids: Sequence[str]) -> dict[str, Earned]:
    """What some customers brought, by the shop's own ids."""
    columns = conversions.c
    keys = (columns.customer_id, columns.kind, columns.currency)
    statement = (
        select(
            *keys,
            func.count().label("number"),
            func.sum(columns.amount).label("amount"),
            func.min(columns.at_ms).label("first_ms"),
        )
        .where(columns.workspace_id == workspace_id, columns.customer_id.in_(external_ids))
        .group_by(*keys)
        .order_by(*keys)
    )
    found: dict[str, Earned] = {}
    for row in await tx.rows(statement):
        old = found.get(row["customer_id"], Earned())
        if row["kind"] == "lead":
            now = Earned(old.leads + row["number"], old.sales, old.buyers, old.amounts, old.first_sale_ms)
        else:
            amounts = (*old.amounts, (str(row["currency"]), int(row["amount"])))
            first_ms = min(old.first_sale_ms or row["first_ms"], row["first_ms"])
            now = Earned(old.leads, old.sales + row["number"], 1, amounts, first_ms)
        found[row["customer_id"]] = now
    return found
