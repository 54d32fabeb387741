"""Workspaces that end: sandboxes, and deleted ones."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Number, Plain

revision = "0089"
down_revision: str | None = "0088"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("workspaces", sa.Column("sandbox_of", Plain, nullable=False, server_default=""))
    for name in ("deleted_ms", "expires_ms"):
        op.add_column("workspaces", sa.Column(name, Number, nullable=False, server_default="0"))
