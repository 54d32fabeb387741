"""Where a symbol sits on its canvas, and how many modules a logo hides."""

import math
from dataclasses import dataclass
from typing import Literal

from waypost.qr.design import Level, LogoStyle
from waypost.qr.faults import InvalidSize
from waypost.qr.limits import MAX_DPI, MAX_PRINT_MM, MAX_SIZE_PX, MIN_DPI, MIN_PRINT_MM, MIN_SIZE_PX

Format = Literal["png", "svg", "pdf", "eps", "webp", "jpeg"]
RASTER: frozenset[Format] = frozenset({"png", "webp", "jpeg"})

_RECOVERY: dict[Level, float] = {"L": 0.07, "M": 0.15, "Q": 0.25, "H": 0.30}
_EYES = 14
"""Two finder patterns side by side; a logo never covers them."""


@dataclass(frozen=True)
class Size:
    """A canvas in pixels. The code is drawn square on the shorter side and centred."""

    width: int
    height: int


@dataclass(frozen=True)
class PrintSize:
    """A printed width in millimetres at a resolution; PDF and EPS get this very size on paper."""

    width_mm: float
    dpi: int = 300

    @property
    def width_px(self) -> int:
        """The pixels that width takes."""
        if not MIN_PRINT_MM <= self.width_mm <= MAX_PRINT_MM:
            raise InvalidSize("width_mm", f"must be {MIN_PRINT_MM:g} to {MAX_PRINT_MM:g} mm")
        if not MIN_DPI <= self.dpi <= MAX_DPI:
            raise InvalidSize("dpi", f"must be {MIN_DPI} to {MAX_DPI}")
        return round(self.width_mm / 25.4 * self.dpi)


@dataclass(frozen=True)
class Layout:
    """A symbol on the canvas: module size in px, its first module's corner, filler modules around it."""

    module: float
    x: float
    y: float
    extra: int


def check_size(width: int, height: int) -> None:
    """Raises InvalidSize unless both sides are 64 to 4096 px."""
    for field, value in (("width", width), ("height", height)):
        if not MIN_SIZE_PX <= value <= MAX_SIZE_PX:
            raise InvalidSize(field, f"must be {MIN_SIZE_PX} to {MAX_SIZE_PX} px, not {value}")


def place(
    modules: int, box: tuple[float, float, float, float], margin: int, circle: bool, exact: bool
) -> Layout:
    """Centre a symbol in a box (x, y, width, height) with a quiet zone in modules.

    Modules are whole pixels; the remainder goes to the quiet zone. `exact` lets them be fractions where whole
    ones do not fit (vector formats). Raises InvalidSize when not even one pixel per module fits.
    """
    x, y, width, height = box
    side = min(width, height)
    spread = math.sqrt(2) if circle else 1.0
    module: float = math.floor(side / (modules * spread + 2 * margin))
    if module < 1:
        if not exact:
            need = math.ceil(modules * spread + 2 * margin)
            raise InvalidSize("width", f"the code has {need} modules with its margin and needs as many px")
        module = side / (modules * spread + 2 * margin)
    span = module * modules
    extra = int((side - 2 * margin * module) / module - modules) // 2 if circle else 0
    left, top = x + (width - span) / 2, y + (height - span) / 2
    if not exact or module >= 1:
        left, top = math.floor(left), math.floor(top)
    return Layout(module, left, top, extra)


def logo_block(modules: int, level: Level, style: LogoStyle, aspect: float) -> tuple[int, int]:
    """Columns and rows of modules that a logo hides, both odd so that it is centred. `aspect` = height/width.

    `style.size` is the share of the recoverable modules to spend, as in qr-code-styling; `style.width_share`
    the share of the code's side.
    """
    cap = max(1, modules - _EYES)
    if style.width_share is not None:
        longer = _odd_at_least(style.width_share * modules)
        columns = longer if aspect <= 1 else _odd_at_least(longer / aspect)
        rows = _odd_at_least(columns * aspect) if aspect <= 1 else longer
        return min(columns, _odd_at_most(cap)), min(rows, _odd_at_most(cap))
    budget = math.floor(style.size * _RECOVERY[level] * modules * modules)
    if budget <= 0:
        return 0, 0
    columns = _odd_at_most(min(math.floor(math.sqrt(budget / aspect)), cap))
    rows = _odd_at_least(columns * aspect)
    if rows > cap or rows * columns > budget:
        rows = _odd_at_most(cap) if rows > cap else max(1, rows - 2)
        columns = min(_odd_at_least(rows / aspect), _odd_at_most(cap))
    return columns, rows


def _odd_at_most(value: int) -> int:
    return max(1, value if value % 2 else value - 1)


def _odd_at_least(value: float) -> int:
    return 1 + 2 * max(0, math.ceil((value - 1) / 2 - 1e-9))
