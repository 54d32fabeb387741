"""QR designs and templates between xQR's words and the native design document. Pure."""

from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control.dialects.xqr.mapping_values import always_time
from waypost.control.dialects.xqr.schemas_qr import (
    DesignIn,
    DesignOut,
    Level,
    TemplateCreate,
    TemplateOut,
    TemplateUpdate,
)
from waypost.control.model.qr import CreateQrDesign, QrDesign, UpdateQrDesign
from waypost.qr.design import parse

_EXTRAS = "xqr"
_EYES = {"dots": "dot"}
"""Nine separate dots are read by no decoder; their centre is drawn as one."""
_LOGO_WIDTH_DEFAULT = 0.2


def overlay(foreground: str | None, background: str | None, level: Level | None) -> dict[str, Any]:
    """What a request says of a design, to lay over a stored one; a colour replaces a gradient."""
    document: dict[str, Any] = {}
    if foreground is not None:
        document["dots"] = {"color": foreground, "gradient": None}
    if background is not None:
        document["background"] = {"color": background, "gradient": None}
    if level is not None:
        document["error_correction"] = level
    return document


def design_overlay(design: DesignIn) -> dict[str, Any]:
    """What a template's design says, as a document to lay over the native one."""
    foreground = design.foreground or design.foreground_color or None
    background = design.background or design.background_color or None
    document = overlay(foreground, background, design.error_correction or None)
    if design.dot_style:
        document.setdefault("dots", {})["type"] = design.dot_style
    if design.corner_style:
        document["corner_square"] = {"type": design.corner_style}
        document["corner_dot"] = {"type": _EYES.get(design.corner_style, design.corner_style)}
    if design.logo_size:
        document["logo"] = {"width_share": design.logo_size}
    if design.quiet_zone is not UNSET and design.quiet_zone is not None:
        document["margin"] = design.quiet_zone
    return document


def to_create(body: TemplateCreate, logo: bytes) -> CreateQrDesign:
    """The command of a new template; `logo` is what its `logo_url` gave."""
    design = body.design or DesignIn()
    document = join({"error_correction": "M"}, design_overlay(design))
    if logo and "logo" not in document:
        document["logo"] = {"width_share": _LOGO_WIDTH_DEFAULT}
    return CreateQrDesign(
        name=body.name,
        description=body.description or "",
        is_template=True,
        design=document,
        format="svg",
        logo=logo,
        extras={_EXTRAS: {"logo_url": design.logo_url}} if design.logo_url else {},
    )


def to_update(body: TemplateUpdate, current: QrDesign, logo: bytes | None) -> UpdateQrDesign:
    """The command of a change; `logo` is None when it stays. What xQR cannot say of a design stays too."""
    command = UpdateQrDesign(
        name=body.name, description=UNSET if body.description is UNSET else body.description or ""
    )
    if body.design is UNSET or body.design is None:
        return command
    command = msgspec.structs.replace(command, design=join(current.design, design_overlay(body.design)))
    if logo is None:
        return command
    url = body.design.logo_url or None
    return msgspec.structs.replace(command, logo=logo, extras={**current.extras, _EXTRAS: {"logo_url": url}})


def to_template(stored: QrDesign) -> TemplateOut:
    """A template as xQR shows it."""
    design = parse(stored.design)
    return TemplateOut(
        id=stored.id,
        name=stored.name,
        description=stored.description or None,
        design=DesignOut(
            foreground=str(design.dots.color or "#000000"),
            background=str(design.background.color or "#ffffff"),
            error_correction=design.error_correction or "M",
            logo_url=(stored.extras.get(_EXTRAS) or {}).get("logo_url"),
            logo_size=design.logo.width_share or _LOGO_WIDTH_DEFAULT,
            dot_style=design.dots.type,
            corner_style=design.ring_type,
            quiet_zone=design.margin,
        ),
        created_at=always_time(stored.created_ms),
        updated_at=always_time(stored.updated_ms),
    )


def join(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Two documents as one: objects are joined, anything else of the upper one wins."""
    joined = dict(below)
    for name, value in above.items():
        old = joined.get(name)
        joined[name] = join(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return joined
