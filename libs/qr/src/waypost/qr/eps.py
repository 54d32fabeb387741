"""A scene as Encapsulated PostScript, level 3: the same outlines, `shfill` gradients, the logo laid flat.

PostScript has no transparency, so a see-through background is paper white and the logo is blended with the
background beneath it.
"""

import base64
import zlib

import numpy as np

from waypost.qr.color import PAPER, Color
from waypost.qr.outline import POINTS_PER_PX, digits, operators, placed, rgb_digits, shading
from waypost.qr.paint import Box, Paint, ramp, shade_steps
from waypost.qr.paths import Path, rectangle
from waypost.qr.scene import Picture, Place, Scene

_PROLOG = "/m {moveto} bind def /l {lineto} bind def /c {curveto} bind def /h {closepath} bind def"


def write_eps(scene: Scene, width_mm: float | None = None) -> bytes:
    """The EPS of a scene, `width_mm` wide on paper, or one CSS pixel a px."""
    scale = width_mm / 25.4 * 72 / scene.size.width if width_mm else POINTS_PER_PX
    width, height = scene.size.width * scale, scene.size.height * scale
    out = [
        "%!PS-Adobe-3.0 EPSF-3.0",
        f"%%BoundingBox: 0 0 {int(np.ceil(width))} {int(np.ceil(height))}",
        f"%%HiResBoundingBox: 0 0 {digits(width)} {digits(height)}",
        "%%LanguageLevel: 3",
        "%%EndComments",
        "save 10 dict begin",
        _PROLOG,
        f"0 {digits(height)} translate {digits(scale, 6)} {digits(-scale, 6)} scale",
    ]
    ground = scene.background
    if not (isinstance(ground, Color) and ground.alpha == 0):
        backdrop = scene.backdrop or rectangle(0, 0, scene.size.width, scene.size.height)
        out.append(_filled(backdrop, ground, Place()))
    for layer in scene.layers:
        if isinstance(layer, Picture):
            out.append(_picture(layer, ground))
        elif layer.path:
            out.append(_filled(layer.path, layer.paint, layer.place))
    out.append("end restore\nshowpage\n%%EOF\n")
    return "\n".join(out).encode("ascii")


def _filled(path: Path, paint: Paint, place: Place) -> str:
    matrix = placed(place)
    move = f"[{matrix}] concat\n" if matrix else ""
    if isinstance(paint, Color):
        color = rgb_digits(paint.over(PAPER))
        return f"gsave {move}{color} setrgbcolor\nnewpath\n{operators(path)}\nfill grestore"
    return (
        f"gsave {move}newpath\n{operators(path)}\nclip newpath\n<< {shading(paint, place)} >> shfill grestore"
    )


def _picture(layer: Picture, ground: Paint) -> str:
    logo = layer.logo
    pixels = logo.pixels(logo.width, logo.height).astype(np.uint16)
    alpha = pixels[..., 3:]
    beneath = _ground(layer.box, ground, logo.width, logo.height)
    flat = (pixels[..., :3] * alpha + beneath * (255 - alpha) + 127) // 255
    data = base64.a85encode(zlib.compress(flat.astype(np.uint8).tobytes(), 9), wrapcol=100).decode()
    box = layer.box
    return (
        f"gsave {digits(box.x)} {digits(box.y)} translate {digits(box.width)} {digits(box.height)} scale\n"
        "/DeviceRGB setcolorspace\n"
        f"<< /ImageType 1 /Width {logo.width} /Height {logo.height} /BitsPerComponent 8 /Decode [0 1 0 1 0 1]"
        f" /ImageMatrix [{logo.width} 0 0 {logo.height} 0 0]"
        " /DataSource currentfile /ASCII85Decode filter /FlateDecode filter >> image\n"
        f"{data}~>\ngrestore"
    )


def _ground(
    box: Box, ground: Paint, width: int, height: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """The background under a box at a logo's resolution."""
    if isinstance(ground, Color):
        return np.array(ground.over(PAPER), np.uint16)
    wide, high = max(1, round(box.width)), max(1, round(box.height))
    steps = shade_steps(ground, round(box.x), round(box.y), wide, high)
    rows = np.arange(height) * high // height
    columns = np.arange(width) * wide // width
    return ramp(ground.stops)[steps[np.ix_(rows, columns)]].astype(np.uint16)
