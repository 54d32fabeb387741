"""A design and a matrix become one scene: an ordered list of layers that every writer draws alike."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from waypost.qr import frames
from waypost.qr.color import PAPER, Color
from waypost.qr.design import Design, DotType
from waypost.qr.eyes import EYE, RING, eye, ring
from waypost.qr.layout import Layout, Size, logo_block, place
from waypost.qr.logo import Logo
from waypost.qr.matrix import Cells, Matrix
from waypost.qr.modules import JOINED, Kinds, kinds_of, tile, trace
from waypost.qr.paint import Box, Paint, average, paint_for
from waypost.qr.paths import Path, moved, rectangle


@dataclass(frozen=True)
class Place:
    """From a layer's own units to pixels: times `scale`, then shifted."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Shape:
    """A filled outline. Loops that run the other way cut holes (non-zero rule)."""

    path: Path
    paint: Paint
    place: Place = Place()


@dataclass(frozen=True, eq=False)
class Modules:
    """The data modules; one unit is half a module."""

    kinds: Kinds
    style: DotType
    paint: Paint
    place: Place

    @cached_property
    def path(self) -> Path:
        """All modules as one path: traced when they join, else one outline after the other."""
        if self.style in JOINED:
            return trace(self.kinds)
        commands: list[tuple[str, *tuple[float, ...]]] = []
        for row, column in np.argwhere(self.kinds).tolist():
            commands.extend(moved(tile(self.style, int(self.kinds[row, column])), 1, 2 * column, 2 * row))
        return tuple(commands)


@dataclass(frozen=True)
class Picture:
    """The logo in a box on the canvas, stretched to fill it (the box has the logo's aspect)."""

    logo: Logo
    box: Box


Layer = Shape | Modules | Picture


@dataclass(frozen=True, eq=False)
class Scene:
    """What to draw: `background` under everything (None for nothing), then the layers in order."""

    size: Size
    background: Paint
    backdrop: Path | None
    """The outline the background fills; None for the whole canvas."""
    layers: tuple[Layer, ...]


def hidden_modules(matrix: Matrix, design: Design, logo: Logo | None) -> tuple[int, int]:
    """Columns and rows under the logo, (0, 0) without one."""
    if logo is None or matrix.micro:
        return 0, 0
    return logo_block(matrix.size, matrix.level, design.logo, logo.height / logo.width)


def code_layout(matrix: Matrix, design: Design, box: Box, exact: bool = False) -> Layout:
    """Where the symbol sits in its box. Raises InvalidSize when a module would be less than a pixel."""
    circular = design.shape == "circle" and not matrix.micro
    return place(matrix.size, (box.x, box.y, box.width, box.height), design.margin, circular, exact)


def symbol_layers(
    matrix: Matrix, design: Design, box: Box, logo: Logo | None, exact: bool = False
) -> list[Layer]:
    """The layers of the symbol alone, laid out in a box of the canvas."""
    layout = code_layout(matrix, design, box, exact)
    module = layout.module
    half = module / 2
    paper = average(design.background.fill or Color("#00000000"), PAPER)
    dots = paint_for(design.dots_fill, box, under=paper)
    corners = _corners(matrix)
    cells = matrix.cells.copy()
    for row, column, _ in corners:
        cells[row : row + 7, column : column + 7] = False
    columns, rows = hidden_modules(matrix, design, logo)
    if columns and design.logo.hide_background_dots:
        left, top = (matrix.size - columns) // 2, (matrix.size - rows) // 2
        cells[top : top + rows, left : left + columns] = False
    if layout.extra > 1:
        cells = _with_filler(matrix.cells, cells, layout.extra)
    start = -layout.extra * module if layout.extra > 1 else 0.0
    layers: list[Layer] = [
        Modules(
            kinds_of(cells, design.dots.type),
            design.dots.type,
            dots,
            Place(half, layout.x + start, layout.y + start),
        )
    ]
    for row, column, turn in corners:
        layers += _finder(design, layout, row, column, turn, dots, paper)
    if logo and columns:
        layers.append(Picture(logo, picture_box(logo, design, layout, matrix.size, columns, rows)))
    return layers


def _finder(
    design: Design, layout: Layout, row: int, column: int, turn: int, dots: Paint, paper: tuple[int, int, int]
) -> list[Layer]:
    """One ring and its inner dot; each takes its own paint, or joins the paint it inherits."""
    module = layout.module
    x, y = layout.x + column * module, layout.y + row * module
    ring_box = Box(x, y, 7 * module, 7 * module)
    eye_box = Box(x + 2 * module, y + 2 * module, 3 * module, 3 * module)
    angle = turn * math.pi / 2
    own_ring, own_eye = design.corner_square.fill, design.corner_dot.fill
    ring_paint = paint_for(own_ring, ring_box, angle, paper) if own_ring else dots
    eye_paint = paint_for(own_eye, eye_box, angle, paper) if own_eye else ring_paint
    return [
        Shape(
            ring(design.ring_type, design.ring_radius, turn), ring_paint, Place(ring_box.width / RING, x, y)
        ),
        Shape(eye(design.eye_type, turn), eye_paint, Place(eye_box.width / EYE, eye_box.x, eye_box.y)),
    ]


def picture_box(logo: Logo, design: Design, layout: Layout, modules: int, columns: int, rows: int) -> Box:
    """Where the logo is drawn: as large as fits its block within its margin, in its own aspect."""
    module = layout.module
    inset = 2 * design.logo.margin * module
    room_x, room_y = max(module, columns * module - inset), max(module, rows * module - inset)
    scale = min(room_x / logo.width, room_y / logo.height)
    width, height = logo.width * scale, logo.height * scale
    center_x, center_y = layout.x + modules * module / 2, layout.y + modules * module / 2
    return Box(center_x - width / 2, center_y - height / 2, width, height)


def _corners(matrix: Matrix) -> list[tuple[int, int, int]]:
    """Row, column and quarter turns of each finder pattern; a Micro symbol has one."""
    if matrix.micro:
        return [(0, 0, 0)]
    far = matrix.size - 7
    return [(0, 0, 0), (0, far, 1), (far, 0, -1)]


def _with_filler(source: Cells, cells: Cells, extra: int) -> Cells:
    """The symbol inside a disc of modules copied from it; one light module keeps them apart."""
    modules = len(source)
    side = modules + 2 * extra
    center = side // 2
    steps = np.arange(side)
    origin = np.where(steps < 2 * extra, steps, np.where(steps >= modules, steps - 2 * extra, steps - extra))
    filler: Cells = source[np.ix_(origin, origin)].T.copy()
    away = np.hypot(steps[:, None] - center, steps[None, :] - center)
    filler[away > center] = False
    near = slice(max(0, extra - 1), side - extra + 1)
    filler[near, near] = False
    filler[extra : extra + modules, extra : extra + modules] = cells
    return filler


def code_box(design: Design, size: Size) -> Box:
    """The square that the code and its quiet zone may fill: the canvas, or the frame's window."""
    if design.frame is None:
        return Box(0, 0, size.width, size.height)
    shape = frames.template(design.frame.type)
    fit = _frame_place(shape.height, size)
    x, y, side = shape.code
    return Box(fit.x + x * fit.scale, fit.y + y * fit.scale, side * fit.scale, side * fit.scale)


def _frame_place(height: float, size: Size) -> Place:
    """The largest frame of that many units' height on a canvas, centred."""
    scale = min(size.width / (frames.WIDTH + 2 * frames.EDGE), size.height / (height + 2 * frames.EDGE))
    return Place(scale, (size.width - frames.WIDTH * scale) / 2, (size.height - height * scale) / 2)


def compose(matrix: Matrix, design: Design, size: Size, logo: Logo | None, exact: bool = False) -> Scene:
    """The scene of a design. `exact` allows modules that are not whole pixels (vector formats).

    Raises InvalidSize when the modules do not fit and InvalidDesign for a frame's text without glyphs.
    """
    canvas = Box(0, 0, size.width, size.height)
    layers = symbol_layers(matrix, design, code_box(design, size), logo, exact)
    if design.frame is not None:
        layers = _frame_layers(design, size) + layers
    rounding = design.background.round
    backdrop = None
    if rounding and design.frame is None:
        side = min(size.width, size.height)
        x, y = (size.width - side) / 2, (size.height - side) / 2
        backdrop = rectangle(x, y, side, side, rounding * side / 2)
    background = paint_for(design.background.fill or Color("#00000000"), canvas, under=None)
    return Scene(size, background, backdrop, tuple(layers))


def _frame_layers(design: Design, size: Size) -> list[Layer]:
    art = frames.frame_art(design)
    fit = _frame_place(art.template.height, size)
    paths = ((art.template.body, art.color), (art.template.marks, art.text_color), (art.text, art.text_color))
    return [Shape(path, color, fit) for path, color in paths if path]
