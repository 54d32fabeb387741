"""How much of the error correction a logo spends: each module under it, as a camera would see it."""

import numpy as np
from numpy.typing import NDArray

from waypost.qr.codewords import codeword_map
from waypost.qr.color import PAPER, Color, luma
from waypost.qr.design import Design
from waypost.qr.layout import Layout
from waypost.qr.logo import Logo
from waypost.qr.matrix import Matrix
from waypost.qr.paint import average
from waypost.qr.scene import hidden_modules, picture_box

_SAMPLES = 4
"""Samples along one module; all have to be clear for it to count as right."""
_UNSURE = 0.2
"""Share of the brightness step, either side of the middle, in which a sample is neither dark nor light."""


def logo_budget(matrix: Matrix, design: Design, logo: Logo | None) -> float:
    """The share of error correction that the logo uses up in the worst block; 0 without a logo."""
    columns, _ = hidden_modules(matrix, design, logo)
    if logo is None or not columns:
        return 0.0
    return codeword_map(matrix.version, matrix.level).budget(wrong_modules(matrix, design, logo))


def wrong_modules(matrix: Matrix, design: Design, logo: Logo) -> NDArray[np.bool_]:
    """True for the modules that read wrong, or not for sure, once the logo is drawn."""
    columns, rows = hidden_modules(matrix, design, logo)
    size = matrix.size
    left, top = (size - columns) // 2, (size - rows) // 2
    paper = average(design.background.fill or Color("#00000000"), PAPER)
    light, dark = luma(paper), luma(average(design.dots_fill, paper))
    cells = matrix.cells[top : top + rows, left : left + columns]
    clear = np.zeros_like(cells) if design.logo.hide_background_dots else cells
    seen = np.where(clear, dark, light).repeat(_SAMPLES, 0).repeat(_SAMPLES, 1)

    box = picture_box(logo, design, Layout(_SAMPLES, 0, 0, 0), size, columns, rows)
    x0, y0 = round(box.x) - left * _SAMPLES, round(box.y) - top * _SAMPLES
    width, height = max(1, round(box.width)), max(1, round(box.height))
    x0, y0 = max(0, x0), max(0, y0)
    width, height = min(width, seen.shape[1] - x0), min(height, seen.shape[0] - y0)
    pixels = logo.pixels(width, height).astype(float)
    alpha = pixels[..., 3] / 255
    ink = pixels[..., :3] @ np.array((0.299, 0.587, 0.114))
    part = seen[y0 : y0 + height, x0 : x0 + width]
    part[...] = part * (1 - alpha) + ink * alpha

    share = (light - seen) / max(1.0, light - dark)
    per_module = share.reshape(rows, _SAMPLES, columns, _SAMPLES)
    surely_dark = per_module.min(axis=(1, 3)) > 0.5 + _UNSURE
    surely_light = per_module.max(axis=(1, 3)) < 0.5 - _UNSURE
    wrong = np.zeros((size, size), bool)
    wrong[top : top + rows, left : left + columns] = ~np.where(cells, surely_dark, surely_light)
    return wrong
