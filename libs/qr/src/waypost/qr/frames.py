"""Frames with a call to action: plain outlines around the code, every one of them 100 units wide."""

from collections.abc import Callable
from dataclasses import dataclass

from waypost.qr.color import BLACK, PAPER, WHITE, Color, contrast
from waypost.qr.design import Design, FrameType
from waypost.qr.faults import InvalidDesign
from waypost.qr.font import missing, text_path
from waypost.qr.paint import average
from waypost.qr.paths import ARC, Command, Path, circle, polygon, rectangle

WIDTH = 100.0
EDGE = 3.0
"""Units of background kept free around every frame."""
_READABLE = 4.5


@dataclass(frozen=True)
class Template:
    """A frame's outline: the code's square box, the body, marks upon it, and the line of text."""

    height: float
    code: tuple[float, float, float]
    """Left, top and side of the square that the code and its quiet zone fill."""
    body: Path
    marks: Path
    """Drawn in the text's colour, upon the body."""
    text: tuple[float, float, float, float]
    """Middle of the line (x, y), height of capitals, greatest width."""
    text_on_body: bool


@dataclass(frozen=True)
class FrameArt:
    """What to draw for a frame, in its units, and with which colours."""

    template: Template
    color: Color
    text_color: Color
    text: Path


def template(kind: FrameType) -> Template:
    """The template of a type."""
    return _TEMPLATES[kind]()


def aspect(kind: FrameType) -> float:
    """Height over width of the picture that holds a frame and its edge."""
    return (template(kind).height + 2 * EDGE) / (WIDTH + 2 * EDGE)


def check_text(design: Design) -> None:
    """Raises InvalidDesign when the call to action holds a character the font has not."""
    if design.frame and (absent := missing(design.frame.text)):
        raise InvalidDesign("frame.text", f"the built-in font has no outline for {absent!r}")


def frame_art(design: Design) -> FrameArt:
    """The art of a design's frame. Colours that are not given follow the code's."""
    check_text(design)
    frame = design.frame
    assert frame is not None
    shape = template(frame.type)
    paper = average(design.background.fill or Color("#00000000"), PAPER)
    color = Color.of((frame.color or Color.of(average(design.dots_fill, paper))).over(paper))
    if frame.text_color:
        text_color = Color.of(frame.text_color.over(color.rgb if shape.text_on_body else paper))
    elif shape.text_on_body:
        candidates = (Color.of(paper), WHITE, BLACK)
        text_color = next((c for c in candidates if contrast(c.rgb, color.rgb) >= _READABLE), WHITE)
    else:
        text_color = color
    x, y, cap_height, max_width = shape.text
    return FrameArt(shape, color, text_color, text_path(frame.text, x, y, cap_height, max_width))


def _bar_below() -> Template:
    body = rectangle(0, 0, 100, 122, 8) + rectangle(4, 4, 92, 92, 5, reverse=True)
    return Template(122, (5, 5, 90), body, (), (50, 109, 11, 84), True)


def _bar_above() -> Template:
    body = rectangle(0, 0, 100, 122, 8) + rectangle(4, 26, 92, 92, 5, reverse=True)
    return Template(122, (5, 27, 90), body, (), (50, 13, 11, 84), True)


def _bubble_below() -> Template:
    body = (
        _ring(0, 0, 100, 100, 8, 3.5)
        + rectangle(0, 110, 100, 23, 8)
        + polygon(((43, 110.5), (50, 103), (57, 110.5)))
    )
    return Template(133, (4.5, 4.5, 91), body, (), (50, 121.5, 11, 84), True)


def _bubble_above() -> Template:
    body = (
        rectangle(0, 0, 100, 23, 8)
        + polygon(((43, 22.5), (57, 22.5), (50, 30)))
        + _ring(0, 33, 100, 100, 8, 3.5)
    )
    return Template(133, (4.5, 37.5, 91), body, (), (50, 11.5, 11, 84), True)


def _card() -> Template:
    body = _ring(0, 0, 100, 124, 7, 1.6)
    return Template(124, (5, 5, 90), body, (), (50, 106, 11, 84), False)


def _brackets() -> Template:
    body: Path = ()
    for flip_x in (False, True):
        for flip_y in (False, True):
            body += _bracket(flip_x, flip_y)
    return Template(121, (5, 5, 90), body, (), (50, 112.5, 11, 92), False)


def _ribbon() -> Template:
    tail = polygon(((0, 88), (100, 88), (93, 99.5), (100, 111), (0, 111), (7, 99.5)))
    return Template(111, (9, 3, 82), _ring(6, 0, 88, 88, 6, 3) + tail, (), (50, 99.5, 10.5, 78), True)


def _phone() -> Template:
    body = rectangle(0, 0, 100, 146, 14) + rectangle(6, 16, 88, 88, 4, reverse=True)
    marks = rectangle(39, 6.8, 22, 2.4, 1.2) + circle(50, 136.5, 4.2)
    return Template(146, (6.5, 16.5, 87), body, marks, (50, 117.5, 10.5, 82), True)


def _ticket() -> Template:
    notch, seam, handle = 5.0, 99.0, 5.0 * ARC
    # Drawn by hand, because the notches turn the other way than the corners.
    outline: Path = (
        ("M", 6, 0),
        ("L", 94, 0),
        ("A", 6, 100, 6),
        ("L", 100, seam - notch),
        ("C", 100 - handle, seam - notch, 100 - notch, seam - handle, 100 - notch, seam),
        ("C", 100 - notch, seam + handle, 100 - handle, seam + notch, 100, seam + notch),
        ("L", 100, 119),
        ("A", 6, 94, 125),
        ("L", 6, 125),
        ("A", 6, 0, 119),
        ("L", 0, seam + notch),
        ("C", handle, seam + notch, notch, seam + handle, notch, seam),
        ("C", notch, seam - handle, handle, seam - notch, 0, seam - notch),
        ("L", 0, 6),
        ("A", 6, 6, 0),
        ("Z",),
    )
    marks: Path = ()
    for step in range(14):
        marks += rectangle(9.4 + step * 6, seam - 0.5, 3.2, 1, 0.5)
    return Template(
        125,
        (5, 5, 90),
        outline + rectangle(4, 4, 92, 91, 3, reverse=True),
        marks,
        (50, 112.5, 10.5, 82),
        True,
    )


def _ring(x: float, y: float, width: float, height: float, radius: float, stroke: float) -> Path:
    inside = rectangle(
        x + stroke,
        y + stroke,
        width - 2 * stroke,
        height - 2 * stroke,
        max(0.0, radius - stroke),
        reverse=True,
    )
    return rectangle(x, y, width, height, radius) + inside


def _bracket(flip_x: bool, flip_y: bool) -> Path:
    """One corner mark: two arms of 24 units, 4 thick, around a corner of radius 10."""
    arm, thick, radius = 24.0, 4.0, 10.0
    inner = radius - thick
    far, near = radius * (1 - ARC), inner * (1 - ARC) + thick
    points: Path = (
        ("M", 0, arm),
        ("L", 0, radius),
        ("C", 0, far, far, 0, radius, 0),
        ("L", arm, 0),
        ("L", arm, thick),
        ("L", radius, thick),
        ("C", near, thick, thick, near, thick, radius),
        ("L", thick, arm),
        ("Z",),
    )
    mirrored: list[Command] = []
    for letter, *numbers in points:
        values = [
            (100 - n if flip_y else n) if i % 2 else (100 - n if flip_x else n) for i, n in enumerate(numbers)
        ]
        mirrored.append((letter, *values))
    return tuple(mirrored)


_TEMPLATES: dict[FrameType, Callable[[], Template]] = {
    "bar-below": _bar_below,
    "bar-above": _bar_above,
    "bubble-below": _bubble_below,
    "bubble-above": _bubble_above,
    "card": _card,
    "brackets": _brackets,
    "ribbon": _ribbon,
    "phone": _phone,
    "ticket": _ticket,
}
