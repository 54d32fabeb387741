"""Links: the table, and what is asked of it. Every statement names its workspace."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Table,
    bindparam,
    func,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from waypost.control.model.faults import ExternalIdTaken, LinkNotFound
from waypost.control.model.links import Link
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, insert_into, read, read_all

links = Table(
    "links",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("domain_id", Plain, nullable=False),
    Column("slug", Plain, nullable=False),
    Column("slug_key", Plain, nullable=False),
    Column("kind", Plain, nullable=False),
    Column("state", Plain, nullable=False),
    Column("blocked_reason", Plain, nullable=False),
    Column("target_url", Plain, nullable=False),
    Column("fallback_url", Plain, nullable=False),
    Column("title", Plain, nullable=False),
    Column("description", Plain, nullable=False),
    Column("comments", Plain, nullable=False),
    Column("archived", Flag, nullable=False),
    Column("dynamic", Flag, nullable=False),
    Column("template_type", Plain, nullable=False),
    Column("content", Json),
    Column("rules", Json, nullable=False),
    Column("starts_ms", Number, nullable=False),
    Column("expires_ms", Number, nullable=False),
    Column("expired_url", Plain, nullable=False),
    Column("scan_limit", Number, nullable=False),
    Column("status", Number, nullable=False),
    Column("query_policy", Plain, nullable=False),
    Column("path_policy", Plain, nullable=False),
    Column("utm", Json, nullable=False),
    Column("preview", Json, nullable=False),
    Column("cloak", Flag, nullable=False),
    Column("indexable", Flag, nullable=False),
    Column("interstitial_s", Number, nullable=False),
    Column("public_stats", Flag, nullable=False),
    Column("track_conversion", Flag, nullable=False),
    Column("click_id_param", Plain, nullable=False),
    Column("track_visitor", Flag, nullable=False),
    Column("sticky_s", Number, nullable=False),
    Column("lead_goal", Plain, nullable=False),
    Column("lead_target", Plain, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("external_id", Plain),
    Column("tenant_id", Plain),
    Column("folder_id", Plain),
    Column("qr_design_id", Plain),
    Column("qr_enabled", Flag, nullable=False),
    Column("webhook_ids", Json, nullable=False),
    Column("extras", Json, nullable=False),
    Column("password_hash", Plain, nullable=False),
    Column("password_version", Number, nullable=False),
    Column("version", Number, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Column("deleted_ms", Number, nullable=False),
    Column("created_by", Plain, nullable=False),
    # Each list order has its index; a leading workspace keeps tenants out of each other's pages.
    Index(None, "workspace_id", "deleted_ms", "created_ms", "id"),
    Index(None, "workspace_id", "deleted_ms", "updated_ms", "id"),
    Index(None, "workspace_id", "deleted_ms", "title", "id"),
    Index(None, "workspace_id", "deleted_ms", "slug_key", "id"),
    Index(None, "workspace_id", "domain_id", "created_ms", "id"),
    Index(None, "workspace_id", "folder_id", "created_ms", "id"),
    Index(None, "workspace_id", "tenant_id", "created_ms", "id"),
    Index(None, "workspace_id", "target_url", "created_ms", "id"),
    Index(
        "uq_links_external_id",
        "workspace_id",
        "external_id",
        unique=True,
        sqlite_where=text("deleted_ms = 0"),
        postgresql_where=text("deleted_ms = 0"),
    ),
    Index(None, "qr_design_id"),
    Index(
        "ix_links_template",
        "workspace_id",
        "template_type",
        "created_ms",
        "id",
        sqlite_where=text("template_type <> ''"),
        postgresql_where=text("template_type <> ''"),
    ),
    Index(None, "deleted_ms", "starts_ms"),
)

_SAVE = Prepared(
    update(links)
    .where(links.c.id == bindparam("saved_id"))
    .values({column.name: bindparam(column.name) for column in links.columns})
)

_LIVING = (links.c.workspace_id == bindparam("workspace_id"), links.c.deleted_ms == 0)
_MANY = Prepared(select(links).where(links.c.id.in_(bindparam("ids", expanding=True)), *_LIVING))
_INSERT_MANY = Prepared(links.insert())


@cache
def _insert(is_postgres: bool) -> Prepared:
    return Prepared(insert_into(links, is_postgres).on_conflict_do_nothing())


def _row(link: Link) -> dict[str, Any]:
    return msgspec.structs.asdict(link)


async def insert(tx: Tx, link: Link) -> None:
    """Store a link. Raises ExternalIdTaken."""
    stored = await tx.run(_insert(tx.is_postgres), _row(link))
    if not stored:
        raise ExternalIdTaken(link.external_id or link.id)


async def insert_many(tx: Tx, new: Sequence[Link]) -> None:
    """Store links whose ids and external ids are known to be free."""
    await tx.run_many(_INSERT_MANY, [_row(link) for link in new])


async def save(tx: Tx, link: Link) -> None:
    """Store all members of a link anew. Raises ExternalIdTaken."""
    try:
        await tx.run(_SAVE, {**_row(link), "saved_id": link.id})
    except IntegrityError as error:
        raise ExternalIdTaken(link.external_id or "") from error


async def get(tx: Tx, workspace_id: str, link_id: str) -> Link:
    """A living link of a workspace. Raises LinkNotFound."""
    found = await get_many(tx, workspace_id, [link_id])
    if not found:
        raise LinkNotFound(link_id)
    return found[0]


async def workspace_of(tx: Tx, link_id: str) -> str:
    """The workspace of a link, for callers who proved in another way that they may ask. Raises LinkNotFound."""
    row = await tx.row(select(links.c.workspace_id).where(links.c.id == link_id, links.c.deleted_ms == 0))
    if row is None:
        raise LinkNotFound(link_id)
    return str(row["workspace_id"])


async def get_many(tx: Tx, workspace_id: str, link_ids: Sequence[str]) -> list[Link]:
    """The living links among these ids, in no order."""
    return read_all(await tx.rows(_MANY, {"ids": link_ids, "workspace_id": workspace_id}), Link)


async def ever_among(tx: Tx, workspace_id: str, link_ids: Sequence[str]) -> list[Link]:
    """The links among these ids that are or were the workspace's, in no order: for questions about their scans,
    which stay when a link is deleted."""
    statement = select(links).where(links.c.id.in_(link_ids), links.c.workspace_id == workspace_id)
    return read_all(await tx.rows(statement), Link)


async def any_workspace(tx: Tx, link_ids: Sequence[str]) -> list[Link]:
    """Living links whoever owns them: for jobs of the installation, never for a caller."""
    statement = select(links).where(links.c.id.in_(link_ids), links.c.deleted_ms == 0)
    return [read(row, Link) for row in await tx.rows(statement)]


async def get_by_external_id(tx: Tx, workspace_id: str, external_id: str) -> Link:
    """The living link with an external id. Raises LinkNotFound."""
    statement = select(links).where(
        links.c.workspace_id == workspace_id, links.c.external_id == external_id, links.c.deleted_ms == 0
    )
    row = await tx.row(statement)
    if row is None:
        raise LinkNotFound(external_id)
    return read(row, Link)


async def of_domain(tx: Tx, workspace_id: str, domain_id: str, limit: int) -> list[Link]:
    """Some living links of a domain."""
    statement = select(links).where(
        links.c.workspace_id == workspace_id, links.c.domain_id == domain_id, links.c.deleted_ms == 0
    )
    return [read(row, Link) for row in await tx.rows(statement.limit(limit))]


async def count(tx: Tx, workspace_id: str, *, kind: str | None = None, dynamic_only: bool = False) -> int:
    """How many living links a workspace has."""
    statement = select(func.count()).where(links.c.workspace_id == workspace_id, links.c.deleted_ms == 0)
    if kind is not None:
        statement = statement.where(links.c.kind == kind)
    return await tx.number(statement.where(links.c.dynamic) if dynamic_only else statement)


async def makers(tx: Tx, workspace_id: str, limit: int) -> list[str]:
    """Who made the living links of a workspace."""
    statement = (
        select(links.c.created_by)
        .where(links.c.workspace_id == workspace_id, links.c.deleted_ms == 0)
        .distinct()
        .order_by(links.c.created_by)
        .limit(limit)
    )
    return [row["created_by"] for row in await tx.rows(statement)]


async def naming(tx: Tx, workspace_id: str, part: str) -> list[Link]:
    """The living links of which a page, a rule or the preview names something, such as a file."""
    statement = select(links).where(
        links.c.workspace_id == workspace_id,
        links.c.deleted_ms == 0,
        or_(
            *(
                type_coerce(column, Plain).contains(part, autoescape=True)
                for column in (links.c.content, links.c.rules, links.c.preview)
            )
        ),
    )
    return [read(row, Link) for row in await tx.rows(statement)]


async def count_by_page(tx: Tx, workspace_id: str) -> dict[str, int]:
    """How many living links show which kind of page; "" stands for those that lead straight on."""
    statement = (
        select(links.c.template_type, func.count().label("n"))
        .where(links.c.workspace_id == workspace_id, links.c.deleted_ms == 0)
        .group_by(links.c.template_type)
    )
    return {row["template_type"]: row["n"] for row in await tx.rows(statement)}


async def keeping(tx: Tx, workspace_id: str, part: str) -> list[Link]:
    """The living links beside which a dialect keeps something, such as the id of a file."""
    statement = select(links).where(
        links.c.workspace_id == workspace_id,
        links.c.deleted_ms == 0,
        type_coerce(links.c.extras, Plain).contains(part, autoescape=True),
    )
    return [read(row, Link) for row in await tx.rows(statement)]


async def extras_with(tx: Tx, workspace_id: str, part: str) -> list[dict[str, Any]]:
    """What dialects keep beside living links, where that names something: in one pass over the workspace's links."""
    statement = select(links.c.extras).where(
        links.c.workspace_id == workspace_id,
        links.c.deleted_ms == 0,
        type_coerce(links.c.extras, Plain).contains(part, autoescape=True),
    )
    return [row["extras"] for row in await tx.rows(statement)]


async def with_designs(tx: Tx, workspace_id: str, design_ids: Sequence[str]) -> list[Link]:
    """The living links of a workspace that use one of these QR designs."""
    statement = select(links).where(
        links.c.workspace_id == workspace_id,
        links.c.deleted_ms == 0,
        links.c.qr_design_id.in_(design_ids),
    )
    return [read(row, Link) for row in await tx.rows(statement)]


async def count_with_design(tx: Tx, workspace_id: str, design_id: str) -> int:
    """How many living links of a workspace use a QR design."""
    return await tx.number(
        select(func.count()).where(
            links.c.workspace_id == workspace_id, links.c.deleted_ms == 0, links.c.qr_design_id == design_id
        )
    )


async def leave_folder(tx: Tx, workspace_id: str, folder_id: str, parent_id: str | None) -> None:
    """Put a folder's links into its parent."""
    statement = update(links).where(links.c.workspace_id == workspace_id, links.c.folder_id == folder_id)
    await tx.run(statement.values(folder_id=parent_id))


async def living_after(tx: Tx, after_id: str, limit: int) -> list[Link]:
    """Living links of all workspaces behind an id, for jobs that go over everything."""
    statement = select(links).where(links.c.deleted_ms == 0, links.c.id > after_id).order_by(links.c.id)
    return [read(row, Link) for row in await tx.rows(statement.limit(limit))]
