"""The automatic mode: change a design as little as it takes to pass the guard."""

from msgspec import Struct
from msgspec.structs import replace

from waypost.qr.damage import logo_budget
from waypost.qr.design import LEVELS, Design
from waypost.qr.faults import QrFault
from waypost.qr.guard import MIN_QUIET_MODULES, QUIET_MODULES, SAFE_BUDGET, check, errors
from waypost.qr.layout import PrintSize, Size
from waypost.qr.logo import Logo
from waypost.qr.matrix import encode

_SHRINK = 0.85
_SMALLEST_LOGO = 0.02


class Change(Struct, frozen=True):
    """One member that was changed, and what from and to."""

    field: str
    before: object
    after: object


def fix(
    text: str, design: Design, size: int | Size | PrintSize, logo: Logo | None = None
) -> tuple[Design, tuple[Change, ...]]:
    """A design that passes, with what was changed: error correction is raised, then the logo shrunk; separate
    finder dots become one, a missing quiet zone is put back. Colours are left alone, so errors may remain."""
    try:
        encode(text, design, logo is not None)
    except QrFault:
        return design, ()  # no change of looks makes that text fit; the guard says so
    changes: list[Change] = []
    if design.eye_type == "dots":
        changes.append(Change("corner_dot.type", design.corner_dot.type, "dot"))
        design = replace(design, corner_dot=replace(design.corner_dot, type="dot"))
    if design.margin < MIN_QUIET_MODULES:
        changes.append(Change("margin", design.margin, QUIET_MODULES))
        design = replace(design, margin=QUIET_MODULES)
    if logo is not None and not design.micro:
        design = _fit_logo(text, design, size, logo, changes)
    return design, tuple(changes)


def _fit_logo(
    text: str, design: Design, size: int | Size | PrintSize, logo: Logo, changes: list[Change]
) -> Design:
    first = design
    while _too_much(text, design, logo):
        level = encode(text, design, True).level
        stronger = _stronger(text, design, size, logo, level) if level != "H" else None
        if stronger:
            design = stronger
            continue
        style = design.logo
        if style.width_share is not None:
            smaller = replace(style, width_share=style.width_share * _SHRINK)
        else:
            smaller = replace(style, size=style.size * _SHRINK)
        if (smaller.width_share or smaller.size) < _SMALLEST_LOGO:
            break
        design = replace(design, logo=smaller)
    if design.error_correction != first.error_correction:
        changes.append(Change("error_correction", first.error_correction, design.error_correction))
    if design.logo.size != first.logo.size:
        changes.append(Change("logo.size", first.logo.size, design.logo.size))
    if design.logo.width_share != first.logo.width_share:
        changes.append(Change("logo.width_share", first.logo.width_share, design.logo.width_share))
    return design


def _stronger(
    text: str, design: Design, size: int | Size | PrintSize, logo: Logo, level: str
) -> Design | None:
    """The design one level up, unless the text or the pixels then no longer fit, or the larger level makes
    qr-code-styling's logo grow along so that nothing is won."""
    raised = replace(design, error_correction=LEVELS[LEVELS.index(level) + 1])
    codes = {finding.code for finding in errors(check(text, raised, size, logo))}
    return None if codes & {"text-too-long", "module-px", "invalid-size"} else raised


def _too_much(text: str, design: Design, logo: Logo) -> bool:
    return logo_budget(encode(text, design, True), design, logo) > SAFE_BUDGET
