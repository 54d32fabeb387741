"""Visitors whom customers made known: profiles, attributes, and the marks that tie scans to them."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Number, Plain

revision = "0050"
down_revision: str | None = "0061"


def upgrade() -> None:
    """Make the tables."""
    _visitors()
    _visitor_attributes()
    _visitor_marks()


def _visitors() -> None:
    op.create_table(
        "visitors",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("email", Plain, nullable=False),
        sa.Column("phone", Plain, nullable=False),
        sa.Column("first_name", Plain, nullable=False),
        sa.Column("last_name", Plain, nullable=False),
        sa.Column("external_id", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_visitors_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitors")),
    )
    op.create_index(
        op.f("ix_visitors_workspace_id_created_ms_id"), "visitors", ["workspace_id", "created_ms", "id"]
    )
    for name in ("email", "external_id"):
        op.create_index(
            f"uq_visitors_{name}",
            "visitors",
            ["workspace_id", name],
            unique=True,
            sqlite_where=sa.text(f"{name} <> ''"),
            postgresql_where=sa.text(f"{name} <> ''"),
        )


def _visitor_attributes() -> None:
    op.create_table(
        "visitor_attributes",
        sa.Column("visitor_id", Plain, nullable=False),
        sa.Column("key", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("type", Plain, nullable=False),
        sa.Column("value", Plain, nullable=False),
        sa.Column("number", sa.Float(53), nullable=True),
        sa.Column("recorded_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"],
            ["visitors.id"],
            name=op.f("fk_visitor_attributes_visitor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("visitor_id", "key", name=op.f("pk_visitor_attributes")),
    )
    op.create_index(
        op.f("ix_visitor_attributes_workspace_id_key_recorded_ms"),
        "visitor_attributes",
        ["workspace_id", "key", "recorded_ms"],
    )


def _visitor_marks() -> None:
    op.create_table(
        "visitor_marks",
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("mark", Plain, nullable=False),
        sa.Column("visitor_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitors.id"], name=op.f("fk_visitor_marks_visitor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "mark", name=op.f("pk_visitor_marks")),
    )
    op.create_index(
        op.f("ix_visitor_marks_visitor_id_created_ms"), "visitor_marks", ["visitor_id", "created_ms"]
    )
    op.create_index(
        op.f("ix_visitor_marks_workspace_id_link_id"), "visitor_marks", ["workspace_id", "link_id"]
    )
