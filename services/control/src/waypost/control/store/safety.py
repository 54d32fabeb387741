"""Abuse reports."""

from sqlalchemy import Column, Index, Table

from waypost.control.model.faults import ReportNotFound
from waypost.control.model.safety import Report
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Number, Plain, metadata

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
