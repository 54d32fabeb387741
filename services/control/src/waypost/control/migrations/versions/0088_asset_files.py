"""Assets whose file was replaced."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Plain

revision = "0088"
down_revision: str | None = "0087"


def upgrade() -> None:
    """Add the columns: under whose id the file is kept, and what it shall take the place of."""
    for name in ("file_id", "replaces"):
        op.add_column("assets", sa.Column(name, Plain, nullable=False, server_default=""))
