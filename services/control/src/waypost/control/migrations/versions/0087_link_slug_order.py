"""Lists of links in the order of their slugs."""

from alembic import op

revision = "0087"
down_revision: str | None = "0032"


def upgrade() -> None:
    """Add the index of the order."""
    op.create_index(
        op.f("ix_links_workspace_id_deleted_ms_slug_key_id"),
        "links",
        ["workspace_id", "deleted_ms", "slug_key", "id"],
        unique=False,
    )
