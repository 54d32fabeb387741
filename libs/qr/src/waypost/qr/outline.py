"""What PDF and PostScript share: path operators and gradients as functions of one value."""

from collections.abc import Iterator
from itertools import pairwise

from waypost.qr.color import Rgb
from waypost.qr.paint import Linear, Shade
from waypost.qr.paths import Path, as_cubics
from waypost.qr.scene import Place

POINTS_PER_PX = 0.75
"""A CSS pixel on paper: 1/96 inch."""

_OPERATORS = {"M": "m", "L": "l", "C": "c", "Z": "h"}
_SHORTEST_STEP = 1e-4


def digits(value: float, places: int = 3) -> str:
    """A number as short as it goes."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def rgb_digits(color: Rgb) -> str:
    """A colour as three shares of one."""
    return " ".join(digits(channel / 255, 4) for channel in color)


def operators(path: Path) -> str:
    """The path in the operators m, l, c and h."""
    return "\n".join(
        " ".join((*(digits(number) for number in numbers), _OPERATORS[letter]))
        for letter, *numbers in as_cubics(path)
    )


def placed(place: Place) -> str:
    """The matrix of a place, without its operator; empty for the identity."""
    if place == Place():
        return ""
    return f"{digits(place.scale, 6)} 0 0 {digits(place.scale, 6)} {digits(place.x)} {digits(place.y)}"


def shading(shade: Shade, place: Place) -> str:
    """The entries of a shading dictionary (types 2 and 3), its coordinates in the layer's units."""

    def local(point: tuple[float, float]) -> tuple[float, float]:
        return (point[0] - place.x) / place.scale, (point[1] - place.y) / place.scale

    if isinstance(shade, Linear):
        kind, coordinates = 2, (*local(shade.start), *local(shade.end))
    else:
        center = local(shade.center)
        kind, coordinates = 3, (*center, 0, *center, shade.radius / place.scale)  # type: ignore[assignment]  # six here
    numbers = " ".join(digits(value) for value in coordinates)
    return (
        f"/ShadingType {kind} /ColorSpace /DeviceRGB /Coords [{numbers}] /Extend [true true]"
        f" /Function {_function(tuple(_spread(shade)))}"
    )


def _function(stops: tuple[tuple[float, Rgb], ...]) -> str:
    parts = " ".join(
        f"<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [{rgb_digits(one[1])}] /C1 [{rgb_digits(other[1])}] >>"
        for one, other in pairwise(stops)
    )
    bounds = " ".join(digits(offset, 5) for offset, _ in stops[1:-1])
    encode = " ".join(["0 1"] * (len(stops) - 1))
    return f"<< /FunctionType 3 /Domain [0 1] /Functions [{parts}] /Bounds [{bounds}] /Encode [{encode}] >>"


def _spread(shade: Shade) -> Iterator[tuple[float, Rgb]]:
    """The stops from exactly 0 to exactly 1, each a little after the one before."""
    here = 0.0
    yield 0.0, shade.stops[0][1]
    for offset, color in shade.stops:
        if offset > here:
            here = min(offset, 1 - _SHORTEST_STEP)
        else:
            here += _SHORTEST_STEP
        if here < 1 - _SHORTEST_STEP:
            yield here, color
    yield 1.0, shade.stops[-1][1]
