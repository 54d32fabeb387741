"""Members of workspaces."""

from sqlalchemy import Column, ForeignKey, Index, Table

from waypost.control.model.faults import MemberNotFound
from waypost.control.model.organisation import Member
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Number, Plain, metadata

members = Table(
    "members",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("email", Plain, nullable=False),
    Column("name", Plain, nullable=False),
    Column("role", Plain, nullable=False),
    Column("access_revoked_ms", Number, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Index("uq_members_email", "workspace_id", "email", unique=True),
)
rows = Rows(members, Member, MemberNotFound)
