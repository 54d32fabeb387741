"""Outlines to anti-aliased masks: the exact area of each pixel that a path covers."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from waypost.qr.paths import Path, arc_as_cubic

Mask = NDArray[np.uint8]

LEVELS = 15
"""Masks hold 0 (outside) to 15 (inside): fine enough for the eye, coarse enough for small palettes."""

_Floats = NDArray[np.float64]


def coverage(path: Path, width: int, height: int, scale: float = 1.0, x: float = 0.0, y: float = 0.0) -> Mask:
    """The mask of a path on a canvas of that size, shape (height, width); what sticks out is cut off."""
    starts, ends = _segments(path, scale)
    area = np.zeros((height, width + 2))
    if len(starts):
        shift = np.array((x, y))
        _accumulate(area, starts + shift, ends + shift, width, height)
    signed = np.cumsum(area, axis=1)[:, :width]
    return np.minimum(np.abs(signed) * LEVELS + 0.5, LEVELS).astype(np.uint8)


def _segments(path: Path, scale: float) -> tuple[_Floats, _Floats]:
    """The path as straight lines, curves cut finely enough to be off by less than a fiftieth of a pixel."""
    starts: list[tuple[float, float]] = []
    ends: list[tuple[float, float]] = []
    here = first = (0.0, 0.0)

    def line(to: tuple[float, float]) -> None:
        nonlocal here
        starts.append(here)
        ends.append(to)
        here = to

    for command in path:
        kind, *numbers = command
        numbers = [number * scale for number in numbers]
        if kind == "M":
            here = first = (numbers[0], numbers[1])
        elif kind == "L":
            line((numbers[0], numbers[1]))
        elif kind == "Z":
            if here != first:
                line(first)
        elif kind == "Q":
            cx, cy, x, y = numbers
            for point in _curve((here, (cx, cy), (x, y))):
                line(point)
        else:
            controls = arc_as_cubic(here, (numbers[1], numbers[2])) if kind == "A" else tuple(numbers)
            ax, ay, bx, by, x, y = controls
            for point in _curve((here, (ax, ay), (bx, by), (x, y))):
                line(point)
    return np.array(starts, float).reshape(-1, 2), np.array(ends, float).reshape(-1, 2)


def _curve(controls: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """Points along a Bezier curve, without its start."""
    span = sum(math.dist(one, other) for one, other in pairwise(controls))
    count = max(2, math.ceil(3.2 * math.sqrt(span)))
    steps = np.arange(1, count + 1) / count
    degree = len(controls) - 1
    weights = [math.comb(degree, k) * (1 - steps) ** (degree - k) * steps**k for k in range(degree + 1)]
    points = sum(
        weight[:, None] * np.array(control) for weight, control in zip(weights, controls, strict=True)
    )
    return [(float(px), float(py)) for px, py in np.asarray(points)]


def _accumulate(area: _Floats, starts: _Floats, ends: _Floats, width: int, height: int) -> None:
    """Add each line's signed area to the pixels it crosses and to the one right of them."""
    ax, ay, bx, by = starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1]
    ay, ax, by, bx = _split(ay, ax, by, bx)
    ax, ay, bx, by = _split(ax, ay, bx, by)
    rows = np.floor((ay + by) / 2).astype(np.int64)
    middle = np.clip((ax + bx) / 2, 0, width)
    columns = np.floor(middle).astype(np.int64)
    keep = (rows >= 0) & (rows < height) & (ay != by)
    rows, columns, middle, drop = rows[keep], columns[keep], middle[keep], (by - ay)[keep]
    right = (middle - columns) * drop
    flat = rows * area.shape[1] + columns
    total = np.bincount(flat, drop - right, area.size) + np.bincount(flat + 1, right, area.size)[: area.size]
    area += total.reshape(area.shape)


def _split(a0: _Floats, b0: _Floats, a1: _Floats, b1: _Floats) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """Cut lines where their first coordinate crosses whole numbers."""
    low, high = np.minimum(a0, a1), np.maximum(a0, a1)
    first = np.floor(low) + 1
    pieces = np.maximum(np.ceil(high) - first, 0).astype(np.int64) + 1
    index = np.repeat(np.arange(len(a0)), pieces)
    step = np.arange(len(index)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    span = (a1 - a0)[index]
    lower = np.where(step == 0, low[index], first[index] + step - 1)
    upper = np.where(step == pieces[index] - 1, high[index], first[index] + step)
    rising = span >= 0
    near, far = np.where(rising, lower, upper), np.where(rising, upper, lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(span == 0, 0.0, (b1 - b0)[index] / np.where(span == 0, 1.0, span))
    begin = b0[index] + (near - a0[index]) * slope
    end = np.where(span == 0, b1[index], b0[index] + (far - a0[index]) * slope)
    return near, begin, far, end
