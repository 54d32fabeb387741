"""Links of one destination are found in the order of the list."""

from alembic import op

revision = "0032"
down_revision: str | None = "0051"


def upgrade() -> None:
    """Exchange the index."""
    op.create_index(
        op.f("ix_links_workspace_id_target_url_created_ms_id"),
        "links",
        ["workspace_id", "target_url", "created_ms", "id"],
        unique=False,
    )
    op.drop_index(op.f("ix_links_workspace_id_target_url"), table_name="links")
