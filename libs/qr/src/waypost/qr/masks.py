"""Masks of a scene's layers on the pixel grid, with the ones that come again kept."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from waypost.qr.coverage import LEVELS, Mask, coverage
from waypost.qr.design import DotType
from waypost.qr.limits import TILE_CACHE_ENTRIES
from waypost.qr.modules import tile
from waypost.qr.paths import Path
from waypost.qr.scene import Modules, Shape

_KEPT_PX = 512
"""Masks up to this edge are kept: finder patterns of everyday sizes."""


def shape_mask(shape: Shape, width: int, height: int) -> tuple[int, int, Mask]:
    """Left, top and mask of the part of a shape that is on the canvas; the mask may be empty."""
    place = shape.place
    left, top, right, bottom = _bounds(shape.path)
    x0 = max(0, int(np.floor(left * place.scale + place.x)))
    y0 = max(0, int(np.floor(top * place.scale + place.y)))
    x1 = min(width, int(np.ceil(right * place.scale + place.x)))
    y1 = min(height, int(np.ceil(bottom * place.scale + place.y)))
    if x1 <= x0 or y1 <= y0:
        return 0, 0, np.zeros((0, 0), np.uint8)
    arguments = (shape.path, x1 - x0, y1 - y0, place.scale, place.x - x0, place.y - y0)
    small = max(x1 - x0, y1 - y0) <= _KEPT_PX
    return x0, y0, _kept(*arguments) if small else coverage(*arguments)


def modules_atlas(modules: Modules) -> tuple[NDArray[np.intp], Mask]:
    """Which tile each module shows, and the tiles: atlas[0] is empty, shape (tiles, px, px)."""
    size = round(modules.place.scale * 2)
    numbers, which = np.unique(modules.kinds, return_inverse=True)
    tiles = [_tile(modules.style, int(number), size) for number in numbers]
    return which.reshape(modules.kinds.shape), np.stack(tiles)


@lru_cache(maxsize=64)
def _kept(path: Path, width: int, height: int, scale: float, x: float, y: float) -> Mask:
    return coverage(path, width, height, scale, x, y)


@lru_cache(maxsize=TILE_CACHE_ENTRIES)
def _tile(style: DotType, kind: int, size: int) -> Mask:
    if kind == 0:
        return np.zeros((size, size), np.uint8)
    return coverage(tile(style, kind), size, size, size / 2)


@lru_cache(maxsize=256)
def _bounds(path: Path) -> tuple[float, float, float, float]:
    points = np.array(
        [
            command[i : i + 2]
            for command in path
            for i in range(2 if command[0] == "A" else 1, len(command), 2)
        ]
    )
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


__all__ = ["LEVELS", "modules_atlas", "shape_mask"]
