"""What workspaces decide about their scans, and the thresholds of links."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json, Number, Plain

revision = "0035"
down_revision: str | None = "0050"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "scan_settings",
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("retention_days", Number, nullable=False),
        sa.Column("withheld", Json, nullable=False),
        sa.Column("month_thresholds", Json, nullable=False),
        sa.Column("changed_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_scan_settings_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_scan_settings")),
    )
    op.create_index(op.f("ix_scan_settings_changed_ms"), "scan_settings", ["changed_ms"], unique=False)
    op.create_table(
        "link_thresholds",
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("changed_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name=op.f("fk_link_thresholds_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_link_thresholds")),
    )
    op.create_index(
        op.f("ix_link_thresholds_workspace_id"), "link_thresholds", ["workspace_id"], unique=False
    )
    op.create_index(op.f("ix_link_thresholds_changed_ms"), "link_thresholds", ["changed_ms"], unique=False)
