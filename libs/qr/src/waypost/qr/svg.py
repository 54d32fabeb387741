"""A scene as SVG: relative commands on the half-module grid, filled directly, without clip paths."""

import base64
import zlib
from collections.abc import Iterator

import numpy as np

from waypost.qr.color import Color
from waypost.qr.modules import DISCS, disc_radius
from waypost.qr.paint import Linear, Paint, Radial, Shade
from waypost.qr.paths import Command, Path, end
from waypost.qr.scene import Layer, Modules, Picture, Place, Scene


def write_svg(scene: Scene, width_mm: float | None = None) -> bytes:
    """The SVG of a scene, UTF-8. With `width_mm` it asks for that width on paper, else for its size in px."""
    width, height = scene.size.width, scene.size.height
    unit = (width_mm / width, "mm") if width_mm else (1.0, "")
    gradients: dict[str, str] = {}
    body = [_background(scene, gradients), *(_layer(layer, gradients) for layer in scene.layers)]
    defs = f"<defs>{''.join(gradients.values())}</defs>" if gradients else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width * unit[0])}{unit[1]}"'
        f' height="{number(height * unit[0])}{unit[1]}" viewBox="0 0 {width} {height}">'
        f"{defs}{''.join(body)}</svg>"
    ).encode()


def number(value: float) -> str:
    """The shortest text of a number, to a hundredth of its unit."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if text in {"", "-0"}:
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _background(scene: Scene, gradients: dict[str, str]) -> str:
    ground = scene.background
    if isinstance(ground, Color) and ground.alpha == 0:
        return ""
    fill = _fill(ground, Place(), gradients)
    if isinstance(ground, Color) and ground.alpha < 1:
        fill += f' fill-opacity="{number(ground.alpha)}"'
    if scene.backdrop is not None:
        return f'<path{fill} d="{path_data(scene.backdrop)}"/>'
    return f'<path{fill} d="M0 0h{scene.size.width}v{scene.size.height}H0z"/>'


def _layer(layer: Layer, gradients: dict[str, str]) -> str:
    if isinstance(layer, Picture):
        box = layer.box
        data = base64.b64encode(layer.logo.png).decode()
        return (
            f'<image x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}"'
            f' height="{number(box.height)}" href="data:image/png;base64,{data}"/>'
        )
    fill = _fill(layer.paint, layer.place, gradients)
    placed = _transform(layer.place)
    if isinstance(layer, Modules) and layer.style in DISCS:
        return _dots(layer, fill, placed)
    data_text = path_data(layer.path)
    return f'<path{fill}{placed} d="{data_text}"/>' if data_text else ""


def _dots(layer: Modules, fill: str, placed: str) -> str:
    """Discs as round-capped strokes of no length: a third of the bytes of circles."""
    stroke = fill.replace(" fill=", " stroke=") if fill else ' stroke="#000"'
    out = []
    for kind in np.unique(layer.kinds[layer.kinds > 0]).tolist():
        radius = disc_radius(layer.style, kind)
        data: list[str] = []
        last = (0, 0)
        for row, column in np.argwhere(layer.kinds == kind).tolist():
            x, y = 2 * column + 1, 2 * row + 1
            data.append(f"m{x - last[0]} {y - last[1]}h0" if data else f"M{x} {y}h0")
            last = (x, y)
        out.append(
            f'<path{stroke}{placed} stroke-width="{number(2 * radius)}" stroke-linecap="round"'
            f' d="{"".join(data).replace(" -", "-")}"/>'
        )
    return "".join(out)


def _transform(place: Place) -> str:
    if place == Place():
        return ""
    shift = f"translate({number(place.x)} {number(place.y)})"
    scale = "" if place.scale == 1 else f"scale({precise(place.scale)})"
    return f' transform="{shift}{scale}"'


def precise(value: float) -> str:
    """A factor with enough digits for a canvas of 4096 px."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _fill(paint: Paint, place: Place, gradients: dict[str, str]) -> str:
    """The fill attribute; nothing means black. Gradients are written once, in the layer's own units."""
    if isinstance(paint, Color):
        text = paint[:7]
        short = f"#{text[1]}{text[3]}{text[5]}" if text[1::2] == text[2::2] else text
        return "" if short == "#000" else f' fill="{short}"'
    body = _gradient(paint, place)
    name = f"g{zlib.crc32(body.encode()):08x}"
    gradients[name] = body.replace("<linearGradient", f'<linearGradient id="{name}"').replace(
        "<radialGradient", f'<radialGradient id="{name}"'
    )
    return f' fill="url(#{name})"'


def _gradient(shade: Shade, place: Place) -> str:
    stops = "".join(
        f'<stop offset="{number(offset)}" stop-color="#{red:02x}{green:02x}{blue:02x}"/>'
        for offset, (red, green, blue) in shade.stops
    )

    def local(point: tuple[float, float]) -> tuple[str, str]:
        return number((point[0] - place.x) / place.scale), number((point[1] - place.y) / place.scale)

    if isinstance(shade, Radial):
        x, y = local(shade.center)
        radius = number(shade.radius / place.scale)
        return (
            f'<radialGradient gradientUnits="userSpaceOnUse" cx="{x}" cy="{y}" r="{radius}">'
            f"{stops}</radialGradient>"
        )
    assert isinstance(shade, Linear)
    (x1, y1), (x2, y2) = local(shade.start), local(shade.end)
    return (
        f'<linearGradient gradientUnits="userSpaceOnUse" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">'
        f"{stops}</linearGradient>"
    )


def path_data(path: Path) -> str:
    """The `d` of a path, in relative commands with rounding that never adds up."""
    out: list[str] = []
    x = y = start_x = start_y = 0.0
    last = ""
    for command in _half_circles(path):
        kind, *values = command
        if kind == "Z":
            out.append("z")
            x, y, last = start_x, start_y, "z"
            continue
        points = values[1:] if kind == "A" else values
        relative = [number(value - (y if i % 2 else x)) for i, value in enumerate(points)]
        letter = kind.lower()
        if kind == "M":
            start_x, start_y = round(points[0], 2), round(points[1], 2)
            relative = relative if out else [number(points[0]), number(points[1])]
            letter = "m" if out else "M"
        elif kind == "L" and relative[1] == "0":
            letter, relative = "h", relative[:1]
        elif kind == "L" and relative[0] == "0":
            letter, relative = "v", relative[1:]
        elif kind == "A":
            radius = number(values[0])
            # Flags may touch what follows: `0 011 1` is angle 0, flags 0 and 1, then 1 1 (SVG 2, 9.3.9).
            relative = [radius, radius, f"0 01{relative[0]}", relative[1]]
        text = ""
        for part in relative:
            text += part if not text or part.startswith("-") else " " + part
        joint = " " if letter == last and letter not in "mz" and not text.startswith("-") else ""
        out.append((joint if letter == last and letter not in "mz" else letter) + text)
        last = letter
        x, y = round(points[-2], 2), round(points[-1], 2)
    return "".join(out)


def _half_circles(path: Path) -> Iterator[Command]:
    """The path with two quarters of one circle in a row as its half, which is one command in SVG."""
    here: tuple[float, ...] = ()
    start: tuple[float, ...] = ()
    waiting: Command | None = None
    for command in path:
        point = end(command)
        same = waiting and command[0] == "A" and command[1:][0] == waiting[1:][0]
        if same and 0 in (point[0] - start[0], point[1] - start[1]):
            yield command
            waiting = None
        else:
            if waiting:
                yield waiting
            waiting, start = (command, here) if command[0] == "A" else (None, ())
            if not waiting:
                yield command
        here = point
    if waiting:
        yield waiting
