"""Lists of links with a tag, and of those whose destination fails, read in their order instead of sorted."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Number, Plain

revision = "0092"
down_revision: str | None = "0091"


def upgrade() -> None:
    """Keep beside a tag and beside a look when the link was made, and index that."""
    op.add_column("link_tags", sa.Column("created_ms", Number, nullable=False, server_default="0"))
    op.execute(
        "update link_tags set created_ms ="
        " (select links.created_ms from links where links.id = link_tags.link_id)"
    )
    op.drop_index(op.f("ix_link_tags_tag_id_link_id"), "link_tags")
    op.create_index(
        op.f("ix_link_tags_tag_id_created_ms_link_id"),
        "link_tags",
        ["tag_id", "created_ms", "link_id"],
        unique=False,
    )
    op.add_column("link_health", sa.Column("workspace_id", Plain, nullable=False, server_default=""))
    op.add_column("link_health", sa.Column("created_ms", Number, nullable=False, server_default="0"))
    op.execute(
        "update link_health set"
        " workspace_id = (select links.workspace_id from links where links.id = link_health.link_id),"
        " created_ms = (select links.created_ms from links where links.id = link_health.link_id)"
        " where failing_since_ms > 0 and exists (select 1 from links where links.id = link_health.link_id)"
    )
    op.create_index(
        "ix_link_health_failing",
        "link_health",
        ["workspace_id", "created_ms", "link_id"],
        unique=False,
        sqlite_where=sa.text("failing_since_ms > 0"),
        postgresql_where=sa.text("failing_since_ms > 0"),
    )
