"""Webhooks: endpoints, bodies, deliveries, attempts, scans that wait to be sent together."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Bytes, Flag, Json, Number, Plain

revision = "0010"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Make the tables."""
    _bodies()
    _endpoints()
    _deliveries()
    _scans()
    _attempts()
    # Rows to lock: whoever hands out work on PostgreSQL waits on one of these.
    op.bulk_insert(
        sa.table("cursors", sa.column("name"), sa.column("seq"), sa.column("source")),
        [
            {"name": name, "seq": 0, "source": ""}
            for name in ("webhooks-claim", "webhooks-events", "webhooks-stream")
        ],
    )


def _bodies() -> None:
    op.create_table(
        "webhook_bodies",
        sa.Column("event_id", Plain, nullable=False),
        sa.Column("format", Plain, nullable=False),
        sa.Column("event_name", Plain, nullable=False),
        sa.Column("body", Bytes, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "format", name=op.f("pk_webhook_bodies")),
    )
    op.create_index(op.f("ix_webhook_bodies_created_ms"), "webhook_bodies", ["created_ms"], unique=False)


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("format", Plain, nullable=False),
        sa.Column("url", Plain, nullable=False),
        sa.Column("description", Plain, nullable=False),
        sa.Column("events", Json, nullable=False),
        sa.Column("link_ids", Json, nullable=False),
        sa.Column("tag_ids", Json, nullable=False),
        sa.Column("domain_ids", Json, nullable=False),
        sa.Column("batch_scans", Flag, nullable=False),
        sa.Column("status", Plain, nullable=False),
        sa.Column("disabled_reason", Plain, nullable=False),
        sa.Column("disabled_ms", Number, nullable=False),
        sa.Column("secret", Bytes, nullable=False),
        sa.Column("old_secret", Bytes, nullable=False),
        sa.Column("old_secret_until_ms", Number, nullable=False),
        sa.Column("failures", Number, nullable=False),
        sa.Column("failing_since_ms", Number, nullable=False),
        sa.Column("counted_ms", Number, nullable=False),
        sa.Column("success_count", Number, nullable=False),
        sa.Column("failure_count", Number, nullable=False),
        sa.Column("last_attempt_ms", Number, nullable=False),
        sa.Column("last_success_ms", Number, nullable=False),
        sa.Column("extras", Json, nullable=False),
        sa.Column("version", Number, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.Column("created_by", Plain, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_webhook_endpoints_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(op.f("ix_webhook_endpoints_status"), "webhook_endpoints", ["status"], unique=False)
    op.create_index(
        op.f("ix_webhook_endpoints_workspace_id_created_ms_id"),
        "webhook_endpoints",
        ["workspace_id", "created_ms", "id"],
        unique=False,
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", Plain, nullable=False),
        sa.Column("endpoint_id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("event_id", Plain, nullable=False),
        sa.Column("event_type", Plain, nullable=False),
        sa.Column("format", Plain, nullable=False),
        sa.Column("state", Plain, nullable=False),
        sa.Column("reason", Plain, nullable=False),
        sa.Column("attempts", Number, nullable=False),
        sa.Column("round", Number, nullable=False),
        sa.Column("next_ms", Number, nullable=False),
        sa.Column("lease_until_ms", Number, nullable=False),
        sa.Column("claim", Number, nullable=False),
        sa.Column("last_status", Number, nullable=True),
        sa.Column("last_duration_ms", Number, nullable=True),
        sa.Column("last_error", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("finished_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_endpoint_id_created_ms_id"),
        "webhook_deliveries",
        ["endpoint_id", "created_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_webhook_deliveries_endpoint_id_state_next_ms_id"),
        "webhook_deliveries",
        ["endpoint_id", "state", "next_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_webhook_deliveries_event_id_format"),
        "webhook_deliveries",
        ["event_id", "format"],
        unique=False,
    )
    op.create_index(
        op.f("ix_webhook_deliveries_state_finished_ms"),
        "webhook_deliveries",
        ["state", "finished_ms"],
        unique=False,
    )
    op.create_index(
        op.f("ix_webhook_deliveries_state_lease_until_ms"),
        "webhook_deliveries",
        ["state", "lease_until_ms"],
        unique=False,
    )
    op.create_index(
        "uq_webhook_deliveries_event", "webhook_deliveries", ["endpoint_id", "event_id"], unique=True
    )


def _scans() -> None:
    op.create_table(
        "webhook_scans",
        sa.Column("endpoint_id", Plain, nullable=False),
        sa.Column("scan_id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("scan", Json, nullable=False),
        sa.Column("at_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_scans_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("endpoint_id", "scan_id", name=op.f("pk_webhook_scans")),
    )
    op.create_index(
        op.f("ix_webhook_scans_endpoint_id_link_id_at_ms"),
        "webhook_scans",
        ["endpoint_id", "link_id", "at_ms"],
        unique=False,
    )


def _attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", Plain, nullable=False),
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("at_ms", Number, nullable=False),
        sa.Column("duration_ms", Number, nullable=False),
        sa.Column("status", Number, nullable=True),
        sa.Column("error", Plain, nullable=False),
        sa.Column("response_head", Plain, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
