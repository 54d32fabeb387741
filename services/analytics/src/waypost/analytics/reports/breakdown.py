"""Counts per value of any dimensions, with any filters."""

from collections.abc import Sequence
from uuid import UUID

from waypost.analytics.reports import conversions
from waypost.analytics.reports.dimensions import LINK, Dimension
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.reports.scope import FIGURES, Scope
from waypost.wire.conversion import Conversions
from waypost.wire.filters import Counts
from waypost.wire.limits import BREAKDOWN_DIMENSIONS_MAX, BREAKDOWN_ROWS_MAX
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery, BreakdownRow

_ORDERS = {"total": "total", "human": "human", "unique": "uniques", "bot": "bot", "qr": "qr"}


def breakdown(reader: Reader, query: BreakdownQuery) -> BreakdownAnswer:
    """A page of rows, largest first; equal ones in the order of their values, so that pages fit together."""
    if not 0 < len(query.dimensions) <= BREAKDOWN_DIMENSIONS_MAX:
        raise Refused("bad_dimension", f"1 to {BREAKDOWN_DIMENSIONS_MAX} dimensions", "dimensions")
    if not 0 < query.limit <= BREAKDOWN_ROWS_MAX or query.offset < 0:
        raise Refused("bad_limit", f"limit is 1 to {BREAKDOWN_ROWS_MAX}, offset 0 or more", "limit")
    scope = Scope(reader, query)
    dimensions = [scope.dimension(name, "dimensions") for name in query.dimensions]
    keys = [f"d{index}" for index in range(len(dimensions))]
    selected = ", ".join(f"{each.sql} AS {key}" for each, key in zip(dimensions, keys, strict=True))
    rows = reader.rows(
        f"SELECT {', '.join(keys)}, total, human, uniques, bot, qr, count(*) OVER () AS groups FROM ("
        f"SELECT {selected}, {FIGURES} FROM {scope.source(dimensions)} WHERE {scope.where()} GROUP BY {', '.join(keys)}"
        f") AS counted ORDER BY {_ORDERS[query.order]} DESC, {', '.join(keys)}"
        f" LIMIT {query.limit} OFFSET {query.offset}",
        scope.texts,
    )
    overall = reader.rows(f"SELECT {FIGURES} FROM scans WHERE {scope.where()}", scope.texts)[0]
    width = len(dimensions)
    shown = _shown(reader, query.dimensions, dimensions, [row[:width] for row in rows])
    made = _conversions(scope, dimensions) if query.conversions else {}
    answers = tuple(
        BreakdownRow(
            values,
            Counts(*map(int, row[width : width + 5])),
            made.get(tuple(row[:width]), Conversions()) if query.conversions else None,
        )
        for values, row in zip(shown, rows, strict=True)
    )
    return BreakdownAnswer(answers, Counts(*map(int, overall)), int(rows[0][-1]) if rows else 0)


def _shown(
    reader: Reader, names: Sequence[str], dimensions: Sequence[Dimension], rows: Sequence[tuple[object, ...]]
) -> list[tuple[str, ...]]:
    """The values of each row as people read them; links by their ids."""
    ids: dict[int, bytes] = {}
    if LINK in names:
        index = names.index(LINK)
        ids = reader.link_ids([int(str(row[index])) for row in rows])
    return [
        tuple(
            str(UUID(bytes=ids[int(str(value))])) if name == LINK else each.shown(value)
            for name, each, value in zip(names, dimensions, row, strict=True)
        )
        for row in rows
    ]


def _conversions(scope: Scope, dimensions: Sequence[Dimension]) -> dict[tuple[object, ...], Conversions]:
    """What the scans of each row led to: conversions made in the range, by the values of their scan."""
    keys = [f"d{index}" for index in range(len(dimensions))]
    selected = ", ".join(f"{each.sql} AS {key}" for each, key in zip(dimensions, keys, strict=True))
    columns = ", ".join(keys)
    rows = scope.reader.rows(
        f"SELECT {columns}, kind, currency, count(*), sum(amount) FROM"
        f" (SELECT scan, kind, currency, amount FROM conversions WHERE {conversions.where(scope)}) AS made"
        f" JOIN (SELECT id, {selected} FROM {scope.source(dimensions)} WHERE {scope.where(0)}) AS seen"
        f" ON made.scan = seen.id GROUP BY {columns}, kind, currency",
        scope.texts,
    )
    found: dict[tuple[object, ...], Conversions] = {}
    for row in rows:
        key, (kind, currency, count, amount) = tuple(row[: len(keys)]), row[len(keys) :]
        old = found.get(key, Conversions())
        if kind == conversions.LEAD:
            found[key] = Conversions(old.leads + count, old.sales, old.amounts)
        else:
            amounts = tuple(sorted((*old.amounts, (str(currency), int(amount)))))
            found[key] = Conversions(old.leads, old.sales + count, amounts)
    return found
