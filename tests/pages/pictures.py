"""Pictures for the sample pages, painted from soft blobs of colour, so that none has to be stored."""

from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

_PALETTES = {
    "portrait": (
        (233, 196, 170),
        [((120, 66, 50), 0.5, 0.42, 0.30), ((64, 40, 48), 0.5, 0.12, 0.34), ((210, 98, 74), 0.5, 1.05, 0.42)],
    ),
    "table": (
        (238, 214, 186),
        [
            ((186, 84, 44), 0.2, 0.7, 0.35),
            ((250, 240, 224), 0.62, 0.45, 0.3),
            ((84, 112, 74), 0.9, 0.15, 0.3),
        ],
    ),
    "eggs": (
        (246, 232, 208),
        [
            ((246, 178, 44), 0.42, 0.45, 0.2),
            ((255, 250, 240), 0.5, 0.5, 0.45),
            ((140, 90, 50), 0.9, 0.9, 0.4),
        ],
    ),
    "fish": (
        (206, 222, 224),
        [
            ((240, 128, 98), 0.55, 0.55, 0.28),
            ((96, 140, 104), 0.15, 0.25, 0.3),
            ((250, 238, 180), 0.85, 0.2, 0.2),
        ],
    ),
    "harbour": (
        (250, 176, 120),
        [
            ((40, 62, 110), 0.5, 1.1, 0.62),
            ((255, 226, 160), 0.7, 0.42, 0.18),
            ((116, 76, 130), 0.1, 0.1, 0.5),
        ],
    ),
    "logo": ((24, 78, 96), [((64, 168, 170), 0.3, 0.25, 0.5), ((242, 180, 92), 0.78, 0.78, 0.3)]),
    "app": ((38, 70, 200), [((86, 200, 240), 0.2, 0.15, 0.55), ((170, 90, 240), 0.95, 0.95, 0.55)]),
}


@cache
def picture(name: str) -> bytes:
    """A JPEG by name. Raises KeyError for a picture that nobody painted."""
    ground, blobs = _PALETTES[name]
    width, height = (960, 600) if name in {"harbour", "table"} else (480, 480)
    down, across = np.mgrid[0:height, 0:width]
    canvas = np.ones((height, width, 3)) * np.array(ground)
    for colour, x, y, size in blobs:
        distance = np.hypot(across / width - x, (down / height - y))
        weight = 1 / (1 + np.exp((distance - size) * 22))
        canvas = canvas * (1 - weight[..., None]) + np.array(colour) * weight[..., None]
    file = BytesIO()
    Image.fromarray(canvas.astype(np.uint8)).save(file, "JPEG", quality=82)
    return file.getvalue()
