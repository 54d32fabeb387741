"""The height of QR designs' pictures."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Number

revision = "0080"
down_revision: str | None = "0070"


def upgrade() -> None:
    """Add the column; 0 is as high as wide."""
    op.add_column("qr_designs", sa.Column("height_px", Number, nullable=False, server_default="0"))
