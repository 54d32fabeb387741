"""SVG pictures that are shown to visitors: read with an allow-list and written anew, so that nothing in them runs.

No script, handler, link, animation or foreign document is left, nothing is loaded from anywhere, and copies of copies
are counted. `waypost.qr.picture` calls this in its process; a page shows the result as an `<img>`, where browsers run
nothing either.
"""

import re
from collections.abc import Iterator
from io import StringIO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from waypost.qr.faults import LogoRefused
from waypost.qr.limits import MAX_PICTURE_EDGE_PX, MAX_VECTOR_DEPTH, MAX_VECTOR_ELEMENTS

_SVG = "http://www.w3.org/2000/svg"
_HREFS = ("href", "http://www.w3.org/1999/xlink href")
_DRAWING = (
    "svg g defs symbol use title desc style path rect circle ellipse line polyline polygon text tspan image"
)
_PAINTS = "linearGradient radialGradient stop clipPath mask pattern marker filter"
_FILTERS = (
    "Blend ColorMatrix ComponentTransfer Composite DropShadow Flood FuncA FuncB FuncG FuncR GaussianBlur Merge "
    "MergeNode Morphology Offset Turbulence"
)
_ELEMENTS = {*_DRAWING.split(), *_PAINTS.split(), *(f"fe{name}" for name in _FILTERS.split())}
_BEGINS = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*>|\s)*<(svg:)?svg[\s>]", re.DOTALL
)
_BEGINNING_BYTES = 8192
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_PICTURE = re.compile(r"data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/=\s]*\Z")
_AWAY = re.compile(r"url\(\s*['\"]?(?!['\"#\s])|\\|@(?!media\b)|expression\(|javascript:", re.IGNORECASE)
"""What leads out of the picture, or hides that it does."""
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+)(px)?\s*\Z")
_DEFAULT_PX = (300, 150)
"""What browsers give a picture that does not say how large it is (CSS 2, clause 10.3.2)."""


def is_svg(data: bytes) -> bool:
    """Whether an upload begins as an SVG does."""
    return _BEGINS.match(data[:_BEGINNING_BYTES]) is not None


def rewritten(data: bytes) -> bytes:
    """The same picture with what only draws. Raises LogoRefused."""
    return _Rewriter(data).written()


def size_of(data: bytes) -> tuple[int, int]:
    """The width and height that a picture which was written here says. Raises LogoRefused."""
    return _Rewriter(data).size()


class _Rewriter:
    """One pass over one file."""

    def __init__(self, data: bytes) -> None:
        self._out = StringIO()
        self._open: list[str] = []
        self._skipped = 0
        """How many elements deep in one that is left out."""
        self._count = 0
        self._root: dict[str, str] = {}
        self._style: list[str] = []
        self._parts: list[_Part] = [_Part()]
        self._by_id: dict[str, _Part] = {}
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError) as error:
            raise LogoRefused("damaged", "cannot be read as SVG") from error
        if not self._parts[0].below:
            raise LogoRefused("damaged", "is no SVG picture")
        if self._parts[0].weight(self._by_id, ()) > MAX_VECTOR_ELEMENTS:
            raise LogoRefused("too_many_elements", f"draws more than {MAX_VECTOR_ELEMENTS} elements")

    def written(self) -> bytes:
        """The new file."""
        return self._out.getvalue().encode()

    def size(self) -> tuple[int, int]:
        """Width and height in pixels: as the root says, else its view box."""
        box = self._root.get("viewBox", "").replace(",", " ").split()
        drawn = [_px(text) for text in box[2:4]] if len(box) == 4 else [None, None]
        found = [_px(self._root.get(name, "")) for name in ("width", "height")]
        sizes = [own or viewed or usual for own, viewed, usual in zip(found, drawn, _DEFAULT_PX, strict=True)]
        return sizes[0], sizes[1]

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
        if has_subset:
            raise LogoRefused("damaged", "declares entities of its own")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_VECTOR_ELEMENTS or len(self._open) >= MAX_VECTOR_DEPTH:
            raise LogoRefused(
                "too_many_elements",
                f"has more than {MAX_VECTOR_ELEMENTS} elements, or more than {MAX_VECTOR_DEPTH} in each other",
            )
        space, _, local = name.rpartition(" ")
        if self._skipped or space != _SVG or local not in _ELEMENTS or (not self._open and local != "svg"):
            self._skipped += 1
            return
        kept = dict(_attributes(attributes))
        part = _Part()
        self._parts[-1].below.append(part)
        self._parts.append(part)
        if identity := kept.get("id"):
            self._by_id.setdefault(identity, part)
        if local == "use":
            part.copies = kept.get("href", "").removeprefix("#")
        if not self._open:
            self._root = kept
            kept = {"xmlns": _SVG, **kept}
        self._open.append(local)
        self._out.write(f"<{local}{''.join(f' {key}={quoteattr(value)}' for key, value in kept.items())}>")

    def _end(self, _name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        self._parts.pop()
        local = self._open.pop()
        if local == "style":
            sheet, self._style = "".join(self._style), []
            self._out.write("" if _AWAY.search(sheet) else escape(sheet))
        self._out.write(f"</{local}>")

    def _text(self, text: str) -> None:
        if self._skipped or not self._open:
            return
        if self._open[-1] == "style":
            self._style.append(text)
        else:
            self._out.write(escape(text))


class _Part:
    """How much is drawn by an element: itself, what is in it, and what it copies."""

    def __init__(self) -> None:
        self.below: list[_Part] = []
        self.copies = ""
        self._weight = 0

    def weight(self, by_id: dict[str, "_Part"], above: tuple["_Part", ...]) -> int:
        """Elements that are drawn. Raises LogoRefused for a copy of what it stands in."""
        if self in above or len(above) > MAX_VECTOR_DEPTH:
            raise LogoRefused("too_many_elements", "copies itself")
        if not self._weight:
            inner = [*self.below, *([by_id[self.copies]] if self.copies in by_id else [])]
            self._weight = 1 + sum(part.weight(by_id, (*above, self)) for part in inner)
        return self._weight


def _attributes(attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What of an element's attributes only draws."""
    for name, value in attributes.items():
        if name in _HREFS:
            if value.startswith("#") or _PICTURE.match(value):
                yield "href", value
        elif _NAME.match(name) and not name.lower().startswith("on") and not _AWAY.search(value):
            yield name, value


def _px(text: str) -> int | None:
    found = _LENGTH.match(text)
    return min(max(1, round(float(found[1]))), MAX_PICTURE_EDGE_PX) if found else None
