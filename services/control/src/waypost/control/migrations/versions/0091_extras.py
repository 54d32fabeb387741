"""Members of domains and folders that only one dialect knows."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json

revision = "0091"
down_revision: str | None = "0090"


def upgrade() -> None:
    """Add the columns."""
    for table in ("domains", "folders"):
        op.add_column(table, sa.Column("extras", Json, nullable=False, server_default="{}"))
