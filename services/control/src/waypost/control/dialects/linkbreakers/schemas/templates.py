"""QR code templates: looks with a name, kept for many links, published for other workspaces."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.designs import DesignOut
from waypost.control.dialects.linkbreakers.schemas.text import Text, Words, WordsIn
from waypost.control.dialects.linkbreakers.schemas.workspaces import PublicWorkspace


class TemplateIn(WordsIn, frozen=True, kw_only=True):
    """A new template, or a change of one."""

    qrcode_design_id: Text = UNSET


class ApplyTemplateIn(Struct, frozen=True, kw_only=True):
    """Which link shall look like which template."""

    link_id: str
    template_slug: Text = UNSET
    qrcode_template_id: Text = UNSET


class ImportIn(Struct, frozen=True, kw_only=True):
    """The slug of a published template."""

    slug: str


class ThumbnailsIn(Struct, frozen=True, kw_only=True):
    """Templates whose pictures are wanted."""

    template_ids: list[str] = []


class TemplateOut(Words, frozen=True, kw_only=True):
    """A template."""

    id: str
    workspace_id: str
    owned: bool
    usage_count: int
    qrcode_design_id: str
    qrcode_design: DesignOut | UnsetType = UNSET
    thumbnail_signed_url: str
    duplicated_from: str | None
    published_at: datetime | None
    thumbnail_pending_update_since: datetime | None = None
    created_at: datetime
    updated_at: datetime


class TemplateAnswer(Struct, frozen=True, kw_only=True):
    """One template."""

    qrcode_template: TemplateOut


class TemplatesAnswer(Struct, frozen=True, kw_only=True):
    """A page of templates."""

    qrcode_templates: list[TemplateOut]
    total_count: int
    has_more: bool
    next_page_token: str


class PublicTemplate(Words, frozen=True, kw_only=True):
    """A template as everybody may see it."""

    thumbnail_signed_url: str
    workspace: PublicWorkspace
    published_at: datetime | None


class PublicTemplates(Struct, frozen=True, kw_only=True):
    """A page of the gallery."""

    qrcode_templates: list[PublicTemplate]
    has_more: bool
    next_page_token: str


class Thumbnails(Struct, frozen=True, kw_only=True):
    """Fresh addresses by template id; unknown ones are not among them."""

    thumbnail_signed_urls: dict[str, str]
