"""Assets."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json, Number, Plain

revision = "0070"
down_revision: str | None = "0060"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "assets",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("filename", Plain, nullable=False),
        sa.Column("content_type", Plain, nullable=False),
        sa.Column("size_bytes", Number, nullable=False),
        sa.Column("state", Plain, nullable=False),
        sa.Column("width", Number, nullable=False),
        sa.Column("height", Number, nullable=False),
        sa.Column("sha256", Plain, nullable=False),
        sa.Column("published_ms", Number, nullable=False),
        sa.Column("upload_expires_ms", Number, nullable=False),
        sa.Column("extras", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.Column("created_by", Plain, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_assets_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
    )
    op.create_index(
        op.f("ix_assets_workspace_id_state_created_ms_id"),
        "assets",
        ["workspace_id", "state", "created_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_assets_state_upload_expires_ms"), "assets", ["state", "upload_expires_ms"], unique=False
    )
