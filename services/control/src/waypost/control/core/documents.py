"""Documents of dialects: kept, found, changed, published, removed."""

import re
from typing import Any
from uuid import UUID

import msgspec

from waypost.control import limits
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.documents import Document, DocumentFilter
from waypost.control.model.faults import Invalid, QuotaReached
from waypost.control.model.page import Page
from waypost.control.store import documents
from waypost.control.store.tx import Tx

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?\Z")


async def create_document(
    tx: Tx,
    actor: Actor,
    kind: str,
    *,
    name: str,
    document: dict[str, Any],
    link_id: str = "",
    document_id: str = "",
) -> Document:
    """Keep a document. Raises Invalid, NameTaken for an id in use, QuotaReached."""
    if await documents.count(tx, actor.workspace_id, kind) >= limits.DOCUMENTS_PER_KIND_MAX:
        raise QuotaReached(f"{kind}s", limits.DOCUMENTS_PER_KIND_MAX)
    made = Document(
        id=_uuid(document_id) if document_id else tx.new_id(),
        workspace_id=actor.workspace_id,
        kind=kind,
        name=name,
        link_id=link_id,
        document=document,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    _check(made)
    await documents.insert(tx, made)
    await record_change(tx, actor, f"{kind}.create", made.id, None, made)
    return made


async def get_document(tx: Tx, actor: Actor, kind: str, document_id: str) -> Document:
    """One of the workspace's documents. Raises DocumentNotFound."""
    return await documents.get(tx, actor.workspace_id, kind, document_id)


async def published_document(tx: Tx, kind: str, slug: str) -> Document:
    """A published document, whoever made it. Raises DocumentNotFound."""
    return await documents.published(tx, kind, slug)


async def list_documents(tx: Tx, kind: str, wanted: DocumentFilter) -> Page[Document]:
    """A page of documents. Raises InvalidCursor."""
    return await documents.find(tx, kind, wanted)


async def change_document(tx: Tx, actor: Actor, before: Document, **changed: Any) -> Document:
    """Change the given members of a document. Raises Invalid, NameTaken for a slug in use."""
    after = msgspec.structs.replace(before, **changed, updated_ms=tx.now_ms)
    _check(after)
    await documents.save(tx, after)
    await record_change(tx, actor, f"{before.kind}.update", before.id, before, after)
    return after


async def delete_document(tx: Tx, actor: Actor, kind: str, document_id: str) -> Document:
    """Remove a document. Raises DocumentNotFound."""
    before = await documents.get(tx, actor.workspace_id, kind, document_id)
    await documents.remove(tx, document_id)
    await record_change(tx, actor, f"{kind}.delete", document_id, before, None)
    return before


def _check(document: Document) -> None:
    if len(document.name) > limits.NAME_CHARACTERS_MAX or not document.name.isprintable():
        raise Invalid("document.name", f"has at most {limits.NAME_CHARACTERS_MAX} printable characters")
    if document.slug and not _SLUG.match(document.slug):
        raise Invalid("document.slug", "has 1 to 100 letters a to z, digits and dashes")
    if len(msgspec.json.encode(document.document)) > limits.DOCUMENT_BYTES_MAX:
        raise Invalid("document", f"more than {limits.DOCUMENT_BYTES_MAX} bytes")


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise Invalid("id", "is not a UUID") from error
