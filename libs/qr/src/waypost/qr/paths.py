"""Outlines as values: a tuple of commands that every writer understands, and the shapes built from them.

Commands are tuples in absolute coordinates, y down:
`("M", x, y)`, `("L", x, y)`, `("A", radius, x, y)` a clockwise quarter of a circle, `("Q", cx, cy, x, y)`,
`("C", ax, ay, bx, by, x, y)` and `("Z",)`.
"""

import math
from collections.abc import Iterable, Iterator

Command = tuple[str, *tuple[float, ...]]
Path = tuple[Command, ...]

ARC = 4 / 3 * (math.sqrt(2) - 1)
"""How far a cubic's handles reach, in radii, to look like a quarter circle."""


def rounded(
    x: float,
    y: float,
    width: float,
    height: float,
    radii: tuple[float, float, float, float],
    reverse: bool = False,
) -> Path:
    """A rectangle with a radius per corner, from the top left clockwise; `reverse` makes it a hole."""
    right, bottom = x + width, y + height
    if reverse:
        return _reversed_rounded(x, y, right, bottom, radii)
    top_left, top_right, bottom_right, bottom_left = radii
    path: list[Command] = [("M", x + top_left, y), ("L", right - top_right, y)]
    if top_right:
        path.append(("A", top_right, right, y + top_right))
    path.append(("L", right, bottom - bottom_right))
    if bottom_right:
        path.append(("A", bottom_right, right - bottom_right, bottom))
    path.append(("L", x + bottom_left, bottom))
    if bottom_left:
        path.append(("A", bottom_left, x, bottom - bottom_left))
    path.append(("L", x, y + top_left))
    if top_left:
        path.append(("A", top_left, x + top_left, y))
    path.append(("Z",))
    return tuple(without_still_lines(path))


def _reversed_rounded(
    x: float, y: float, right: float, bottom: float, radii: tuple[float, float, float, float]
) -> Path:
    """The same outline counter-clockwise, its corners as cubics because arcs only turn clockwise."""
    top_left, top_right, bottom_right, bottom_left = radii
    corners = (
        (x, y, top_left, (1, 0), (0, 1)),
        (x, bottom, bottom_left, (0, -1), (1, 0)),
        (right, bottom, bottom_right, (-1, 0), (0, -1)),
        (right, y, top_right, (0, 1), (-1, 0)),
    )
    path: list[Command] = []
    for corner_x, corner_y, radius, (ax, ay), (bx, by) in corners:
        path.append(("L" if path else "M", corner_x + ax * radius, corner_y + ay * radius))
        if radius:
            rest = radius * (1 - ARC)
            path.append(
                (
                    "C",
                    corner_x + ax * rest,
                    corner_y + ay * rest,
                    corner_x + bx * rest,
                    corner_y + by * rest,
                    corner_x + bx * radius,
                    corner_y + by * radius,
                )
            )
    path.append(("Z",))
    return tuple(path)


def rectangle(
    x: float, y: float, width: float, height: float, radius: float = 0.0, reverse: bool = False
) -> Path:
    """A rectangle with one radius for all corners."""
    return rounded(x, y, width, height, (radius,) * 4, reverse)


def circle(x: float, y: float, radius: float) -> Path:
    """A disc around a centre."""
    return rectangle(x - radius, y - radius, 2 * radius, 2 * radius, radius)


def polygon(points: Iterable[tuple[float, float]]) -> Path:
    """Straight lines through points, closed."""
    path: list[Command] = []
    for x, y in points:
        path.append(("L" if path else "M", x, y))
    path.append(("Z",))
    return tuple(path)


def regular(x: float, y: float, radius: float, corners: int, turn: float = 0.0) -> Path:
    """A regular polygon with its corners on a circle; clockwise from `turn` radians."""
    angles = (turn + 2 * math.pi * corner / corners for corner in range(corners))
    return polygon((x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles)


def moved(path: Path, scale: float, x: float, y: float) -> Path:
    """The path scaled about the origin and then shifted."""
    out: list[Command] = []
    for command in path:
        kind, *numbers = command
        if kind == "A":
            radius, ax, ay = numbers
            out.append(("A", radius * scale, ax * scale + x, ay * scale + y))
        else:
            out.append((kind, *(n * scale + (y if i % 2 else x) for i, n in enumerate(numbers))))
    return tuple(out)


def arc_as_cubic(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, ...]:
    """The cubic that stands for a clockwise quarter circle between two points."""
    (x0, y0), (x1, y1) = start, end
    corner_x, corner_y = (x1, y0) if (x1 - x0) * (y1 - y0) > 0 else (x0, y1)
    return (
        x0 + (corner_x - x0) * ARC,
        y0 + (corner_y - y0) * ARC,
        x1 + (corner_x - x1) * ARC,
        y1 + (corner_y - y1) * ARC,
        x1,
        y1,
    )


def as_cubics(path: Path) -> Iterator[Command]:
    """The path with arcs and quadratics turned into cubics, for formats that have nothing else."""
    here = (0.0, 0.0)
    for command in path:
        kind, *numbers = command
        if kind == "A":
            yield ("C", *arc_as_cubic(here, (numbers[1], numbers[2])))
        elif kind == "Q":
            cx, cy, x, y = numbers
            yield (
                "C",
                here[0] + (cx - here[0]) * 2 / 3,
                here[1] + (cy - here[1]) * 2 / 3,
                x + (cx - x) * 2 / 3,
                y + (cy - y) * 2 / 3,
                x,
                y,
            )
        else:
            yield command
        if numbers:
            here = (numbers[-2], numbers[-1])


def end(command: Command) -> tuple[float, ...]:
    """The point a command leads to; empty for the closing one."""
    return command[1:][-2:]


def without_still_lines(path: Iterable[Command]) -> Iterator[Command]:
    """Drops lines that go nowhere, which corners as long as a side leave behind."""
    here: tuple[float, ...] = ()
    for command in path:
        if command[0] == "L" and command[1:] == here:
            continue
        yield command
        here = end(command)
