"""Counts per value of any dimensions, with any filters."""

from collections.abc import Sequence
from uuid import UUID

from waypost.analytics.reports import conversions, link_scans
from waypost.analytics.reports.dimensions import LINK, Dimension
from waypost.analytics.reports.forgotten import counts_by_link, kept_from_ms
from waypost.analytics.reports.link_groups import check_groups, group_dimension
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.reports.scope import FIGURES, PERSON, VISITOR, Scope
from waypost.analytics.reports.summary import figures
from waypost.analytics.reports.tally import Counted, tally
from waypost.wire.conversion import Conversions
from waypost.wire.filters import Counts
from waypost.wire.limits import BREAKDOWN_DIMENSIONS_MAX, BREAKDOWN_ROWS_MAX
from waypost.wire.queries import BreakdownAnswer, BreakdownQuery, BreakdownRow

_FIGURES = ("total", "human", "uniques", "bot", "qr")
_SHOWN = ", ".join(_FIGURES)
_SUMS = (
    "coalesce(sum(n), 0) AS total, coalesce(sum(people), 0) AS human, coalesce(sum(n) - sum(people), 0) AS bot,"
    " coalesce(sum(codes), 0) AS qr"
)
_WHO = f"CASE WHEN {VISITOR} THEN visitor ELSE 0 END"
_ORDERS = {"total": "total", "human": "human", "unique": "uniques", "bot": "bot", "qr": "qr"}


def breakdown(reader: Reader, query: BreakdownQuery) -> BreakdownAnswer:
    """A page of rows, largest first; equal ones in the order of their values, so that pages fit together."""
    if not 0 < len(query.dimensions) <= BREAKDOWN_DIMENSIONS_MAX:
        raise Refused("bad_dimension", f"1 to {BREAKDOWN_DIMENSIONS_MAX} dimensions", "dimension")
    if not 0 < query.limit <= BREAKDOWN_ROWS_MAX or query.offset < 0:
        raise Refused("bad_limit", f"limit is 1 to {BREAKDOWN_ROWS_MAX}, offset 0 or more", "limit")
    check_groups(query.groups)
    scope = Scope(reader, query)
    grouped = {each.dimension: each for each in query.groups}
    dimensions = [
        group_dimension(reader, grouped[name]) if name in grouped else scope.dimension(name, "dimension")
        for name in query.dimensions
    ]
    found = _counted(scope, query, dimensions)
    values = [row for row, _ in found.rows]
    shown = _shown(reader, query.dimensions, dimensions, values)
    made = _conversions(scope, dimensions) if query.conversions else {}
    answers = tuple(
        BreakdownRow(words, counts, made.get(row, Conversions()) if query.conversions else None)
        for words, (row, counts) in zip(shown, found.rows, strict=True)
    )
    return BreakdownAnswer(answers, found.overall, found.rows_total)


def _counted(scope: Scope, query: BreakdownQuery, dimensions: Sequence[Dimension]) -> Counted:
    """The page: of named links in memory, unless they have many scans or one scan may stand in several rows.
    By link alone it stays when scans are forgotten."""
    if query.dimensions == (LINK,) and scope.is_plain and kept_from_ms(scope) > query.from_ms:
        return _of_rollups(scope, query)
    if scope.links and not scope.is_empty and not any(each.join for each in dimensions):
        scans = link_scans.read(scope, dimensions)
        if scans is not None:
            return tally(scans, query.order, query.offset, query.limit)
    return _grouped(scope, query, dimensions)


def _of_rollups(scope: Scope, query: BreakdownQuery) -> Counted:
    """The page of links, from what their hours say."""
    of_links = counts_by_link(scope, query.from_ms, query.to_ms)
    ranked = sorted(of_links.items(), key=lambda each: (-getattr(each[1], query.order), each[0]))
    page: list[tuple[tuple[object, ...], Counts]] = [
        ((link,), counts) for link, counts in ranked[query.offset : query.offset + query.limit]
    ]
    return Counted(page, figures(scope, query.from_ms, query.to_ms), len(ranked))


def _grouped(scope: Scope, query: BreakdownQuery, dimensions: Sequence[Dimension]) -> Counted:
    """The page, grouped by the store."""
    keys = [f"d{index}" for index in range(len(dimensions))]
    selected = ", ".join(f"{each.sql} AS {key}" for each, key in zip(dimensions, keys, strict=True))
    columns = ", ".join(keys)
    seen = f"SELECT {selected}, {_WHO} AS who, verdict, source FROM {scope.source(dimensions)} WHERE {scope.where()}"
    # Grouping by visitor first and by value then costs half of what counting distinct visitors per value does.
    found = scope.reader.rows(
        f"WITH parts AS (SELECT {columns}, who, count(*) AS n, count(*) FILTER (WHERE {PERSON}) AS people,"
        f" count(*) FILTER (WHERE {PERSON} AND source = 1) AS codes FROM ({seen}) AS seen GROUP BY {columns}, who),"
        f" counted AS (SELECT {columns}, {_SUMS}, count(*) FILTER (WHERE who <> 0) AS uniques FROM parts"
        f" GROUP BY {columns})"
        f" SELECT * FROM (SELECT {columns}, {_SHOWN}, count(*) OVER () AS groups, 0 AS is_all FROM counted"
        f" ORDER BY {_ORDERS[query.order]} DESC, {columns} LIMIT {query.limit} OFFSET {query.offset}) AS page"
        f" UNION ALL SELECT {', '.join(f'NULL AS {key}' for key in keys)}, {_SHOWN}, 0 AS groups, 1 AS is_all FROM"
        f" (SELECT {_SUMS}, count(DISTINCT who) FILTER (WHERE who <> 0) AS uniques FROM parts) AS everything",
        _texts(scope, dimensions),
    )
    width = len(dimensions)
    rows = [row for row in found if not row[-1]]
    rows.sort(key=lambda row: (-row[width + _FIGURES.index(_ORDERS[query.order])], row[:width]))
    overall = next(row[width : width + len(_FIGURES)] for row in found if row[-1])
    if any(each.join for each in dimensions):
        # A scan that stands in several rows counts once in all.
        overall = scope.reader.rows(f"SELECT {FIGURES} FROM scans WHERE {scope.where()}", scope.texts)[0]
    return Counted(
        [(row[:width], Counts(*map(int, row[width : width + len(_FIGURES)]))) for row in rows],
        Counts(*map(int, overall)),
        int(rows[0][-2]) if rows else 0,
    )


def _texts(scope: Scope, dimensions: Sequence[Dimension]) -> dict[str, str]:
    """The text parameters of a question grouped by these dimensions."""
    return {**scope.texts, **{name: text for each in dimensions for name, text in each.texts.items()}}


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
        _texts(scope, dimensions),
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
