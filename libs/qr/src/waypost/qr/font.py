"""Call-to-action text as outlines, from Inter Bold (SIL Open Font License, see fonts/OFL.txt)."""

import re
from functools import lru_cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from waypost.qr.paths import Command, Path, moved

_TOKEN = re.compile(r"([MLQZ])([^MLQZ]*)")


class _Font(Struct, frozen=True):
    units: int
    cap_height: int
    glyphs: dict[str, tuple[int, str]]


@lru_cache(maxsize=1)
def _font() -> _Font:
    return msgspec.json.decode((files("waypost.qr") / "fonts" / "inter-bold.json").read_bytes(), type=_Font)


def missing(text: str) -> str:
    """The characters that the font has no outline for, each once, in order."""
    return "".join(dict.fromkeys(character for character in text if character not in _font().glyphs))


def width(text: str) -> float:
    """How wide a text is, in capital heights."""
    font = _font()
    return sum(font.glyphs[character][0] for character in text) / font.cap_height


def text_path(text: str, x: float, y: float, cap_height: float, max_width: float) -> Path:
    """The outline of one line centred on a point, its capitals that high, shrunk when it would be too wide.

    The middle of the capitals is the middle of the line. Raises KeyError for a character of `missing(text)`.
    """
    if not text:
        return ()
    font = _font()
    cap_height = min(cap_height, max_width / width(text))
    scale = cap_height / font.cap_height
    left = x - width(text) * cap_height / 2
    path: list[Command] = []
    for character in text:
        path += moved(_glyph(character), scale, left, y + cap_height / 2)
        left += font.glyphs[character][0] * scale
    return tuple(path)


@lru_cache(maxsize=1024)
def _glyph(character: str) -> Path:
    """One glyph in font units, turned to y down."""
    commands: list[Command] = []
    for letter, numbers in _TOKEN.findall(_font().glyphs[character][1]):
        values = [float(value) for value in numbers.split()]
        commands.append((letter, *(-value if i % 2 else value for i, value in enumerate(values))))
    return tuple(commands)
