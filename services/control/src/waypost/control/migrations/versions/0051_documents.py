"""Documents of dialects: boards, templates, themes."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json, Number, Plain

revision = "0051"
down_revision: str | None = "0031"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "documents",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("kind", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("slug", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("published_ms", Number, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_documents_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(
        op.f("ix_documents_workspace_id_kind_created_ms_id"),
        "documents",
        ["workspace_id", "kind", "created_ms", "id"],
    )
    op.create_index(op.f("ix_documents_kind_published_ms"), "documents", ["kind", "published_ms"])
    op.create_index(op.f("ix_documents_link_id"), "documents", ["link_id"])
    op.create_index(
        "uq_documents_slug",
        "documents",
        ["kind", "slug"],
        unique=True,
        sqlite_where=sa.text("slug <> ''"),
        postgresql_where=sa.text("slug <> ''"),
    )
