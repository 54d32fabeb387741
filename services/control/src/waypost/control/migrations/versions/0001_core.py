"""Workspaces, keys, replication to the edges, events, cursors, salts, kept answers, totals."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Bytes, Flag, Json, Number, Plain

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the tables."""
    _cursors()
    _events()
    _idempotency()
    _link_totals()
    _outbox()
    _records()
    _replication()
    _salts()
    _workspace_months()
    _workspaces()
    _api_keys()


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("name", Plain, nullable=False),
        sa.Column("seq", Number, nullable=False),
        sa.Column("source", Plain, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", Number, autoincrement=False, nullable=False),
        sa.Column("id", Plain, nullable=False),
        sa.Column("type", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=True),
        sa.Column("at_ms", Number, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("webhooks", Flag, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
    )
    op.create_index(op.f("ix_events_workspace_id_seq"), "events", ["workspace_id", "seq"], unique=False)


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("owner", Plain, nullable=False),
        sa.Column("route", Plain, nullable=False),
        sa.Column("key", Plain, nullable=False),
        sa.Column("fingerprint", Bytes, nullable=False),
        sa.Column("status", Number, nullable=False),
        sa.Column("etag", Plain, nullable=False),
        sa.Column("body", Bytes, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("owner", "route", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_ms"), "idempotency", ["created_ms"], unique=False)


def _link_totals() -> None:
    op.create_table(
        "link_totals",
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("total", Number, nullable=False),
        sa.Column("human", Number, nullable=False),
        sa.Column("unique", Number, nullable=False),
        sa.Column("bot", Number, nullable=False),
        sa.Column("qr", Number, nullable=False),
        sa.Column("last_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_link_totals")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("ver", Number, autoincrement=False, nullable=False),
        sa.Column("key", Bytes, nullable=False),
        sa.Column("value", Bytes, nullable=True),
        sa.Column("at_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("ver", name=op.f("pk_outbox")),
    )


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("key", Bytes, nullable=False),
        sa.Column("ver", Number, nullable=False),
        sa.Column("value", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_records")),
        sqlite_with_rowid=False,
    )


def _replication() -> None:
    op.create_table(
        "replication",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("epoch", Plain, nullable=False),
        sa.Column("ver", Number, nullable=False),
        sa.Column("count", Number, nullable=False),
        sa.Column("set_hash", Bytes, nullable=False),
        sa.Column("event_seq", Number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replication")),
    )


def _salts() -> None:
    op.create_table(
        "salts",
        sa.Column("day", Number, autoincrement=False, nullable=False),
        sa.Column("salt", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_salts")),
    )


def _workspace_months() -> None:
    op.create_table(
        "workspace_months",
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("month", Number, autoincrement=False, nullable=False),
        sa.Column("scans", Number, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "month", name=op.f("pk_workspace_months")),
    )


def _workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", Plain, nullable=False),
        sa.Column("slug", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("plan", Plain, nullable=False),
        sa.Column("timezone", Plain, nullable=False),
        sa.Column("suspended", Flag, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.Column("version", Number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("slug", name=op.f("uq_workspaces_slug")),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("shown", Plain, nullable=False),
        sa.Column("digest", Plain, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("format", Plain, nullable=False),
        sa.Column("domain_id", Plain, nullable=True),
        sa.Column("own_links_only", Flag, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("created_by", Plain, nullable=False),
        sa.Column("expires_ms", Number, nullable=False),
        sa.Column("revoked_ms", Number, nullable=False),
        sa.Column("last_used_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_api_keys_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(
        op.f("ix_api_keys_workspace_id_created_ms_id"),
        "api_keys",
        ["workspace_id", "created_ms", "id"],
        unique=False,
    )
