"""Links: the table, and what is asked of it. Every statement names its workspace."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
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
from waypost.control.model.links import Link, LinkFilter, LinkSort
from waypost.control.model.page import Page
from waypost.control.store.cursor_text import decode_cursor, encode_cursor
from waypost.control.store.link_health import link_health
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tags import link_tags, tags
from waypost.control.store.totals import link_totals
from waypost.control.store.tx import Tx, read

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
    Index(None, "workspace_id", "domain_id", "created_ms", "id"),
    Index(None, "workspace_id", "folder_id", "created_ms", "id"),
    Index(None, "workspace_id", "tenant_id", "created_ms", "id"),
    Index(None, "workspace_id", "target_url"),
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

_SORTS: dict[LinkSort, tuple[ColumnElement[Any], type[int] | type[str]]] = {
    "created": (links.c.created_ms, int),
    "updated": (links.c.updated_ms, int),
    "title": (links.c.title, str),
    "scans": (func.coalesce(link_totals.c.human, 0), int),
    "last_scan": (func.coalesce(link_totals.c.last_ms, 0), int),
}


_SAVE = (
    update(links)
    .where(links.c.id == bindparam("saved_id"))
    .values({column.name: bindparam(column.name) for column in links.columns})
)


def _row(link: Link) -> dict[str, Any]:
    return {name: _plain(getattr(link, name)) for name in link.__struct_fields__}


def _plain(value: object) -> object:
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value


async def insert(tx: Tx, link: Link) -> None:
    """Store a link. Raises ExternalIdTaken."""
    stored = await tx.run(tx.insert(links).on_conflict_do_nothing(), _row(link))
    if not stored:
        raise ExternalIdTaken(link.external_id or link.id)


async def insert_many(tx: Tx, new: Sequence[Link]) -> None:
    """Store links whose ids and external ids are known to be free."""
    await tx.run_many(links.insert(), [_row(link) for link in new])


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
    statement = select(links).where(
        links.c.id.in_(link_ids), links.c.workspace_id == workspace_id, links.c.deleted_ms == 0
    )
    return [read(row, Link) for row in await tx.rows(statement)]


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


async def with_content(tx: Tx, workspace_id: str, part: str) -> list[Link]:
    """The living links whose page names something, such as a file by its id."""
    statement = select(links).where(
        links.c.workspace_id == workspace_id,
        links.c.deleted_ms == 0,
        type_coerce(links.c.content, Plain).contains(part, autoescape=True),
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


async def count_with_design(tx: Tx, workspace_id: str, design_id: str) -> int:
    """How many living links of a workspace use a QR design."""
    return await tx.number(
        select(func.count()).where(
            links.c.workspace_id == workspace_id, links.c.deleted_ms == 0, links.c.qr_design_id == design_id
        )
    )


async def find(tx: Tx, workspace_id: str, wanted: LinkFilter) -> Page[Link]:
    """A page of living links. Raises InvalidCursor for a cursor of another list."""
    column, kind = _SORTS[wanted.sort]
    conditions = _conditions(workspace_id, wanted)
    total = await tx.number(_from(select(func.count()), wanted).where(*conditions)) if wanted.count else None
    if wanted.page.after:
        value, last_id = decode_cursor(wanted.page.after, wanted.sort, kind)
        conditions = [*conditions, _behind(column, value, last_id, descending=wanted.descending)]
    order = (column.desc(), links.c.id.desc()) if wanted.descending else (column.asc(), links.c.id.asc())
    statement = _from(select(links, column.label("sort_value")), wanted).where(*conditions).order_by(*order)
    found = await tx.rows(statement.limit(wanted.page.limit + 1).offset(wanted.page.offset or None))
    shown = found[: wanted.page.limit]
    more = len(found) > wanted.page.limit
    next_cursor = encode_cursor(wanted.sort, shown[-1]["sort_value"], shown[-1]["id"]) if more else ""
    return Page(tuple(read(row, Link) for row in shown), next_cursor, total)


def _from(statement: Select[Any], wanted: LinkFilter) -> Select[Any]:
    if wanted.sort in ("scans", "last_scan"):
        return statement.select_from(links.outerjoin(link_totals, link_totals.c.link_id == links.c.id))
    return statement.select_from(links)


def _behind(column: ColumnElement[Any], value: int | str, last_id: str, *, descending: bool) -> Any:
    if descending:
        return or_(column < value, (column == value) & (links.c.id < last_id))
    return or_(column > value, (column == value) & (links.c.id > last_id))


def _conditions(workspace_id: str, wanted: LinkFilter) -> list[Any]:
    conditions: list[Any] = [links.c.workspace_id == workspace_id, links.c.deleted_ms == 0]
    for column, value in (
        (links.c.domain_id, wanted.domain_id),
        (links.c.archived, wanted.archived),
        (links.c.kind, wanted.kind),
        (links.c.tenant_id, wanted.tenant_id),
        (links.c.external_id, wanted.external_id),
        (links.c.folder_id, wanted.folder_id),
        (links.c.created_by, wanted.created_by),
        (links.c.target_url, wanted.target_url or None),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.without_template_type:
        conditions.append(links.c.template_type != wanted.without_template_type)
    if wanted.template_type:
        # The first half is what the partial index says of its rows.
        conditions += [links.c.template_type != "", links.c.template_type == wanted.template_type]
    if wanted.active is not None:
        conditions.append(links.c.state == "active" if wanted.active else links.c.state != "active")
    if wanted.healthy is not None:
        failing = select(link_health.c.link_id).where(link_health.c.failing_since_ms > 0)
        conditions.append(links.c.id.not_in(failing) if wanted.healthy else links.c.id.in_(failing))
    if wanted.created_from_ms:
        conditions.append(links.c.created_ms >= wanted.created_from_ms)
    if wanted.created_until_ms:
        conditions.append(links.c.created_ms < wanted.created_until_ms)
    if wanted.tag_ids or wanted.tags:
        keys = [name.casefold() for name in wanted.tags]
        tagged = (
            select(link_tags.c.link_id)
            .join(tags, tags.c.id == link_tags.c.tag_id)
            .where(tags.c.workspace_id == workspace_id)
            .where(or_(tags.c.id.in_(wanted.tag_ids), tags.c.name_key.in_(keys)))
        )
        conditions.append(links.c.id.in_(tagged))
    if wanted.target_part:
        part = f"%{_escape(wanted.target_part.lower())}%"
        conditions.append(func.lower(links.c.target_url).like(part, escape="\\"))
    if wanted.search:
        pattern = f"%{_escape(wanted.search.lower())}%"
        searched = (links.c.target_url, links.c.title, links.c.slug)
        conditions.append(or_(*(func.lower(column).like(pattern, escape="\\") for column in searched)))
    return conditions


def _escape(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def leave_folder(tx: Tx, workspace_id: str, folder_id: str, parent_id: str | None) -> None:
    """Put a folder's links into its parent."""
    statement = update(links).where(links.c.workspace_id == workspace_id, links.c.folder_id == folder_id)
    await tx.run(statement.values(folder_id=parent_id))


async def living_after(tx: Tx, after_id: str, limit: int) -> list[Link]:
    """Living links of all workspaces behind an id, for jobs that go over everything."""
    statement = select(links).where(links.c.deleted_ms == 0, links.c.id > after_id).order_by(links.c.id)
    return [read(row, Link) for row in await tx.rows(statement.limit(limit))]
