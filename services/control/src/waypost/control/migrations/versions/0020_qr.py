"""QR designs, the codes of links, logos."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Bytes, Flag, Json, Number, Plain

revision = "0020"
down_revision: str | None = "0010"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "qr_logos",
        sa.Column("digest", Plain, nullable=False),
        sa.Column("png", Bytes, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_qr_logos")),
    )
    op.create_table(
        "qr_designs",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("description", Plain, nullable=False),
        sa.Column("is_template", Flag, nullable=False),
        sa.Column("is_public", Flag, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("design", Json, nullable=False),
        sa.Column("format", Plain, nullable=False),
        sa.Column("size_px", Number, nullable=False),
        sa.Column("logo", Plain, nullable=False),
        sa.Column("extras", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.Column("version", Number, nullable=False),
        sa.Column("created_by", Plain, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_qr_designs_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qr_designs")),
    )
    op.create_index(
        op.f("ix_qr_designs_workspace_id_is_template_created_ms_id"),
        "qr_designs",
        ["workspace_id", "is_template", "created_ms", "id"],
        unique=False,
    )
    op.create_table(
        "qr_codes",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("format", Plain, nullable=False),
        sa.Column("size_px", Number, nullable=False),
        sa.Column("error_correction", Plain, nullable=False),
        sa.Column("download_count", Number, nullable=False),
        sa.Column("last_download_ms", Number, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_qr_codes_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qr_codes")),
        sa.UniqueConstraint("link_id", name=op.f("uq_qr_codes_link_id")),
    )
