"""Leads and sales of a scope, and pages of them."""

from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.scope import Scope
from waypost.wire.conversion import Conversions, ConversionsAnswer, ConversionsQuery, ConversionV1
from waypost.wire.limits import SCANS_PER_PAGE_MAX

LEAD, SALE = 0, 1
KINDS = ("lead", "sale")
FIELDS = (
    "id, kind, external_id, at_ms, event_name, customer_id, amount, currency, metadata, click_id, link,"
    " scan, rule_id, variant_id"
)


def where(scope: Scope) -> str:
    """The condition on `conversions`: made in the range, by scans that pass the filters."""
    if scope.is_empty:
        return "1 = 0"
    query = scope.query
    parts = [f"workspace = {scope.workspace} AND at_ms >= {query.from_ms} AND at_ms < {query.to_ms}"]
    parts += scope.of_links()
    if not scope.is_plain:
        parts.append(f"scan IN (SELECT id FROM scans WHERE {scope.where(0)})")
    return " AND ".join(parts)


def of_scope(scope: Scope) -> Conversions:
    """What a scope led to."""
    rows = scope.reader.rows(
        f"SELECT kind, currency, count(*), sum(amount) FROM conversions WHERE {where(scope)} GROUP BY kind, currency",
        scope.texts,
    )
    return Conversions(
        leads=sum(int(row[2]) for row in rows if row[0] == LEAD),
        sales=sum(int(row[2]) for row in rows if row[0] == SALE),
        amounts=tuple(sorted((str(row[1]), int(row[3])) for row in rows if row[0] == SALE)),
    )


def buyers(scope: Scope) -> int:
    """Customers with at least one sale; a sale without a customer is one of its own."""
    rows = scope.reader.rows(
        "SELECT count(DISTINCT customer_id) FILTER (WHERE customer_id <> ''),"
        f" count(*) FILTER (WHERE customer_id = '') FROM conversions WHERE {where(scope)} AND kind = {SALE}",
        scope.texts,
    )
    return int(rows[0][0]) + int(rows[0][1])


def page(reader: Reader, query: ConversionsQuery) -> ConversionsAnswer:
    """Conversions one by one, newest first."""
    scope = Scope(reader, query)
    limit = max(1, min(query.limit, SCANS_PER_PAGE_MAX))
    condition, texts = where(scope), dict(scope.texts)
    if query.before:
        condition += f" AND id < {query.before}"
    if query.conversion:
        condition += f" AND kind = {SALE if query.conversion == 'sale' else LEAD}"
    if query.customer_id:
        texts["customer"] = query.customer_id
        condition += f" AND customer_id = {reader.text('customer')}"
    rows = reader.rows(
        f"SELECT {FIELDS} FROM conversions WHERE {condition} ORDER BY id DESC LIMIT {limit}", texts
    )
    ids = reader.link_ids(sorted({int(row[10]) for row in rows if row[10]}))
    found = [shown(row, query.workspace_id, ids) for row in rows]
    return ConversionsAnswer(tuple(found), rows[-1][0] if len(rows) == limit else 0)


def shown(row: tuple[object, ...], workspace_id: bytes, link_ids: dict[int, bytes]) -> ConversionV1:
    """A stored row as it crosses the wire."""
    (
        number,
        kind,
        external_id,
        at_ms,
        event,
        customer,
        amount,
        currency,
        metadata,
        click,
        link,
        scan,
        rule,
        variant,
    ) = row
    return ConversionV1(
        id=int(str(number)),
        workspace_id=workspace_id,
        conversion="sale" if kind == SALE else "lead",
        external_id=str(external_id),
        at_ms=int(str(at_ms)),
        event_name=str(event),
        customer_id=str(customer),
        amount=int(str(amount)),
        currency=str(currency),
        metadata=str(metadata),
        click_id=str(click),
        link_id=link_ids.get(int(str(link)), b""),
        scan_id=int(str(scan)),
        rule_id=str(rule),
        variant_id=str(variant),
    )
