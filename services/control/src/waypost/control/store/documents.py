"""Documents of dialects."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, delete, func, or_, select, text, type_coerce

from waypost.control.model.documents import Document, DocumentFilter, DocumentNotFound
from waypost.control.model.faults import NameTaken
from waypost.control.model.page import Page
from waypost.control.store.cursor_text import behind, decode_cursor, encode_cursor
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

documents = Table(
    "documents",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("kind", Plain, nullable=False),
    Column("name", Plain, nullable=False),
    Column("slug", Plain, nullable=False),
    Column("link_id", Plain, nullable=False),
    Column("published_ms", Number, nullable=False),
    Column("document", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Index(None, "workspace_id", "kind", "created_ms", "id"),
    Index(None, "kind", "published_ms"),
    Index(None, "link_id"),
    Index(
        "uq_documents_slug",
        "kind",
        "slug",
        unique=True,
        sqlite_where=text("slug <> ''"),
        postgresql_where=text("slug <> ''"),
    ),
)
_rows = Rows(documents, Document, DocumentNotFound)
_ORDER = "documents"


async def insert(tx: Tx, document: Document) -> None:
    """Store a document. Raises NameTaken for an id or a slug that is in use."""
    await _rows.insert(
        tx, document, NameTaken(document.slug or document.id, "slug" if document.slug else "id")
    )


async def save(tx: Tx, document: Document) -> None:
    """Store all members anew. Raises NameTaken for a slug that is in use."""
    if document.slug:
        same = (documents.c.kind == document.kind) & (documents.c.slug == document.slug)
        if await tx.row(select(documents.c.id).where(same, documents.c.id != document.id)) is not None:
            raise NameTaken(document.slug, "slug")
    await _rows.save(tx, document)


async def get(tx: Tx, workspace_id: str, kind: str, document_id: str) -> Document:
    """A document of a workspace. Raises DocumentNotFound."""
    found = await _rows.get(tx, workspace_id, document_id)
    if found.kind != kind:
        raise DocumentNotFound(document_id)
    return found


async def published(tx: Tx, kind: str, slug: str) -> Document:
    """The published document of a slug, whoever made it. Raises DocumentNotFound."""
    columns = documents.c
    row = await tx.row(
        select(documents).where(columns.kind == kind, columns.slug == slug, columns.published_ms > 0)
    )
    if row is None:
        raise DocumentNotFound(slug)
    return read(row, Document)


async def naming(tx: Tx, workspace_id: str, kind: str, part: str) -> list[Document]:
    """The documents of a kind that name something, such as the id of a file."""
    columns = documents.c
    statement = select(documents).where(
        columns.workspace_id == workspace_id,
        columns.kind == kind,
        type_coerce(columns.document, Plain).contains(part, autoescape=True),
    )
    return [read(row, Document) for row in await tx.rows(statement)]


async def remove(tx: Tx, document_id: str) -> None:
    """Delete a document."""
    await _rows.remove(tx, document_id)


async def remove_of_link(tx: Tx, link_id: str) -> None:
    """Delete what belongs to a link."""
    await tx.run(delete(documents).where(documents.c.link_id == link_id))


async def count(tx: Tx, workspace_id: str, kind: str) -> int:
    """How many documents of a kind a workspace has."""
    where = (documents.c.workspace_id == workspace_id) & (documents.c.kind == kind)
    return await tx.number(select(func.count()).select_from(documents).where(where))


async def find(tx: Tx, kind: str, wanted: DocumentFilter) -> Page[Document]:
    """A page, newest first, with how many there are. Raises InvalidCursor."""
    columns = documents.c
    conditions: list[Any] = [columns.kind == kind]
    if wanted.workspace_id:
        mine = columns.workspace_id == wanted.workspace_id
        conditions.append(or_(mine, columns.published_ms > 0) if wanted.with_published else mine)
    if wanted.published_only:
        conditions.append(columns.published_ms > 0)
    if wanted.search:
        conditions.append(func.lower(columns.name).contains(wanted.search.lower(), autoescape=True))
    if wanted.link_id is not None:
        conditions.append(columns.link_id == wanted.link_id)
    if wanted.of_links:
        conditions.append(columns.link_id != "")
    if wanted.ids is not None:
        conditions.append(columns.id.in_(wanted.ids))
    total = await tx.number(select(func.count()).select_from(documents).where(*conditions))
    if wanted.page.after:
        at_ms, last_id = decode_cursor(wanted.page.after, _ORDER, int)
        conditions += behind(columns.created_ms, at_ms, columns.id, last_id, descending=True)
    statement = select(documents).where(*conditions).order_by(columns.created_ms.desc(), columns.id.desc())
    found = [read(row, Document) for row in await tx.rows(statement.limit(wanted.page.limit + 1))]
    shown = tuple(found[: wanted.page.limit])
    more = len(found) > wanted.page.limit
    return Page(shown, encode_cursor(_ORDER, shown[-1].created_ms, shown[-1].id) if more else "", total)
