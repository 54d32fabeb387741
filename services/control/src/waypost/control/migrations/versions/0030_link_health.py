"""Finding the destinations that fail without going over all that work."""

from alembic import op

revision = "0030"
down_revision: str | None = "0020"


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        op.f("ix_link_health_failing_since_ms_checked_ms"),
        "link_health",
        ["failing_since_ms", "checked_ms"],
        unique=False,
    )
