"""What visitors sent by forms."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json, Number, Plain

revision = "0061"
down_revision: str | None = "0040"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "form_submissions",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.Column("consent", Plain, nullable=False),
        sa.Column("visitor", Plain, nullable=False),
        sa.Column("country", Plain, nullable=False),
        sa.Column("language", Plain, nullable=False),
        sa.Column("domain", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("received_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_form_submissions_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_submissions")),
    )
    for columns in (["workspace_id", "created_ms", "id"], ["workspace_id", "link_id", "created_ms", "id"]):
        name = f"ix_form_submissions_{'_'.join(columns)}"
        op.create_index(op.f(name), "form_submissions", columns, unique=False)
