"""Will it scan? Findings for a design before it is drawn: what is wrong, where, and what to change.

The thresholds are measured with ZXing, zbar and OpenCV on clean and camera-like pictures.
"""

from typing import Any, Literal

from msgspec import Struct

from waypost.qr.color import PAPER, Color, Rgb, contrast, luma
from waypost.qr.damage import logo_budget
from waypost.qr.design import Design, Level
from waypost.qr.eyes import outer_radius
from waypost.qr.faults import QrFault
from waypost.qr.frames import check_text, frame_art
from waypost.qr.layout import PrintSize, Size
from waypost.qr.logo import Logo
from waypost.qr.matrix import Matrix, encode
from waypost.qr.paint import extremes
from waypost.qr.render import canvas_size
from waypost.qr.scene import code_box, code_layout

MIN_LUMA_STEP = 80.0
SAFE_LUMA_STEP = 115.0
MIN_QUIET_MODULES = 2
QUIET_MODULES = 4
MIN_MODULE_PX = 2.0
SAFE_MODULE_PX = 4.0
SAFE_BUDGET = 0.65
DIM_LIGHT = 0.8
"""How bright the paper is in the darker half of a photograph, against the brighter half."""
SAFE_RING_RADIUS = 2.5
MIN_MODULE_MM = 0.396
"""The smallest module for retail scanning, GS1 General Specifications section 5.12."""
WARNING_COST = 10
_THIN_DOTS = frozenset({"dots", "bubbly-dots", "circuit-chip"})


class Finding(Struct, frozen=True):
    """One thing to change. `code` is stable, `suggestion` a patch of the design that cures it, or None."""

    severity: Literal["error", "warning"]
    code: str
    field: str
    message: str
    suggestion: dict[str, Any] | None = None


class Report(Struct, frozen=True):
    """The findings and the figures behind them; figures are None when the text cannot be encoded at all."""

    findings: tuple[Finding, ...]
    score: int
    contrast: float | None = None
    luma_step: float | None = None
    logo_budget: float | None = None
    module_px: float | None = None
    min_print_mm: float | None = None


def check(
    text: str, design: Design, size: int | Size | PrintSize, logo: Logo | None = None
) -> tuple[Finding, ...]:
    """What stands against a design for a text at a size; empty when nothing does."""
    return assess(text, design, size, logo).findings


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Only those that forbid handing the picture out."""
    return tuple(finding for finding in findings if finding.severity == "error")


def score(findings: tuple[Finding, ...]) -> int:
    """100 for a design without findings, 10 less for each warning, 0 with any error."""
    return 0 if errors(findings) else max(10, 100 - WARNING_COST * len(findings))


def assess(text: str, design: Design, size: int | Size | PrintSize, logo: Logo | None = None) -> Report:
    """The findings with the figures they rest on."""
    try:
        matrix = encode(text, design, logo is not None)
        canvas = canvas_size(design, size)
        module = code_layout(matrix, design, code_box(design, canvas), exact=True).module
        check_text(design)
    except QrFault as fault:
        found = (Finding("error", fault.code.replace("_", "-"), fault.field, fault.message),)
        return Report(found, score(found))
    budget = logo_budget(matrix, design, logo)
    step, ratio = _contrast(design)
    findings = (
        *_colors(design, step),
        *_quiet_zone(design),
        *_pale_eye(design),
        *_styles(design, matrix.level),
        *_module(module, matrix, design, size),
        *_logo(budget, matrix, design, logo),
        *_frame(design),
    )
    total = matrix.size + 2 * design.margin
    return Report(
        findings,
        score(findings),
        round(ratio, 2),
        round(step, 1),
        round(budget, 3),
        module,
        total * MIN_MODULE_MM,
    )


def _contrast(design: Design) -> tuple[float, float]:
    """The smallest step in brightness from any dark part to the background, and the smallest ratio."""
    grounds = _grounds(design)
    inks = [
        color
        for fill in (design.dots_fill, design.ring_fill, design.eye_fill)
        for color in extremes(fill, grounds[0])
    ]
    step = min(luma(ground) - luma(ink) for ground in grounds for ink in inks)
    return step, min(contrast(ground, ink) for ground in grounds for ink in inks)


def _grounds(design: Design) -> list[Rgb]:
    return extremes(design.background.fill or Color("#00000000"), PAPER)


def _colors(design: Design, step: float) -> list[Finding]:
    found = []
    parts = {
        "dots": design.dots_fill,
        "corner_square": design.ring_fill,
        "corner_dot": design.eye_fill,
    }
    grounds = _grounds(design)
    for field, fill in parts.items():
        own = field == "dots" or getattr(design, field).fill
        if not own:
            continue
        inks = extremes(fill, grounds[0])
        worst = min(luma(ground) - luma(ink) for ground in grounds for ink in inks)
        if worst >= SAFE_LUMA_STEP:
            continue
        if max(luma(g) for g in grounds) < min(luma(ink) for ink in inks):
            found.append(_inverted(field))
        elif worst < MIN_LUMA_STEP:
            message = f"too little contrast to the background ({worst:.0f}, at least {MIN_LUMA_STEP:.0f})"
            found.append(
                Finding("error", "contrast", field, message, {field: {"color": "#000000", "gradient": None}})
            )
        else:
            message = f"contrast is thin for cheap cameras ({worst:.0f}, better {SAFE_LUMA_STEP:.0f})"
            found.append(Finding("warning", "contrast-thin", field, message))
    if step >= MIN_LUMA_STEP and any(
        ground[0] - ink[0] < MIN_LUMA_STEP
        for ground in grounds
        for fill in parts.values()
        for ink in extremes(fill, ground)
    ):
        message = (
            "red vanishes under the red light of shop and industry scanners; choose a darker or bluer colour"
        )
        found.append(Finding("warning", "red-light", "dots", message))
    ground = design.background.fill
    if ground is None or (isinstance(ground, Color) and ground.alpha < 1):
        message = "a see-through background scans only on a light page; choose a solid one to be sure"
        patch = {"background": {"color": "#ffffff"}}
        found.append(Finding("warning", "background-transparent", "background", message, patch))
    return found


def _inverted(field: str) -> Finding:
    message = "lighter than the background; many readers only see dark on light: swap the colours"
    patch = {
        field: {"color": "#000000", "gradient": None},
        "background": {"color": "#ffffff", "gradient": None},
    }
    return Finding("error", "inverted", field, message, patch)


def _pale_eye(design: Design) -> list[Finding]:
    """The centre of a finder pattern beside its ring: a decoder takes what is nearer to the paper for paper,
    and loses the pattern. Measured: none lost up to the middle between ring and dimly lit paper, 15 % beyond.
    A centre without paint of its own shares the ring's."""
    if design.corner_dot.fill is None:
        return []
    ground = min(map(luma, _grounds(design)))
    ring = min(map(luma, extremes(design.ring_fill, PAPER)))
    eye = max(map(luma, extremes(design.eye_fill, PAPER)))
    if eye <= (DIM_LIGHT * ground + ring) / 2:
        return []
    message = "much paler than the ring around it, so that dim light hides it; use the ring's colour or a darker one"
    patch = {"corner_dot": {"color": None, "gradient": None}}
    return [Finding("warning", "eye-pale", "corner_dot", message, patch)]


def _quiet_zone(design: Design) -> list[Finding]:
    wanted = 2 if design.micro else QUIET_MODULES
    if design.margin >= wanted:
        return []
    patch = {"margin": wanted}
    if design.margin < MIN_QUIET_MODULES:
        message = f"the quiet zone needs at least {MIN_QUIET_MODULES} modules, the standard asks for {wanted}"
        return [Finding("error", "quiet-zone", "margin", message, patch)]
    message = f"the standard asks for a quiet zone of {wanted} modules"
    return [Finding("warning", "quiet-zone-thin", "margin", message, patch)]


def _styles(design: Design, level: Level) -> list[Finding]:
    found = []
    if design.eye_type == "dots":
        message = "nine separate dots are not recognised as a finder pattern; use `dot`"
        found.append(
            Finding("error", "eye-dots", "corner_dot.type", message, {"corner_dot": {"type": "dot"}})
        )
    radius = outer_radius(design.ring_type, design.ring_radius)
    if radius > SAFE_RING_RADIUS:
        message = "such rings are missed now and then at an angle; `extra-rounded` is the roundest safe one"
        patch = {"corner_square": {"type": "extra-rounded", "radius": None}}
        found.append(Finding("warning", "ring-round", "corner_square.type", message, patch))
    if design.ring_type == "dots" and design.ring_radius is None:
        message = "rings of separate dots are missed now and then (2 % of photographs); use `rounded`"
        patch = {"corner_square": {"type": "rounded"}}
        found.append(Finding("warning", "ring-dots", "corner_square.type", message, patch))
    if level == "L" and design.dots.type in _THIN_DOTS:
        message = "dots that leave much of a module light need a correction of M or more to read at an angle"
        cure = {"error_correction": "M"}
        found.append(Finding("warning", "correction-low", "error_correction", message, cure))
    if design.micro:
        message = "phone cameras do not read Micro QR; use it only where you choose the reader"
        found.append(Finding("warning", "micro", "micro", message, {"micro": False}))
    return found


def _module(module: float, matrix: Matrix, design: Design, size: int | Size | PrintSize) -> list[Finding]:
    found = []
    span = matrix.size + 2 * design.margin
    if module < MIN_MODULE_PX:
        message = f"modules of {module:g} px blur away: draw at least {span * 2} px wide, or shorten the text"
        found.append(Finding("error", "module-px", "width", message))
    elif module < SAFE_MODULE_PX:
        message = f"modules of {module:g} px are small: {span * 4} px or more would be safer"
        found.append(Finding("warning", "module-px-small", "width", message))
    if isinstance(size, PrintSize):
        printed = module / size.dpi * 25.4
        if printed < MIN_MODULE_MM:
            message = (
                f"modules of {printed:.2f} mm are too fine: print {span * MIN_MODULE_MM:.0f} mm or wider"
            )
            found.append(Finding("warning", "module-mm", "width_mm", message))
    return found


def _logo(budget: float, matrix: Matrix, design: Design, logo: Logo | None) -> list[Finding]:
    if logo is None:
        return []
    if matrix.micro:
        message = "a Micro QR symbol is too small for a logo"
        return [Finding("error", "logo-micro", "micro", message, {"micro": False})]
    if budget > 1:
        message = f"the logo covers {budget:.0%} of what error correction can restore: make it smaller"
        patch = (
            {"error_correction": "H"} if matrix.level != "H" else {"logo": {"size": 0.3, "width_share": None}}
        )
        return [Finding("error", "logo-budget", "logo.size", message, patch)]
    if budget > SAFE_BUDGET:
        message = f"the logo uses up {budget:.0%} of the error correction: little is left for dirt and glare"
        return [Finding("warning", "logo-budget-thin", "logo.size", message)]
    return []


def _frame(design: Design) -> list[Finding]:
    frame = design.frame
    if frame is None or not frame.text:
        return []
    art = frame_art(design)
    ground = art.color.rgb if art.template.text_on_body else _grounds(design)[0]
    ratio = contrast(art.text_color.rgb, ground)
    if ratio < 3:
        message = f"the text is hard to read on its frame (contrast {ratio:.1f}, better 4.5)"
        return [
            Finding("warning", "frame-contrast", "frame.text_color", message, {"frame": {"text_color": None}})
        ]
    return []
