"""Which templates a request asks for, of codes and of pages alike, and the change of what describes one."""

from collections.abc import Sequence

from waypost.control.core import documents
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import pager_of, query_of
from waypost.control.dialects.linkbreakers.mapping.templates import changed_words
from waypost.control.dialects.linkbreakers.query import Pager
from waypost.control.dialects.linkbreakers.schemas.templates import TemplateIn
from waypost.control.dialects.linkbreakers.schemas.themes import ThemeTemplateIn
from waypost.control.model.documents import Document, DocumentFilter
from waypost.control.model.faults import Invalid
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call


def of_workspace(call: Call, path: str, scopes: tuple[str, str]) -> tuple[Pager, DocumentFilter]:
    """Templates of the caller's workspace; with the second scope those that others published too."""
    query = query_of(call)
    scope, search = query.choice("scope", scopes, scopes[0]), query.text("search")
    pager = pager_of(call, path, scope, search)
    return pager, DocumentFilter(
        workspace_id=call.actor.workspace_id,
        with_published=scope == scopes[1],
        search=search,
        page=query.page(pager),
    )


def of_gallery(call: Call, path: str) -> tuple[Pager, DocumentFilter]:
    """Published templates: `search`, `workspace_id`."""
    query = query_of(call)
    search, workspace_id = query.text("search"), query.text("workspace_id")
    pager = pager_of(call, path, search, workspace_id)
    token = query.text("page_token") or query.text("cursor")
    page = PageRequest(
        limit=query.page_items(limits.GALLERY_DEFAULT), after=pager.open(token) if token else ""
    )
    return pager, DocumentFilter(workspace_id=workspace_id, published_only=True, search=search, page=page)


def of_ids(call: Call, template_ids: Sequence[str]) -> DocumentFilter:
    """One's own and published templates by their ids. Raises Invalid for too many."""
    if len(template_ids) > limits.BULK_LINKS_MAX:
        raise Invalid("template_ids", f"at most {limits.BULK_LINKS_MAX}")
    return DocumentFilter(
        workspace_id=call.actor.workspace_id,
        with_published=True,
        ids=tuple(template_ids),
        page=PageRequest(limit=limits.BULK_LINKS_MAX),
    )


async def change_words(
    tx: Tx, call: Call, kind: str, template_id: str, data: TemplateIn | ThemeTemplateIn
) -> Document:
    """Change the name, the slug and the words of a template. Raises DocumentNotFound, Invalid."""
    before = await documents.get_document(tx, call.actor, kind, template_id)
    given = {
        name: value or "" for name in ("name", "slug") if isinstance(value := getattr(data, name), str | None)
    }
    words = changed_words(data, before.document)
    return await documents.change_document(tx, call.actor, before, document=words, **given)
