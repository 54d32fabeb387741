"""Abuse reports."""

from sqlalchemy import Column, Index, Table, func, select

from waypost.control.model.faults import ReportNotFound
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.safety import Report
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx, read

reports = Table(
    "reports",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("short_url", Plain, nullable=False),
    Column("reason", Plain, nullable=False),
    Column("contact", Plain, nullable=False),
    Column("state", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("closed_ms", Number, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
)
report_rows = Rows(reports, Report, ReportNotFound)


async def count_open(tx: Tx, link_id: str) -> int:
    """How many reports about a link nobody has decided about yet."""
    is_open = (reports.c.link_id == link_id, reports.c.state == "open")
    return await tx.number(select(func.count()).select_from(reports).where(*is_open))


async def workspace_of(tx: Tx, report_id: str) -> str:
    """The workspace whose link a report is about. Raises ReportNotFound."""
    row = await tx.row(select(reports.c.workspace_id).where(reports.c.id == report_id))
    if row is None:
        raise ReportNotFound(report_id)
    return str(row["workspace_id"])


async def page_of_all(tx: Tx, wanted: PageRequest) -> Page[Report]:
    """Reports of all workspaces, newest first. Raises InvalidCursor."""
    statement = select(reports).order_by(reports.c.id.desc())
    if wanted.after:
        _, last_id = decode_cursor(wanted.after, "all-reports", str)
        statement = statement.where(reports.c.id < last_id)
    found = await tx.rows(statement.limit(wanted.limit + 1))
    shown = found[: wanted.limit]
    last = shown[-1]["id"] if len(found) > wanted.limit else None
    cursor = encode_cursor("all-reports", last, last) if last else ""
    return Page(tuple(read(row, Report) for row in shown), cursor)
