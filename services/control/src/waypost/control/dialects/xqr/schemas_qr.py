"""QR codes in xQR's words. The vendor's second document spells some members otherwise; both are taken."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.xqr import limits

Hex = Annotated[
    str, Meta(pattern=r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", description="Hex colour, # optional.")
]
Level = Literal["L", "M", "Q", "H"]
ImageFormat = Literal["svg", "png"]
Size = Annotated[int, Meta(ge=1, le=limits.QR_SIZE_MAX, description="Pixels per module.")]
DotStyle = Literal[
    "square", "rounded", "dots", "classy", "classy-rounded", "extra-rounded", "hexagon", "octagon",
    "bubbly-dots", "circuit-chip",
]  # fmt: skip
CornerStyle = Literal[
    "square", "rounded", "dot", "dots", "extra-rounded", "classy", "classy-rounded", "hexagon", "octagon"
]
Content = Annotated[str, Meta(min_length=1, max_length=limits.QR_CONTENT_BYTES_MAX)]


class QrGenerate(Struct, frozen=True, kw_only=True):
    """Any text as a code."""

    content: Content
    size: Size = limits.QR_SIZE_DEFAULT
    format: ImageFormat = "svg"
    error_correction: Level = "M"
    foreground: Hex | None = None
    background: Hex | None = None


class TemplateRender(Struct, frozen=True, kw_only=True):
    """A text drawn with a template. `content`, `format` and `size` may also stand in the query."""

    content: Content | None = None
    size: Size | None = None
    format: ImageFormat | None = None


class DesignIn(Struct, frozen=True, kw_only=True):
    """How codes of a template look."""

    foreground: Hex | UnsetType | None = UNSET
    background: Hex | UnsetType | None = UNSET
    foreground_color: Hex | UnsetType | None = UNSET
    background_color: Hex | UnsetType | None = UNSET
    error_correction: Level | UnsetType | None = UNSET
    logo_url: Annotated[str, Meta(max_length=2048)] | UnsetType | None = UNSET
    logo_size: Annotated[float, Meta(ge=0.1, le=0.4)] | UnsetType | None = UNSET
    dot_style: DotStyle | UnsetType | None = UNSET
    corner_style: CornerStyle | UnsetType | None = UNSET
    quiet_zone: Annotated[int, Meta(ge=0, le=32)] | UnsetType | None = UNSET


class DesignOut(Struct, frozen=True, kw_only=True):
    """A template's design, whole."""

    foreground: str
    background: str
    error_correction: Level
    logo_url: str | None
    logo_size: float
    dot_style: str
    corner_style: str
    quiet_zone: int


class TemplateCreate(Struct, frozen=True, kw_only=True):
    """A named design."""

    name: Annotated[str, Meta(min_length=1, max_length=limits.TEMPLATE_NAME_CHARACTERS_MAX)]
    description: Annotated[str, Meta(max_length=limits.TEXT_CHARACTERS_MAX)] | None = None
    design: DesignIn | None = None


class TemplateUpdate(Struct, frozen=True, kw_only=True):
    """What to change; members of `design` that are left out stay."""

    name: Annotated[str, Meta(min_length=1, max_length=limits.TEMPLATE_NAME_CHARACTERS_MAX)] | UnsetType = (
        UNSET
    )
    description: Annotated[str, Meta(max_length=limits.TEXT_CHARACTERS_MAX)] | UnsetType | None = UNSET
    design: DesignIn | UnsetType | None = UNSET


class TemplateOut(Struct, frozen=True, kw_only=True):
    """A template."""

    id: str
    name: str
    description: str | None
    design: DesignOut
    created_at: datetime
    updated_at: datetime
