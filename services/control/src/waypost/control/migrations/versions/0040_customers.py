"""Customers, the conversions that were counted, and what each link earned."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Json, Number, Plain

revision = "0040"
down_revision: str | None = "0080"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "conversions",
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("kind", Plain, nullable=False),
        sa.Column("external_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=True),
        sa.Column("customer_id", Plain, nullable=False),
        sa.Column("amount", Number, nullable=False),
        sa.Column("currency", Plain, nullable=False),
        sa.Column("at_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "external_id", name=op.f("pk_conversions")),
    )
    op.create_index(
        op.f("ix_conversions_workspace_id_customer_id_kind"),
        "conversions",
        ["workspace_id", "customer_id", "kind"],
        unique=False,
    )
    op.create_table(
        "link_earnings",
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("currency", Plain, nullable=False),
        sa.Column("leads", Number, nullable=False),
        sa.Column("sales", Number, nullable=False),
        sa.Column("buyers", Number, nullable=False),
        sa.Column("amount", Number, nullable=False),
        sa.PrimaryKeyConstraint("link_id", "currency", name=op.f("pk_link_earnings")),
    )
    op.create_table(
        "customers",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("external_id", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("email", Plain, nullable=False),
        sa.Column("avatar", Plain, nullable=False),
        sa.Column("country", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=True),
        sa.Column("click_id", Plain, nullable=False),
        sa.Column("extras", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_customers_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint(
            "workspace_id", "external_id", name=op.f("uq_customers_workspace_id_external_id")
        ),
    )
    op.create_index(
        op.f("ix_customers_workspace_id_created_ms_id"),
        "customers",
        ["workspace_id", "created_ms", "id"],
        unique=False,
    )
