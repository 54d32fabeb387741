"""Members who may be shut out, and keys that belong to members."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Number, Plain

revision = "0090"
down_revision: str | None = "0089"


def upgrade() -> None:
    """Add the columns; all that is there keeps its access and belongs to nobody."""
    op.add_column("members", sa.Column("access_revoked_ms", Number, nullable=False, server_default="0"))
    op.add_column("api_keys", sa.Column("member_id", Plain, nullable=False, server_default=""))
