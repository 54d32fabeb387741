"""Documents: what clients of a dialect keep here that the core does not act on, such as boards and templates."""

from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from waypost.control.model.faults import NotFound
from waypost.control.model.page import PageRequest


class DocumentNotFound(NotFound):
    """No such document of this kind in reach."""

    code: ClassVar[str] = "document_not_found"
    kind: ClassVar[str] = "document"


class Document(Struct, frozen=True, kw_only=True):
    """One stored document. A slug is unique among all documents of a kind; "" is none."""

    id: str
    workspace_id: str
    kind: str
    name: str = ""
    slug: str = ""
    link_id: str = ""
    """The link that it belongs to and goes with; "" for none."""
    published_ms: int = 0
    """Since when every workspace may read it; 0 is never."""
    document: dict[str, Any] = msgspec.field(default_factory=dict)
    created_ms: int
    updated_ms: int


class DocumentFilter(Struct, frozen=True, kw_only=True):
    """Which documents of a kind a list holds. Unset members do not narrow it."""

    workspace_id: str = ""
    with_published: bool = False
    """Whether those of other workspaces that are published belong to it too."""
    published_only: bool = False
    search: str = ""
    link_id: str | None = None
    of_links: bool = False
    """Whether only those that belong to some link are wanted."""
    ids: tuple[str, ...] | None = None
    page: PageRequest = PageRequest()
