"""The look of data modules: which corners are round given the neighbours, as tiles and as traced outlines.

Lengths are half modules, so that every coordinate of the qr-code-styling shapes is a whole number.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from waypost.qr.design import DotType
from waypost.qr.limits import TILE_CACHE_ENTRIES
from waypost.qr.matrix import Cells
from waypost.qr.paths import Command, Path, circle, end, rectangle, regular, rounded, without_still_lines

Kinds = NDArray[np.int16]
"""Per module: 0 for light, else 1 + a number that says which tile is drawn there."""

JOINED = frozenset({"square", "rounded", "extra-rounded", "classy", "classy-rounded"})
"""Styles whose neighbours run together; they are traced as one outline."""

DISCS = frozenset({"dots", "bubbly-dots"})
"""Styles that draw one disc a module."""

_TOP_LEFT, _TOP_RIGHT, _BOTTOM_RIGHT, _BOTTOM_LEFT = 1, 4, 16, 64
_TURN = ((1, 0), (0, 1), (-1, 0), (0, -1))
_BUBBLES = (1.0, 0.92, 0.84)


def kinds_of(cells: Cells, style: DotType) -> Kinds:
    """Every module's tile number. Joined styles pack four corner radii, two bits each, from the top left."""
    padded = np.pad(cells, 1)
    left, right, top, bottom = padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]
    if style in JOINED:
        kinds = _corner_radii(left, right, top, bottom, style)
    elif style == "circuit-chip":
        kinds = (left * 1 + right * 2 + top * 4 + bottom * 8).astype(np.int_)
    elif style == "bubbly-dots":
        rows, columns = np.indices(cells.shape)
        kinds = np.mod(rows * 7 + columns * 5 + rows * columns, len(_BUBBLES))
    else:
        kinds = np.zeros(cells.shape, np.int_)
    return np.where(cells, kinds + 1, 0).astype(np.int16)


def _corner_radii(left: Cells, right: Cells, top: Cells, bottom: Cells, style: DotType) -> NDArray[np.int_]:
    shape = left.shape
    if style == "square":
        return np.zeros(shape, np.int_)
    if style in {"classy", "classy-rounded"}:
        radius = 1 if style == "classy" else 2
        alone = ~(left | right | top | bottom)
        first = ~(left | top)
        last = ~(right | bottom) & ~first
        joined = np.where(first, radius * _TOP_LEFT, 0) + np.where(last, radius * _BOTTOM_RIGHT, 0)
        return np.where(alone, _TOP_LEFT + _BOTTOM_RIGHT, joined)
    count = left.astype(np.int_) + right + top + bottom
    corner = 2 if style == "extra-rounded" else 1
    corners = (
        (_TOP_LEFT, left, top),
        (_TOP_RIGHT, right, top),
        (_BOTTOM_RIGHT, right, bottom),
        (_BOTTOM_LEFT, left, bottom),
    )
    kinds = np.zeros(shape, np.int_)
    for weight, beside, above in corners:
        free = ~(beside | above)
        kinds += np.where(free, np.where(count <= 1, 1, corner) * weight, 0)
    return kinds


def corner_radii(kind: int) -> tuple[int, int, int, int]:
    """The four radii that a joined tile number stands for, clockwise from the top left."""
    bits = kind - 1
    return bits & 3, bits >> 2 & 3, bits >> 4 & 3, bits >> 6 & 3


def disc_radius(style: DotType, kind: int) -> float:
    """The radius of a disc style's tile."""
    return 1.0 if style == "dots" else _BUBBLES[kind - 1]


@lru_cache(maxsize=TILE_CACHE_ENTRIES)
def tile(style: DotType, kind: int) -> Path:
    """The outline of one module, in a box of 2 by 2."""
    if style in JOINED:
        return rounded(0, 0, 2, 2, corner_radii(kind))
    if style in DISCS:
        return circle(1, 1, disc_radius(style, kind))
    if style == "hexagon":
        return regular(1, 1, 1.13, 6)
    if style == "octagon":
        return regular(1, 1, 1.0824, 8, np.pi / 8)
    return _chip(kind - 1)


def _chip(neighbours: int) -> Path:
    """A pad with traces to its neighbours; they reach a little over the edge so that no seam shows."""
    path = circle(1, 1, 0.9)
    traces = ((-0.05, 0.6, 1, 0.8), (1.05, 0.6, 1, 0.8), (0.6, -0.05, 0.8, 1), (0.6, 1.05, 0.8, 1))
    for bit, box in enumerate(traces):
        if neighbours >> bit & 1:
            path += rectangle(*box)
    return path


def trace(kinds: Kinds) -> Path:
    """The outline of all joined modules as closed loops, clockwise around dark.

    Every convex corner belongs to exactly one module, so that module's radius rounds it; modules that only
    touch diagonally stay apart. No edge runs through the inside, so no seam can show at any zoom.
    """
    dark = np.pad(kinds > 0, 1).tolist()
    radii = [[corner_radii(kind) if kind else None for kind in row] for row in kinds.tolist()]
    rows, columns = kinds.shape
    path: list[Command] = []
    seen: set[tuple[int, int]] = set()
    for row in range(rows):
        for column in range(columns):
            if dark[row + 1][column + 1] and not dark[row][column + 1] and (row, column) not in seen:
                _follow(dark, radii, row, column, seen, path)
    return tuple(path)


def _follow(
    dark: list[list[bool]],
    radii: list[list[tuple[int, int, int, int] | None]],
    row: int,
    column: int,
    seen: set[tuple[int, int]],
    path: list[Command],
) -> None:
    """Walk one loop from the top edge of a module until that edge comes again."""
    heading, here = 0, (row, column)
    pending: list[Command] = []
    while True:
        if heading == 0:
            if here in seen:
                break
            seen.add(here)
        dx, dy = _TURN[heading]
        y, x = here
        ahead = dark[y + 1 + dy][x + 1 + dx]
        side_x, side_y = _TURN[heading - 1]
        # The corner at the end of this edge, in half modules.
        corner_x = 2 * x + (2 if heading in {0, 1} else 0)
        corner_y = 2 * y + (2 if heading in {1, 2} else 0)
        if not ahead:
            corners = radii[y][x]
            radius = corners[(heading + 1) % 4] if corners else 0
            next_x, next_y = _TURN[(heading + 1) % 4]
            pending.append(("L", corner_x - dx * radius, corner_y - dy * radius))
            if radius:
                pending.append(("A", radius, corner_x + next_x * radius, corner_y + next_y * radius))
            heading = (heading + 1) % 4
        elif dark[y + 1 + dy + side_y][x + 1 + dx + side_x]:
            pending.append(("L", corner_x, corner_y))
            here = (y + dy + side_y, x + dx + side_x)
            heading = (heading - 1) % 4
        else:
            here = (y + dy, x + dx)
    first = pending[-1]
    path += without_still_lines((("M", *end(first)), *(pending[:-1] if first[0] == "L" else pending), ("Z",)))
