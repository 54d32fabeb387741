"""Link-in-bio pages: drafts, and finding the links that show a page."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json, Number, Plain

revision = "0060"
down_revision: str | None = "0030"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "bio_pages",
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("draft", Json, nullable=True),
        sa.Column("edits", Number, nullable=False),
        sa.Column("published_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_bio_pages")),
    )
    has_page = sa.text("template_type <> ''")
    op.create_index(
        "ix_links_template",
        "links",
        ["workspace_id", "template_type", "created_ms", "id"],
        unique=False,
        sqlite_where=has_page,
        postgresql_where=has_page,
    )
