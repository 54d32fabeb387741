"""What shapes are filled with: one colour, or a gradient laid over a box as qr-code-styling lays it."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from waypost.qr.color import PAPER, Color, Rgb
from waypost.qr.design import Fill

GRADIENT_STEPS = 256


@dataclass(frozen=True)
class Box:
    """A rectangle on the canvas, in px."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Linear:
    """Colours along the line from `start` to `end`."""

    start: tuple[float, float]
    end: tuple[float, float]
    stops: tuple[tuple[float, Rgb], ...]


@dataclass(frozen=True)
class Radial:
    """Colours from a centre outwards to `radius`."""

    center: tuple[float, float]
    radius: float
    stops: tuple[tuple[float, Rgb], ...]


Shade = Linear | Radial
Paint = Color | Shade


def paint_for(fill: Fill, box: Box, turn: float = 0.0, under: Rgb | None = PAPER) -> Paint:
    """The paint of a fill over a box. `turn` is added to a gradient's rotation, in radians.

    Colours are made opaque as seen on `under`; None keeps their alpha (only backgrounds do).
    """
    if isinstance(fill, Color):
        return fill if under is None else Color.of(fill.over(under))
    stops = tuple((stop.offset, stop.color.over(under or PAPER)) for stop in fill.color_stops)
    if fill.type == "radial":
        center = (box.x + box.width / 2, box.y + box.height / 2)
        return Radial(center, max(box.width, box.height) / 2, stops)
    angle = fill.angle + turn
    cos, sin = math.cos(angle), math.sin(angle)
    reach = max(abs(cos), abs(sin))
    half_x, half_y = box.width / 2 * cos / reach, box.height / 2 * sin / reach
    x, y = box.x + box.width / 2, box.y + box.height / 2
    return Linear(
        (_nearest(x - half_x), _nearest(y - half_y)), (_nearest(x + half_x), _nearest(y + half_y)), stops
    )


def average(fill: Fill, paper: Rgb = PAPER) -> Rgb:
    """One colour that stands for a fill: the mean of what its gradient shows."""
    if isinstance(fill, Color):
        return fill.over(paper)
    table = ramp(tuple((stop.offset, stop.color.over(paper)) for stop in fill.color_stops))
    red, green, blue = (int(value) for value in table.mean(axis=0).round())
    return red, green, blue


def extremes(fill: Fill, paper: Rgb = PAPER) -> list[Rgb]:
    """The colours a fill consists of: all stops, or the one colour, as seen on the paper."""
    if isinstance(fill, Color):
        return [fill.over(paper)]
    return [stop.color.over(paper) for stop in fill.color_stops]


@lru_cache(maxsize=64)
def ramp(stops: tuple[tuple[float, Rgb], ...]) -> NDArray[np.uint8]:
    """256 colours from the first offset 0 to the last offset 1, shape (256, 3)."""
    offsets = [offset for offset, _ in stops]
    steps = np.linspace(0, 1, GRADIENT_STEPS)
    channels = [np.interp(steps, offsets, [color[channel] for _, color in stops]) for channel in range(3)]
    table = np.stack(channels, axis=1).round().astype(np.uint8)
    table.setflags(write=False)
    return table


def shade_steps(shade: Shade, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
    """Which of the 256 colours each pixel of a region gets, shape (height, width)."""
    columns = np.arange(x, x + width, dtype=np.float32) + np.float32(0.5)
    rows = np.arange(y, y + height, dtype=np.float32) + np.float32(0.5)
    top = np.float32(GRADIENT_STEPS - 1)
    if isinstance(shade, Radial):
        across, down = (columns - shade.center[0]) ** 2, (rows - shade.center[1]) ** 2
        field = np.sqrt(down[:, None] + across[None, :])
        field *= top / np.float32(shade.radius)
    else:
        (x0, y0), (x1, y1) = shade.start, shade.end
        dx, dy = x1 - x0, y1 - y0
        length = max(dx * dx + dy * dy, 1e-9)
        across = (columns - np.float32(x0)) * np.float32(dx * top / length)
        down = (rows - np.float32(y0)) * np.float32(dy * top / length)
        field = down[:, None] + across[None, :]
        np.maximum(field, 0, out=field)
    np.minimum(field, top, out=field)
    field += np.float32(0.5)
    return field.astype(np.uint8)


def _nearest(value: float) -> float:
    """Round half up, as JavaScript does."""
    return float(math.floor(value + 0.5))
