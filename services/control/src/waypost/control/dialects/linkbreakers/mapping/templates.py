"""QR code templates in the vendor's words. What describes one is kept in a document, its look in a design."""

from typing import Any

from msgspec import UNSET

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.mapping.workspaces import to_public
from waypost.control.dialects.linkbreakers.schemas.designs import DesignOut
from waypost.control.dialects.linkbreakers.schemas.templates import PublicTemplate, TemplateOut
from waypost.control.dialects.linkbreakers.schemas.text import WordsIn
from waypost.control.model.documents import Document
from waypost.control.model.faults import Invalid
from waypost.control.model.workspaces import Workspace

KIND = "qr_template"
WORDS = {"description": 500, "faq": 10_000, "learn_more": 20_000, "tags": 500}
"""What describes a template, and how long it may be."""


def changed_words(body: WordsIn, before: dict[str, Any]) -> dict[str, Any]:
    """A template's document with the words of a request. Raises Invalid."""
    document = dict(before)
    for name, most in WORDS.items():
        value = getattr(body, name)
        if value is UNSET:
            continue
        if len(value or "") > most:
            raise Invalid(name, f"longer than {most} characters")
        document[name] = value or ""
    return document


def words_of(template: Document) -> dict[str, Any]:
    """What describes a template."""
    kept = {name: template.document.get(name, "") for name in WORDS}
    return {"name": template.name, "slug": template.slug, **kept}


def require_publishable(template: Document) -> None:
    """Raise Invalid for a template that nobody could find or understand in the gallery."""
    for name, value in (
        ("slug", template.slug),
        ("name", template.name),
        ("description", template.document.get("description")),
    ):
        if not value:
            raise Invalid(f"document.{name}", "is needed to publish")


def to_template(
    template: Document, workspace_id: str, thumbnail: str, usage: int, design: DesignOut | None = None
) -> TemplateOut:
    """A template as one of the caller's workspace sees it."""
    words = template.document
    return TemplateOut(
        id=template.id,
        workspace_id=template.workspace_id,
        **words_of(template),
        owned=template.workspace_id == workspace_id,
        usage_count=usage,
        qrcode_design_id=words["design_id"],
        qrcode_design=UNSET if design is None else design,
        thumbnail_signed_url=thumbnail,
        duplicated_from=words.get("duplicated_from"),
        published_at=at(template.published_ms) if template.published_ms else None,
        created_at=at(template.created_ms),
        updated_at=at(template.updated_ms),
    )


def to_public_template(template: Document, workspace: Workspace, thumbnail: str) -> PublicTemplate:
    """A template as everybody may see it."""
    return PublicTemplate(
        **words_of(template),
        thumbnail_signed_url=thumbnail,
        workspace=to_public(workspace),
        published_at=at(template.published_ms),
    )
