"""Scans one by one: pages for lists and live tails."""

from uuid import UUID

from waypost.analytics.reports import scan_columns
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.reports.scope import Scope
from waypost.wire.limits import SCANS_PER_PAGE_MAX
from waypost.wire.scan_events import ScanEventV1, ScansAnswer, ScansQuery


def page(reader: Reader, query: ScansQuery) -> ScansAnswer:
    """Newest first below `before`, or oldest first above `after`."""
    if not 0 < query.limit <= SCANS_PER_PAGE_MAX:
        raise Refused("bad_limit", f"limit is 1 to {SCANS_PER_PAGE_MAX}", "limit")
    scope = Scope(reader, query)
    if query.after >= 0:
        # What a live tail asks most often, a tenth of what it costs to find out by the scans.
        if _newest_id(reader) <= query.after:
            return ScansAnswer((), query.after)
        condition, order = f"id > {query.after}", "ASC"
    else:
        condition, order = f"id < {query.before}" if query.before else "1 = 1", "DESC"
    table = reader.table(scan_columns.select(scope, condition, order, query.limit), scope.texts)
    if not table.num_rows:
        return ScansAnswer((), max(query.after, 0))
    rows = scan_columns.words(reader, table).to_pylist()
    scans = tuple(ScanEventV1(**{**row, "link_id": UUID(row["link_id"]).bytes}) for row in rows)
    is_whole = len(scans) == query.limit or query.after >= 0
    return ScansAnswer(scans, scans[-1].id if is_whole else 0)


def _newest_id(reader: Reader) -> int:
    return int(reader.rows("SELECT coalesce(max(id), 0) FROM scans", {})[0][0])
