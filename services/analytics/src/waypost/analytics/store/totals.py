"""Running totals: which links changed since they were last announced, and what they are of given links."""

from collections.abc import Sequence

from msgspec import Struct

from waypost.analytics.reports.reader import Reader
from waypost.wire.limits import TOTALS_PER_MESSAGE_MAX
from waypost.wire.totals import LinkTotalsV1

_TOTALS = """
    SELECT l.link_id, w.workspace_id, t.total, t.human, t.uniques, t.bot, t.qr, t.last_ms, t.link
    FROM link_totals t JOIN links l ON l.link = t.link JOIN workspaces w ON w.workspace = t.workspace"""
_MONTHS = """
    SELECT w.workspace_id, m.month, m.human, m.workspace * 1000000::BIGINT + m.month AS place
    FROM workspace_months m JOIN workspaces w ON w.workspace = m.workspace"""


class Page(Struct, frozen=True):
    """Where the next page of changed totals begins. Commits up to `after` were announced before."""

    after: int
    up_to: int
    link: int = 0
    place: int = 0


class ChangedTotals(Struct, frozen=True):
    """One page of totals that changed; `following` is None behind the last one."""

    totals: tuple[LinkTotalsV1, ...]
    workspace_months: tuple[tuple[bytes, int, int], ...]
    following: Page | None


def changed(reader: Reader, page: Page, among: str = "1 = 1") -> ChangedTotals:
    """Totals changed in commits behind `page.after`, at most one message full. What changes while pages
    are read is announced again by the next round, which begins at `page.up_to`. `among` may narrow down
    where an engine looks for links."""
    rows = reader.rows(
        f"{_TOTALS} WHERE t.changed > {page.after} AND t.link > {page.link} AND {among}"
        f" ORDER BY t.link LIMIT {TOTALS_PER_MESSAGE_MAX}",
        {},
    )
    months = reader.rows(
        f"{_MONTHS} WHERE m.changed > {page.after} AND place > {page.place}"
        f" ORDER BY place LIMIT {TOTALS_PER_MESSAGE_MAX}",
        {},
    )
    more = max(len(rows), len(months)) == TOTALS_PER_MESSAGE_MAX
    following = Page(
        page.after, page.up_to, rows[-1][8] if rows else page.link, months[-1][3] if months else page.place
    )
    return ChangedTotals(
        tuple(LinkTotalsV1(*row[:8]) for row in rows),
        tuple((row[0], row[1], row[2]) for row in months),
        following if more else None,
    )


def of_links(reader: Reader, link_ids: Sequence[bytes]) -> list[LinkTotalsV1]:
    """The totals of these links; those without scans are left out."""
    numbers = reader.link_numbers(link_ids)
    if not numbers:
        return []
    rows = reader.rows(f"{_TOTALS} WHERE t.link IN ({', '.join(map(str, numbers))})", {})
    return [LinkTotalsV1(*row[:8]) for row in rows]
