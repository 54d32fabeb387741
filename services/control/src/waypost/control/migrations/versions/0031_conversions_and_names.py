"""Conversions that wait to be counted; `domain.active` becomes `domain.verified`, as the contracts call it."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Bytes, Number, Plain

revision = "0031"
down_revision: str | None = "0035"


def upgrade() -> None:
    """Make the table, and rename the event where it is subscribed to or waits to be told."""
    op.create_table(
        "pending_conversions",
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("kind", Plain, nullable=False),
        sa.Column("external_id", Plain, nullable=False),
        sa.Column("command", Bytes, nullable=False),
        sa.Column("due_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "external_id", name=op.f("pk_pending_conversions")),
    )
    op.create_index(op.f("ix_pending_conversions_due_ms"), "pending_conversions", ["due_ms"], unique=False)
    op.execute("update events set type = 'domain.verified' where type = 'domain.active'")
    op.execute(
        """update webhook_endpoints set events = replace(events, '"domain.active"', '"domain.verified"')"""
    )
