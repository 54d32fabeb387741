"""Page themes: how pages look, and templates of that."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.text import Flag, Text, Words, WordsIn
from waypost.control.dialects.linkbreakers.schemas.workspaces import PublicWorkspace

Part = dict[str, Any] | UnsetType | None
"""An object in either spelling, read in the mapping."""


class ThemeColor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One colour, or several that fade into each other."""

    type: str = "THEME_COLOR_TYPE_SOLID"
    colors: list[str]
    direction: str | UnsetType = UNSET
    stops: list[str] | UnsetType = UNSET


class Font(Struct, frozen=True, kw_only=True):
    """How text is set."""

    family: str = "PAGE_THEME_FONT_FAMILY_DEFAULT"
    family_stack: str = ""
    font_size: int = 16
    bold: bool = False
    italic: bool = False
    color: ThemeColor | UnsetType = UNSET


class Container(Struct, frozen=True, kw_only=True):
    """The card that holds what a page says."""

    variant: str = "PAGE_THEME_CONTAINER_VARIANT_ROUNDED"
    background_color: ThemeColor | UnsetType = UNSET
    border_color: ThemeColor | UnsetType = UNSET
    border_style: str = "PAGE_THEME_BORDER_STYLE_SOLID"
    border_size: int = 0
    opacity: int = 100


class Styling(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole look. Pictures are files of the media library."""

    canvas_color: ThemeColor = ThemeColor(colors=["#f7f8fb"])
    canvas_cover_id: str = ""
    canvas_cover_mode: str = "PAGE_THEME_BACKGROUND_COVER_MODE_FULL"
    element_color: ThemeColor = ThemeColor(colors=["#4353e0"])
    title_font: Font = Font(font_size=26, bold=True)
    body_font: Font = Font()
    element_font: Font = Font(bold=True)
    container_enabled: bool = True
    container_config: Container = Container(background_color=ThemeColor(colors=["#ffffff"]))
    badge_enabled: bool = False
    badge_id: str = ""
    badge_shape: str = "PAGE_THEME_BADGE_SHAPE_CIRCLE"
    badge_icon_color: ThemeColor = ThemeColor(colors=["#4353e0"])
    footer_logo_enabled: bool = False
    footer_logo_id: str = ""


class StylingIn(Struct, frozen=True, kw_only=True):
    """A change of a look. `canvas_cover`, `badge` and `footer_logo` choose a file (`id`) or take it away (`delete`)."""

    canvas_color: Part = UNSET
    canvas_cover: Part = UNSET
    canvas_cover_mode: Text = UNSET
    element_color: Part = UNSET
    title_font: Part = UNSET
    body_font: Part = UNSET
    element_font: Part = UNSET
    container_enabled: Flag = UNSET
    container_config: Part = UNSET
    badge: Part = UNSET
    badge_enabled: Flag = UNSET
    badge_shape: Text = UNSET
    badge_icon_color: Part = UNSET
    footer_logo: Part = UNSET
    footer_logo_enabled: Flag = UNSET


class ThemeOut(Struct, frozen=True, kw_only=True):
    """A page theme."""

    id: str
    workspace_id: str
    canvas_color: ThemeColor
    canvas_cover_id: str
    canvas_cover_mode: str
    element_color: ThemeColor
    title_font: Font
    body_font: Font
    element_font: Font
    container_enabled: bool
    container_config: Container
    badge_enabled: bool
    badge_id: str
    badge_shape: str
    badge_icon_color: ThemeColor
    footer_logo_enabled: bool
    footer_logo_id: str
    created_at: datetime
    updated_at: datetime


class ThemeAnswer(Struct, frozen=True, kw_only=True):
    """One theme."""

    page_theme: ThemeOut


class ThemesAnswer(Struct, frozen=True, kw_only=True):
    """A page of themes."""

    page_themes: list[ThemeOut]
    next_page_token: str
    total_count: int


class ThemeTemplateIn(WordsIn, frozen=True, kw_only=True):
    """A new template, or a change of one: `styling` before the theme that `source_page_theme_id` names."""

    source_page_theme_id: Text = UNSET
    styling: Part = UNSET


class ApplyThemeIn(Struct, frozen=True, kw_only=True):
    """Which link's pages shall look like which template."""

    link_id: str
    page_theme_template_id: Text = UNSET
    slug: Text = UNSET


class TemplateImages(Struct, frozen=True, kw_only=True):
    """Fresh addresses of the pictures of one template."""

    thumbnail_signed_url: str = ""
    cover_signed_url: str
    badge_signed_url: str
    footer_logo_signed_url: str


class PicturedWords(Words, frozen=True, kw_only=True):
    """What describes a template, with the addresses of its pictures."""

    thumbnail_signed_url: str = ""
    cover_signed_url: str
    badge_signed_url: str
    footer_logo_signed_url: str


class ThemeTemplateOut(PicturedWords, frozen=True, kw_only=True):
    """A template."""

    id: str
    workspace_id: str
    owned: bool
    usage_count: int
    page_theme_id: str
    page_theme: ThemeOut | UnsetType = UNSET
    duplicated_from: str | None
    published_at: datetime | None
    thumbnail_pending_update_since: datetime | None = None
    created_at: datetime
    updated_at: datetime


class ThemeTemplateAnswer(Struct, frozen=True, kw_only=True):
    """One template."""

    page_theme_template: ThemeTemplateOut


class ThemeTemplatesAnswer(Struct, frozen=True, kw_only=True):
    """A page of templates."""

    page_theme_templates: list[ThemeTemplateOut]
    total_count: int
    has_more: bool
    next_page_token: str


class MatchAnswer(Struct, frozen=True, kw_only=True):
    """The template whose look a link has."""

    matched: bool
    page_theme_template: ThemeTemplateOut | UnsetType = UNSET


class PublicThemeTemplate(PicturedWords, frozen=True, kw_only=True):
    """A template as everybody may see it."""

    page_theme: ThemeOut
    workspace: PublicWorkspace | UnsetType = UNSET
    published_at: datetime | None


class PublicThemeTemplates(Struct, frozen=True, kw_only=True):
    """A page of the gallery."""

    page_theme_templates: list[PublicThemeTemplate]
    has_more: bool
    next_page_token: str


class TemplateImagesAnswer(Struct, frozen=True, kw_only=True):
    """Fresh addresses by template id; unknown ones are not among them."""

    images: dict[str, TemplateImages]
