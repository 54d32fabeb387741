"""The finder patterns: a ring of 7 modules and an inner dot of 3, three times. Lengths are half modules."""

import math
from functools import lru_cache

import numpy as np

from waypost.qr.design import EyeType, RingType
from waypost.qr.modules import JOINED, kinds_of, trace
from waypost.qr.paths import Path, circle, moved, polygon, rectangle, regular, rounded

RING = 14.0
EYE = 6.0

RING_RADII: dict[RingType, float] = {"square": 0.0, "extra-rounded": 2.5, "dot": 3.5}
"""Outer corner radius in modules of the rings that are plain rounded rectangles."""

_HEXAGON_CUT = 1.0
_OCTAGON_CUT = 2.6
"""How much polygons take off a ring's corners; with more, ZXing or zbar no longer see a finder pattern."""

Turn = int
"""Quarter turns of a corner: 0 top left, 1 top right, -1 bottom left."""


def outer_radius(kind: RingType, radius: float | None) -> float:
    """The corner radius in modules that is as hard to find for decoders, as measured with photographs."""
    if radius is not None:
        return radius
    return {**RING_RADII, "classy-rounded": 1.5, "octagon": 1.3, "hexagon": 2.75, "leaf": 2.5}.get(kind, 0.5)


@lru_cache(maxsize=256)
def ring(kind: RingType, radius: float | None, turn: Turn) -> Path:
    """The ring in a box of 14 by 14, its inside cut out by a loop that runs the other way."""
    if radius is None:
        radius = RING_RADII.get(kind)
    if radius is not None:
        outer = radius * 2
        return rectangle(0, 0, 14, 14, outer) + rectangle(2, 2, 10, 10, max(0.0, outer - 2), reverse=True)
    if kind == "leaf":
        outside, inside = _turned((5, 0, 5, 0), turn), _turned((3, 0, 3, 0), turn)
        return rounded(0, 0, 14, 14, outside) + rounded(2, 2, 10, 10, inside, reverse=True)
    if kind == "hexagon":
        tilt = _HEXAGON_CUT / 7
        aside = 2 * math.hypot(1, tilt)
        inner = reversed(_hexagon(aside, 14 - aside, 5 * tilt, 5))
        return polygon(_hexagon(0, 14, _HEXAGON_CUT, 7)) + polygon(inner)
    if kind == "octagon":
        inner_cut = _OCTAGON_CUT - 2 * (2 - math.sqrt(2))
        return polygon(_octagon(0, 14, _OCTAGON_CUT)) + polygon(reversed(_octagon(2, 12, inner_cut)))
    mask = np.ones((7, 7), bool)
    mask[1:6, 1:6] = False
    return _from_modules(mask, kind)


@lru_cache(maxsize=64)
def eye(kind: EyeType, turn: Turn) -> Path:
    """The inner dot in a box of 6 by 6."""
    match kind:
        case "square":
            path = rectangle(0, 0, 6, 6)
        case "dot":
            path = circle(3, 3, 3)
        case "hexagon":
            path = regular(3, 3, 3.35, 6)
        case "octagon":
            path = regular(3, 3, 3 / math.cos(math.pi / 8), 8, math.pi / 8)
        case "teardrop":
            path = rounded(0, 0, 6, 6, _turned((3, 3, 0, 3), turn))
        case "star":
            path = polygon(_star(3, 3, 3.7, 2.6, 8))
        case _:
            path = _from_modules(np.ones((3, 3), bool), kind)
    return path


def _from_modules(mask: np.ndarray[tuple[int, int], np.dtype[np.bool_]], kind: RingType | EyeType) -> Path:
    """A finder part drawn module by module with a dot style, as qr-code-styling does."""
    if kind in JOINED:
        return trace(kinds_of(mask, kind))  # type: ignore[arg-type]  # joined styles are dot types
    path: Path = ()
    for row, column in np.argwhere(mask).tolist():
        path += moved(circle(1, 1, 1), 1, 2 * column, 2 * row)
    return path


def _star(x: float, y: float, outer: float, inner: float, points: int) -> list[tuple[float, float]]:
    angles = (math.pi * step / points - math.pi / 2 for step in range(2 * points))
    return [
        (x + (inner if step % 2 else outer) * math.cos(a), y + (inner if step % 2 else outer) * math.sin(a))
        for step, a in enumerate(angles)
    ]


def _turned(radii: tuple[float, float, float, float], turn: Turn) -> tuple[float, float, float, float]:
    """Corner radii after quarter turns clockwise."""
    first, second, third, fourth = (radii[(corner - turn) % 4] for corner in range(4))
    return first, second, third, fourth


def _hexagon(left: float, right: float, cut: float, half_height: float) -> list[tuple[float, float]]:
    """Flat at top and bottom, pointed at the sides, around the middle of the box; clockwise."""
    top, bottom = 7 - half_height, 7 + half_height
    return [
        (left + cut, top),
        (right - cut, top),
        (right, 7),
        (right - cut, bottom),
        (left + cut, bottom),
        (left, 7),
    ]


def _octagon(low: float, high: float, cut: float) -> list[tuple[float, float]]:
    """A square with its corners cut off; clockwise."""
    return [
        (low + cut, low),
        (high - cut, low),
        (high, low + cut),
        (high, high - cut),
        (high - cut, high),
        (low + cut, high),
        (low, high - cut),
        (low, low + cut),
    ]
