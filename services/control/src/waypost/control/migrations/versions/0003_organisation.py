"""Members, UTM templates, changes, calls, jobs, schedules, reports, health."""

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Flag, Json, Number, Plain

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Make the tables."""
    _changes()
    _link_health()
    _reports()
    _workspace_calls()
    _jobs()
    _members()
    _utm_templates()
    _job_rows()
    _scheduled_changes()


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("actor_kind", Plain, nullable=False),
        sa.Column("actor_id", Plain, nullable=False),
        sa.Column("actor_name", Plain, nullable=False),
        sa.Column("action", Plain, nullable=False),
        sa.Column("kind", Plain, nullable=False),
        sa.Column("subject_id", Plain, nullable=False),
        sa.Column("version", Number, nullable=False),
        sa.Column("diff", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_subject_id_version"), "changes", ["subject_id", "version"], unique=False)
    op.create_index(
        op.f("ix_changes_workspace_id_created_ms_id"),
        "changes",
        ["workspace_id", "created_ms", "id"],
        unique=False,
    )


def _link_health() -> None:
    op.create_table(
        "link_health",
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("checked_ms", Number, nullable=False),
        sa.Column("status", Number, nullable=False),
        sa.Column("failure", Plain, nullable=False),
        sa.Column("failing_since_ms", Number, nullable=False),
        sa.Column("told", Flag, nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_link_health")),
    )
    op.create_index(op.f("ix_link_health_checked_ms"), "link_health", ["checked_ms"], unique=False)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("short_url", Plain, nullable=False),
        sa.Column("reason", Plain, nullable=False),
        sa.Column("contact", Plain, nullable=False),
        sa.Column("state", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("closed_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(
        op.f("ix_reports_workspace_id_created_ms_id"),
        "reports",
        ["workspace_id", "created_ms", "id"],
        unique=False,
    )


def _workspace_calls() -> None:
    op.create_table(
        "workspace_calls",
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("month", Number, autoincrement=False, nullable=False),
        sa.Column("calls", Number, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "month", name=op.f("pk_workspace_calls")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("kind", Plain, nullable=False),
        sa.Column("state", Plain, nullable=False),
        sa.Column("total", Number, nullable=False),
        sa.Column("done", Number, nullable=False),
        sa.Column("succeeded", Number, nullable=False),
        sa.Column("failed", Number, nullable=False),
        sa.Column("actor", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.Column("reason", Plain, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_jobs_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_state_created_ms"), "jobs", ["state", "created_ms"], unique=False)
    op.create_index(
        op.f("ix_jobs_workspace_id_created_ms_id"), "jobs", ["workspace_id", "created_ms", "id"], unique=False
    )


def _members() -> None:
    op.create_table(
        "members",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("email", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("role", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_members_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index("uq_members_email", "members", ["workspace_id", "email"], unique=True)


def _utm_templates() -> None:
    op.create_table(
        "utm_templates",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("utm", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_utm_templates_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_utm_templates")),
    )
    op.create_index("uq_utm_templates_name", "utm_templates", ["workspace_id", "name"], unique=True)


def _job_rows() -> None:
    op.create_table(
        "job_rows",
        sa.Column("job_id", Plain, nullable=False),
        sa.Column("index", Number, autoincrement=False, nullable=False),
        sa.Column("input", Json, nullable=True),
        sa.Column("result", Json, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_rows_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "index", name=op.f("pk_job_rows")),
    )


def _scheduled_changes() -> None:
    op.create_table(
        "scheduled_changes",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("due_ms", Number, nullable=False),
        sa.Column("command", Json, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("created_by", Plain, nullable=False),
        sa.Column("done_ms", Number, nullable=False),
        sa.Column("failure", Plain, nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name=op.f("fk_scheduled_changes_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_changes")),
    )
    op.create_index(
        op.f("ix_scheduled_changes_done_ms_due_ms"), "scheduled_changes", ["done_ms", "due_ms"], unique=False
    )
    op.create_index(
        op.f("ix_scheduled_changes_link_id_due_ms"), "scheduled_changes", ["link_id", "due_ms"], unique=False
    )
