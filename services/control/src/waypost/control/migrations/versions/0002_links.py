"""Domains, folders, links, slugs, tags."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from waypost.control.store.schema import Flag, Json, Number, Plain

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Make the tables."""
    _slugs()
    _domains()
    _folders()
    _links()
    _link_indexes()
    _tags()
    _link_tags()


def _slugs() -> None:
    op.create_table(
        "slugs",
        sa.Column("domain_id", Plain, nullable=False),
        sa.Column("slug_key", Plain, nullable=False),
        sa.Column("slug", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("link_id", Plain, nullable=True),
        sa.Column("is_alias", Flag, nullable=False),
        sa.Column("held_until_ms", Number, nullable=False),
        sa.PrimaryKeyConstraint("domain_id", "slug_key", name=op.f("pk_slugs")),
    )
    op.create_index(op.f("ix_slugs_link_id"), "slugs", ["link_id"], unique=False)


def _domains() -> None:
    op.create_table(
        "domains",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("host", Plain, nullable=False),
        sa.Column("status", Plain, nullable=False),
        sa.Column("ssl_status", Plain, nullable=False),
        sa.Column("token", Plain, nullable=False),
        sa.Column("root_url", Plain, nullable=False),
        sa.Column("not_found_url", Plain, nullable=False),
        sa.Column("expired_url", Plain, nullable=False),
        sa.Column("case_sensitive", Flag, nullable=False),
        sa.Column("robots_txt", Plain, nullable=False),
        sa.Column("association_files", Json, nullable=False),
        sa.Column("is_primary", Flag, nullable=False),
        sa.Column("archived", Flag, nullable=False),
        sa.Column("failure", Plain, nullable=False),
        sa.Column("checked_ms", Number, nullable=False),
        sa.Column("verified_ms", Number, nullable=False),
        sa.Column("failing_since_ms", Number, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.Column("version", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_domains_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domains")),
        sa.UniqueConstraint("host", name=op.f("uq_domains_host")),
    )
    op.create_index(op.f("ix_domains_checked_ms"), "domains", ["checked_ms"], unique=False)
    op.create_index(
        op.f("ix_domains_workspace_id_created_ms_id"),
        "domains",
        ["workspace_id", "created_ms", "id"],
        unique=False,
    )


def _folders() -> None:
    op.create_table(
        "folders",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("parent_id", Plain, nullable=True),
        sa.Column("name", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.Column("updated_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_folders_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
    )
    op.create_index(
        op.f("ix_folders_workspace_id_parent_id_name"),
        "folders",
        ["workspace_id", "parent_id", "name"],
        unique=False,
    )


_LINK_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("id", Plain, nullable=False),
    sa.Column("workspace_id", Plain, nullable=False),
    sa.Column("domain_id", Plain, nullable=False),
    sa.Column("slug", Plain, nullable=False),
    sa.Column("slug_key", Plain, nullable=False),
    sa.Column("kind", Plain, nullable=False),
    sa.Column("state", Plain, nullable=False),
    sa.Column("blocked_reason", Plain, nullable=False),
    sa.Column("target_url", Plain, nullable=False),
    sa.Column("fallback_url", Plain, nullable=False),
    sa.Column("title", Plain, nullable=False),
    sa.Column("description", Plain, nullable=False),
    sa.Column("comments", Plain, nullable=False),
    sa.Column("archived", Flag, nullable=False),
    sa.Column("dynamic", Flag, nullable=False),
    sa.Column("template_type", Plain, nullable=False),
    sa.Column("content", Json, nullable=True),
    sa.Column("rules", Json, nullable=False),
    sa.Column("starts_ms", Number, nullable=False),
    sa.Column("expires_ms", Number, nullable=False),
    sa.Column("expired_url", Plain, nullable=False),
    sa.Column("scan_limit", Number, nullable=False),
    sa.Column("status", Number, nullable=False),
    sa.Column("query_policy", Plain, nullable=False),
    sa.Column("path_policy", Plain, nullable=False),
    sa.Column("utm", Json, nullable=False),
    sa.Column("preview", Json, nullable=False),
    sa.Column("cloak", Flag, nullable=False),
    sa.Column("indexable", Flag, nullable=False),
    sa.Column("interstitial_s", Number, nullable=False),
    sa.Column("public_stats", Flag, nullable=False),
    sa.Column("track_conversion", Flag, nullable=False),
    sa.Column("click_id_param", Plain, nullable=False),
    sa.Column("track_visitor", Flag, nullable=False),
    sa.Column("sticky_s", Number, nullable=False),
    sa.Column("lead_goal", Plain, nullable=False),
    sa.Column("lead_target", Plain, nullable=False),
    sa.Column("metadata", Json, nullable=False),
    sa.Column("external_id", Plain, nullable=True),
    sa.Column("tenant_id", Plain, nullable=True),
    sa.Column("folder_id", Plain, nullable=True),
    sa.Column("qr_design_id", Plain, nullable=True),
    sa.Column("qr_enabled", Flag, nullable=False),
    sa.Column("webhook_ids", Json, nullable=False),
    sa.Column("extras", Json, nullable=False),
    sa.Column("password_hash", Plain, nullable=False),
    sa.Column("password_version", Number, nullable=False),
    sa.Column("version", Number, nullable=False),
    sa.Column("created_ms", Number, nullable=False),
    sa.Column("updated_ms", Number, nullable=False),
    sa.Column("deleted_ms", Number, nullable=False),
    sa.Column("created_by", Plain, nullable=False),
)


def _links() -> None:
    op.create_table(
        "links",
        *_LINK_COLUMNS,
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_links_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )


def _link_indexes() -> None:
    op.create_index(op.f("ix_links_deleted_ms_starts_ms"), "links", ["deleted_ms", "starts_ms"], unique=False)
    op.create_index(op.f("ix_links_qr_design_id"), "links", ["qr_design_id"], unique=False)
    op.create_index(
        op.f("ix_links_workspace_id_deleted_ms_created_ms_id"),
        "links",
        ["workspace_id", "deleted_ms", "created_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_links_workspace_id_deleted_ms_title_id"),
        "links",
        ["workspace_id", "deleted_ms", "title", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_links_workspace_id_deleted_ms_updated_ms_id"),
        "links",
        ["workspace_id", "deleted_ms", "updated_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_links_workspace_id_domain_id_created_ms_id"),
        "links",
        ["workspace_id", "domain_id", "created_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_links_workspace_id_folder_id_created_ms_id"),
        "links",
        ["workspace_id", "folder_id", "created_ms", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_links_workspace_id_target_url"), "links", ["workspace_id", "target_url"], unique=False
    )
    op.create_index(
        op.f("ix_links_workspace_id_tenant_id_created_ms_id"),
        "links",
        ["workspace_id", "tenant_id", "created_ms", "id"],
        unique=False,
    )
    op.create_index(
        "uq_links_external_id",
        "links",
        ["workspace_id", "external_id"],
        unique=True,
        sqlite_where=sa.text("deleted_ms = 0"),
        postgresql_where=sa.text("deleted_ms = 0"),
    )


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", Plain, nullable=False),
        sa.Column("workspace_id", Plain, nullable=False),
        sa.Column("name", Plain, nullable=False),
        sa.Column("name_key", Plain, nullable=False),
        sa.Column("color", Plain, nullable=False),
        sa.Column("created_ms", Number, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tags_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
    )
    op.create_index("uq_tags_name_key", "tags", ["workspace_id", "name_key"], unique=True)


def _link_tags() -> None:
    op.create_table(
        "link_tags",
        sa.Column("link_id", Plain, nullable=False),
        sa.Column("tag_id", Plain, nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name=op.f("fk_link_tags_link_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_link_tags_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "tag_id", name=op.f("pk_link_tags")),
    )
    op.create_index(op.f("ix_link_tags_tag_id_link_id"), "link_tags", ["tag_id", "link_id"], unique=False)
