"""A scene as pixels: palette indices where colours are few and solid, true colour where they are not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from waypost.qr.color import PAPER, Color, Rgb
from waypost.qr.coverage import LEVELS, Mask, coverage
from waypost.qr.masks import modules_atlas, shape_mask
from waypost.qr.paint import Paint, Shade, ramp, shade_steps
from waypost.qr.scene import Modules, Picture, Scene

Pixels = NDArray[np.uint8]

PALETTE_ENTRIES = 256
_STRIP_ROWS = 64


@dataclass(frozen=True, eq=False)
class Indexed:
    """One byte a pixel into a palette of RGBA rows."""

    pixels: Pixels
    palette: list[tuple[int, int, int, int]]

    def true_color(self) -> Pixels:
        """A colour per pixel, shape (height, width, 3), or 4 when any colour is translucent."""
        table = np.array(self.palette, np.uint8)
        return table[:, : 3 if (table[:, 3] == 255).all() else 4][self.pixels]


def rasterize(scene: Scene) -> Indexed | Pixels:
    """Draw a scene whose modules are whole pixels. True colour comes as (height, width, 3 or 4)."""
    if _few_colors(scene):
        indexed = _IndexedCanvas(scene)
        if indexed.draw():
            return Indexed(indexed.pixels, indexed.palette)
    return _TrueColorCanvas(scene).draw()


def flat(scene: Scene) -> Pixels:
    """The scene as opaque RGB on white paper, shape (height, width, 3)."""
    drawn = rasterize(scene)
    pixels = drawn.true_color() if isinstance(drawn, Indexed) else drawn
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = pixels[..., :3] * alpha + np.array(PAPER, np.uint16) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _few_colors(scene: Scene) -> bool:
    if scene.backdrop is not None or not isinstance(scene.background, Color):
        return False
    return all(not isinstance(layer, Picture) and isinstance(layer.paint, Color) for layer in scene.layers)


class _IndexedCanvas:
    """Palette entries are made as blends of two colours are first needed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        ground = Color(scene.background)
        self.palette = [(*ground.rgb, round(ground.alpha * 255))]
        self.pixels = np.zeros((scene.size.height, scene.size.width), np.uint8)
        self._blends: dict[tuple[int, Rgb, int], int] = {}
        self._touched: list[tuple[int, int, int, int]] = []

    def draw(self) -> bool:
        """False when the palette overflows; the canvas is then of no use."""
        try:
            for layer in self.scene.layers:
                paint = layer.paint.rgb  # type: ignore[union-attr]  # only solid shapes get here
                if isinstance(layer, Modules):
                    self._modules(layer, paint)
                else:
                    left, top, mask = shape_mask(layer, self.scene.size.width, self.scene.size.height)  # type: ignore[arg-type]  # not a picture
                    self._shape(left, top, mask, paint)
        except OverflowError:
            return False
        return True

    def _modules(self, layer: Modules, paint: Rgb) -> None:
        which, atlas = modules_atlas(layer)
        x, y = int(layer.place.x), int(layer.place.y)
        rows, columns = which.shape
        size = atlas.shape[1]
        region = (x, y, x + columns * size, y + rows * size)
        if any(_overlap(region, touched) for touched in self._touched):
            mask = atlas[which].transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
            self._shape(x, y, mask, paint)
            return
        inked = self._table(0, paint, np.unique(atlas))[atlas]
        view = self.pixels[y : region[3], x : region[2]]
        view.reshape(
            rows, size, -1
        )  # shape is right by construction; a copy would be lost, so assign by rows
        for row in range(rows):
            strip = inked[which[row]].transpose(1, 0, 2).reshape(size, columns * size)
            view[row * size : (row + 1) * size] = strip
        self._touched.append(region)

    def _shape(self, left: int, top: int, mask: Mask, paint: Rgb) -> None:
        if not mask.size:
            return
        height, width = mask.shape
        view = self.pixels[top : top + height, left : left + width]
        inside = mask > 0
        unders = np.flatnonzero(np.bincount(view[inside], minlength=PALETTE_ENTRIES))
        result = view.copy()
        for under in unders.tolist():
            there = inside & (view == under) if len(unders) > 1 else inside
            levels = mask[there]
            result[there] = self._table(under, paint, np.flatnonzero(np.bincount(levels)))[levels]
        view[...] = result
        self._touched.append((left, top, left + width, top + height))

    def _table(self, under: int, paint: Rgb, levels: NDArray[np.integer]) -> Pixels:
        """From mask level to palette index, for one colour over one index."""
        table = np.full(LEVELS + 1, under, np.uint8)
        for level in levels.tolist():
            if level:
                table[level] = self._blend(under, paint, level)
        return table

    def _blend(self, under: int, paint: Rgb, level: int) -> int:
        key = (under, paint, level)
        found = self._blends.get(key)
        if found is None:
            color = _mixed(self.palette[under], paint, level)
            found = self.palette.index(color) if color in self.palette else len(self.palette)
            if found == len(self.palette):
                if found == PALETTE_ENTRIES:
                    raise OverflowError("more colours than a palette holds")
                self.palette.append(color)
            self._blends[key] = found
        return found


class _TrueColorCanvas:
    """Pixels of 3 or 4 bytes; 4 when the ground lets the page show through."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.width, self.height = scene.size.width, scene.size.height
        ground = scene.background
        self.clear = scene.backdrop is not None or (isinstance(ground, Color) and ground.alpha < 1)
        self.pixels = np.empty((self.height, self.width, 4), np.uint8)
        if isinstance(ground, Color):
            self.pixels[...] = (*ground.rgb, round(ground.alpha * 255))
        else:
            for rows in _strips(self.height):
                self.pixels[rows] = _shaded(ground, 0, rows.start, self.width, rows.stop - rows.start)

    def draw(self) -> Pixels:
        if self.scene.backdrop is not None:
            mask = coverage(self.scene.backdrop, self.width, self.height)
            self.pixels[..., 3] = (self.pixels[..., 3].astype(np.uint16) * mask // LEVELS).astype(np.uint8)
        for layer in self.scene.layers:
            if isinstance(layer, Picture):
                self._picture(layer)
            elif isinstance(layer, Modules):
                which, atlas = modules_atlas(layer)
                rows, columns = which.shape
                size = atlas.shape[1]
                mask = atlas[which].transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
                self._shape(int(layer.place.x), int(layer.place.y), mask, layer.paint)
            else:
                self._shape(*shape_mask(layer, self.width, self.height), layer.paint)
        return self.pixels if self.clear else self.pixels[..., :3]

    def _shape(self, left: int, top: int, mask: Mask, paint: Paint) -> None:
        if not mask.size:
            return
        height, width = mask.shape
        view = self.pixels[top : top + height, left : left + width]
        ground = self.scene.background
        if not self.clear and isinstance(ground, Color) and not isinstance(paint, Color):
            self._shade_on_solid(view, mask, paint, ground.rgb, left, top)
            return
        for rows in _strips(height):
            if isinstance(paint, Color):
                source = np.array((*paint.rgb, 255), np.uint8)
            else:
                source = _shaded(paint, left, top + rows.start, width, rows.stop - rows.start)
            _blend_over(view[rows], source, mask[rows] * np.uint8(255 // LEVELS))

    @staticmethod
    def _shade_on_solid(view: Pixels, mask: Mask, paint: Shade, under: Rgb, left: int, top: int) -> None:
        """A gradient over one colour: a table of 256 steps by 16 levels, one look-up a pixel, strip by strip.

        Only the code's own parts are shaded; their boxes hold nothing else, so the ground is written along.
        """
        height, width = mask.shape
        table = _shade_table(paint.stops, under)
        for rows in _strips(height):
            count = rows.stop - rows.start
            steps = shade_steps(paint, left, top + rows.start, width, count).astype(np.uint16)
            steps <<= 4
            steps |= mask[rows]
            view[rows] = table[steps].view(np.uint8).reshape(count, width, 4)

    def _picture(self, layer: Picture) -> None:
        left, top = round(layer.box.x), round(layer.box.y)
        width = max(1, round(layer.box.x + layer.box.width) - left)
        height = max(1, round(layer.box.y + layer.box.height) - top)
        logo = layer.logo.pixels(width, height)
        view = self.pixels[top : top + height, left : left + width]
        for rows in _strips(height):
            _blend_over(view[rows], logo[rows], logo[rows, :, 3])


@lru_cache(maxsize=64)
def _shade_table(stops: tuple[tuple[float, Rgb], ...], under: Rgb) -> NDArray[np.uint32]:
    """Every step of a gradient at every mask level over one colour."""
    levels = np.arange(LEVELS + 1, dtype=np.int32)[None, :, None]
    colors = ramp(stops).astype(np.int32)[:, None, :]
    mixed = (np.array(under, np.int32) * (LEVELS - levels) + colors * levels + LEVELS // 2) // LEVELS
    return _packed(mixed.reshape(-1, 3).astype(np.uint8))


def _strips(height: int) -> Iterator[slice]:
    """Rows in strips that stay in the cache, so that a large picture costs little memory on the way."""
    for start in range(0, height, _STRIP_ROWS):
        yield slice(start, min(height, start + _STRIP_ROWS))


def _shaded(shade: Shade, x: int, y: int, width: int, height: int) -> Pixels:
    """A region of a gradient as opaque RGBA."""
    steps = shade_steps(shade, x, y, width, height)
    return _packed(ramp(shade.stops))[steps].view(np.uint8).reshape(height, width, 4)


def _blend_over(view: Pixels, over: Pixels, opacity: Pixels) -> None:
    """One strip over another, both with straight alpha; `opacity` 0 to 255 is what is laid over."""
    source, alpha, under = over.astype(np.int32), opacity.astype(np.int32), view.astype(np.int32)
    below = under[..., 3] * (255 - alpha)
    total = alpha * 255 + below
    safe = np.maximum(total, 1)[..., None]
    mixed = (
        source[..., :3] * (alpha * 255)[..., None] + under[..., :3] * below[..., None] + safe // 2
    ) // safe
    drawn = alpha > 0
    view[..., :3][drawn] = mixed[drawn].astype(np.uint8)
    view[..., 3][drawn] = ((total + 127) // 255)[drawn].astype(np.uint8)


def _mixed(under: tuple[int, int, int, int], paint: Rgb, level: int) -> tuple[int, int, int, int]:
    """An opaque colour over a palette entry at a mask level, with straight alpha."""
    share = level / LEVELS
    below = under[3] / 255 * (1 - share)
    total = share + below
    red, green, blue = (round((p * share + u * below) / total) for p, u in zip(paint, under[:3], strict=True))
    return red, green, blue, round(total * 255)


def _packed(colors: Pixels) -> NDArray[np.uint32]:
    """RGB rows as one opaque word each, so that a look-up moves whole pixels."""
    rows = np.full((len(colors), 4), 255, np.uint8)
    rows[:, :3] = colors
    return rows.view(np.uint32)[:, 0]


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
