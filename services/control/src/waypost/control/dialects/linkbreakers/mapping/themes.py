"""Page themes in the vendor's words, and the look that pages get from them. Pure."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT, at
from waypost.control.dialects.linkbreakers.mapping.templates import words_of
from waypost.control.dialects.linkbreakers.mapping.workspaces import to_public
from waypost.control.dialects.linkbreakers.schemas.themes import (
    Font,
    PublicThemeTemplate,
    Styling,
    StylingIn,
    TemplateImages,
    ThemeColor,
    ThemeOut,
    ThemeTemplateOut,
)
from waypost.control.dialects.linkbreakers.spelling import members, read
from waypost.control.model.documents import Document
from waypost.control.model.faults import Invalid
from waypost.control.model.links import Json, Link, UpdateLink
from waypost.control.model.workspaces import Workspace
from waypost.qr.color import Color
from waypost.rules import Page
from waypost.wire.content.fields import FORMATS, is_font_stack

THEME = "page_theme"
TEMPLATE = "page_theme_template"
PICTURES = {"canvas_cover": "canvas_cover_id", "badge": "badge_id", "footer_logo": "footer_logo_id"}
"""What chooses a file, and where its id is kept."""

_COLOURS = ("canvas_color", "element_color", "badge_icon_color")
_FONTS = ("title_font", "body_font", "element_font")
_ENUMS = {
    "canvas_cover_mode": (
        "PAGE_THEME_BACKGROUND_COVER_MODE_",
        {"FULL": "full", "PROGRESSIVE_TOP": "top", "PROGRESSIVE_BOTTOM": "bottom"},
    ),
    "badge_shape": (
        "PAGE_THEME_BADGE_SHAPE_",
        {"CIRCLE": "circle", "SQUARE": "square", "ROUNDED": "rounded"},
    ),
    "variant": ("PAGE_THEME_CONTAINER_VARIANT_", {"ROUNDED": "", "SQUARE": ""}),
    "border_style": (
        "PAGE_THEME_BORDER_STYLE_",
        dict.fromkeys(("SOLID", "DASHED", "DOTTED", "DOUBLE", "GROOVE", "RIDGE"), ""),
    ),
    "family": (
        "PAGE_THEME_FONT_FAMILY_",
        {
            "DEFAULT": "system",
            "ARIAL": "arial",
            "HELVETICA": "helvetica",
            "VERDANA": "verdana",
            "GEORGIA": "georgia",
            "TIMES_NEW_ROMAN": "times",
            "COURIER_NEW": "courier",
        },
    ),
    "type": ("THEME_COLOR_TYPE_", dict.fromkeys(("SOLID", "LINEAR", "RADIAL"), "")),
}
"""Each enumeration: how its words begin, and what a look calls them."""

_PLAIN = Styling()
_NUMBERS = {"font_size": (6, 96), "border_size": (0, 40), "opacity": (0, 100)}
_ELEMENT = TypeVar("_ELEMENT", bound=Struct)


def styling_of(theme: Document | None) -> Styling:
    """The look that a theme holds; the plain one where nobody chose another."""
    return Styling() if theme is None else msgspec.convert(theme.document["styling"], Styling)


def to_document(styling: Styling) -> Json:
    """How a look is kept."""
    return {"styling": msgspec.to_builtins(styling)}


def changed(before: Styling, body: StylingIn) -> Styling:
    """A look with the members of a change. Raises Invalid naming the member."""
    values: dict[str, Any] = {}
    for name in StylingIn.__struct_fields__:
        given = getattr(body, name)
        if given is UNSET or given is None:
            continue
        if name in _COLOURS:
            values[name] = _colour(name, given)
        elif name in _FONTS:
            values[name] = _part(name, given, getattr(before, name))
        elif name == "container_config":
            values[name] = _part(name, given, before.container_config)
        elif name in PICTURES:
            values[PICTURES[name]] = _picture(name, given)
        elif name in _ENUMS:
            values[name] = _word(name, name, given, getattr(before, name))
        else:
            values[name] = given
    return msgspec.structs.replace(before, **values)


def look_of(styling: Styling, pictures: Mapping[str, str]) -> Json:
    """The look of pages: `pictures` has the public address of each file by its id."""
    canvas, container = _hex(styling.canvas_color), styling.container_config
    ground = _hex(container.background_color) if container.background_color is not UNSET else []
    look: Json = {
        "background": canvas[0],
        "background_to": canvas[-1] if len(canvas) > 1 else "",
        "accent": _hex(styling.element_color)[0],
        "surface": _through(ground[0], canvas[0], container.opacity)
        if ground and styling.container_enabled
        else "",
        "square": container.variant.endswith("SQUARE"),
        "title_font": _native("family", styling.title_font.family),
        "body_font": _native("family", styling.body_font.family),
        "button_font": _native("family", styling.element_font.family),
        "icon_color": _chosen(styling.badge_icon_color, _PLAIN.badge_icon_color),
        "cover": pictures.get(styling.canvas_cover_id, ""),
        "cover_place": _native("canvas_cover_mode", styling.canvas_cover_mode),
        "badge": pictures.get(styling.badge_id, "") if styling.badge_enabled else "",
        "badge_shape": _native("badge_shape", styling.badge_shape),
        "footer_logo": pictures.get(styling.footer_logo_id, "") if styling.footer_logo_enabled else "",
    }
    for name, font, plain in (
        ("title", styling.title_font, _PLAIN.title_font),
        ("body", styling.body_font, _PLAIN.body_font),
        ("button", styling.element_font, _PLAIN.element_font),
    ):
        look[f"{name}_size_px"] = font.font_size if font.font_size != plain.font_size else 0
        look[f"{name}_style"] = _style(font) if _style(font) != _style(plain) else ""
        look[f"{name}_stack"] = font.family_stack
        look[f"{name}_color"] = "" if font.color is UNSET else _hex(font.color)[0]
    if styling.container_enabled and container.border_size:
        look["border_px"] = container.border_size
        look["border_style"] = container.border_style.removeprefix("PAGE_THEME_BORDER_STYLE_").lower()
        look["border_color"] = "" if container.border_color is UNSET else _hex(container.border_color)[0]
    usual = {
        "title_font": "system",
        "body_font": "system",
        "button_font": "system",
        "cover_place": "full",
        "badge_shape": "circle",
        "border_style": "solid",
    }
    return {name: value for name, value in look.items() if value and usual.get(name) != value}


def dressed(link: Link, command: UpdateLink, look: Json) -> UpdateLink:
    """A change of a link after which all its pages have a look."""
    content = link.content if command.content is UNSET else command.content
    rules = link.rules if command.rules is UNSET else command.rules
    kind = link.template_type if command.template_type is UNSET else command.template_type
    changes: dict[str, Any] = {}
    if content is not None:
        changes |= {"template_type": kind, "content": {**content, "look": look}}
    if any(isinstance(rule.then, Page) for rule in rules):
        changes["rules"] = tuple(
            msgspec.structs.replace(
                rule,
                then=Page(template_type=rule.then.template_type, content={**rule.then.content, "look": look}),
            )
            if isinstance(rule.then, Page)
            else rule
            for rule in rules
        )
    return msgspec.structs.replace(command, **changes)


def theme_id_of(link: Link) -> str:
    """The theme of a link: one that it shares, else its own, which has the link's id."""
    return str(link.extras.get(DIALECT, {}).get("page_theme_id") or link.id)


def files_of_styling(styling: Styling) -> dict[str, str]:
    """The files that a look names, by what they are for."""
    return {name: media_id for name, kept in PICTURES.items() if (media_id := getattr(styling, kept))}


def to_theme(
    theme_id: str, workspace_id: str, styling: Styling, created_ms: int, updated_ms: int
) -> ThemeOut:
    """A theme as the vendor answers it."""
    return ThemeOut(
        id=theme_id,
        workspace_id=workspace_id,
        created_at=at(created_ms),
        updated_at=at(updated_ms),
        **{name: getattr(styling, name) for name in styling.__struct_fields__},
    )


def to_template(
    template: Document, workspace_id: str, images: TemplateImages, usage: int, theme: ThemeOut | None = None
) -> ThemeTemplateOut:
    """A template as one of the caller's workspace sees it."""
    words = template.document
    return ThemeTemplateOut(
        id=template.id,
        workspace_id=template.workspace_id,
        **words_of(template),
        owned=template.workspace_id == workspace_id,
        usage_count=usage,
        page_theme_id=words["theme_id"],
        page_theme=UNSET if theme is None else theme,
        **{name: getattr(images, name) for name in images.__struct_fields__},
        duplicated_from=words.get("duplicated_from"),
        published_at=at(template.published_ms) if template.published_ms else None,
        created_at=at(template.created_ms),
        updated_at=at(template.updated_ms),
    )


def to_public_template(
    template: Document, theme: ThemeOut, images: TemplateImages, workspace: Workspace | None
) -> PublicThemeTemplate:
    """A template as everybody may see it."""
    return PublicThemeTemplate(
        **words_of(template),
        page_theme=theme,
        **{name: getattr(images, name) for name in images.__struct_fields__},
        workspace=UNSET if workspace is None else to_public(workspace),
        published_at=at(template.published_ms),
    )


def _part(field: str, given: Mapping[str, Any], before: _ELEMENT) -> _ELEMENT:
    """A font or a container with the members of a change."""
    raw = {name: value for name, value in members(given).items() if value is not None}
    for name in [name for name in raw if name.endswith("color")]:
        raw[name] = msgspec.to_builtins(_colour(f"{field}.{name}", raw[name]))
    for name in [name for name in raw if name in _ENUMS]:
        raw[name] = _word(f"{field}.{name}", name, raw[name], "")
        if not raw[name]:
            del raw[name]
    if "family" in raw and "family_stack" not in raw:
        raw["family_stack"] = ""  # it would take precedence over the family that was just chosen
    if raw.get("family_stack") and not is_font_stack(str(raw["family_stack"])):
        raise Invalid(f"{field}.family_stack", FORMATS["font_stack"][1])
    try:
        made = read({**msgspec.to_builtins(before), **raw}, type(before))
    except Invalid as fault:
        raise Invalid(f"{field}.{fault.field}".removesuffix("."), fault.why) from fault
    for name, (low, high) in _NUMBERS.items():
        number = getattr(made, name, low)
        if not low <= number <= high:
            raise Invalid(f"{field}.{name}", f"must lie between {low} and {high}")
    return made


def _colour(field: str, given: object) -> ThemeColor:
    if not isinstance(given, dict):
        raise Invalid(field, "must be an object")
    raw = {name: value for name, value in members(given).items() if value is not None}
    raw["type"] = _word(f"{field}.type", "type", raw.get("type", ""), "") or "THEME_COLOR_TYPE_SOLID"
    try:
        made = read(raw, ThemeColor)
    except Invalid as fault:
        raise Invalid(f"{field}.{fault.field}".removesuffix("."), fault.why) from fault
    if not 1 <= len(made.colors) <= limits.GRADIENT_STOPS_MAX:
        raise Invalid(f"{field}.colors", f"has 1 to {limits.GRADIENT_STOPS_MAX} colors")
    for index, text in enumerate(made.colors):
        try:
            Color.parse(text)
        except ValueError as error:
            raise Invalid(f"{field}.colors[{index}]", "is not a color") from error
    return made


def _picture(field: str, given: object) -> str:
    if not isinstance(given, dict):
        raise Invalid(field, "must be an object with an id, or with delete")
    if given.get("delete") is not None:
        return ""
    if not isinstance(given.get("id"), str) or not given["id"]:
        raise Invalid(f"{field}.id", "is required")
    return str(given["id"])


def _word(field: str, name: str, given: object, otherwise: str) -> str:
    prefix, words = _ENUMS[name]
    text = str(given)
    if not text or text == f"{prefix}UNSPECIFIED":
        return otherwise
    if text.removeprefix(prefix) not in words:
        raise Invalid(field, f"is none of {', '.join(prefix + word for word in words)}")
    return prefix + text.removeprefix(prefix)


def _native(name: str, text: str) -> str:
    prefix, words = _ENUMS[name]
    return words.get(text.removeprefix(prefix), "")


def _style(font: Font) -> str:
    words = [word for word, is_set in (("bold", font.bold), ("italic", font.italic)) if is_set]
    return "-".join(words) or "plain"


def _chosen(colour: ThemeColor, plain: ThemeColor) -> str:
    """The first colour, where it is not the one that a theme starts with."""
    return "" if colour == plain else _hex(colour)[0]


def _through(colour: str, behind: str, opacity: int) -> str:
    """A colour as it looks with so many per cent of opacity over another."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    ground = tuple(int(behind[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(
        f"{round(below + (above - below) * opacity / 100):02x}"
        for above, below in zip((red, green, blue), ground, strict=True)
    )


def _hex(colour: ThemeColor) -> list[str]:
    """Opaque six-digit colours; what shines through is white."""
    return [str(Color.of(Color.parse(text).over((255, 255, 255)))) for text in colour.colors]
