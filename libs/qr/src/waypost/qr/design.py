"""How a code looks: the vocabulary of qr-code-styling as frozen structs, and reading it from JSON.

Margins are in modules. A gradient wins over a colour. Parts that are not given follow the rules of
qr-code-styling: a ring without paint shares the dots' paint, an inner dot without paint shares the ring's.
"""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from waypost.qr.color import BLACK, WHITE, Color
from waypost.qr.faults import InvalidDesign, QrFault
from waypost.qr.limits import (
    MAX_DESIGN_BYTES,
    MAX_FRAME_TEXT_CHARS,
    MAX_GRADIENT_STOPS,
    MAX_MARGIN_MODULES,
)

Level = Literal["L", "M", "Q", "H"]
LEVELS: tuple[Level, ...] = ("L", "M", "Q", "H")
DotType = Literal[
    "square",
    "dots",
    "rounded",
    "extra-rounded",
    "classy",
    "classy-rounded",
    "hexagon",
    "octagon",
    "bubbly-dots",
    "circuit-chip",
]
RingType = Literal[
    "square",
    "dot",
    "extra-rounded",
    "dots",
    "rounded",
    "classy",
    "classy-rounded",
    "hexagon",
    "octagon",
    "leaf",
]
EyeType = Literal[
    "square",
    "dot",
    "dots",
    "rounded",
    "extra-rounded",
    "classy",
    "classy-rounded",
    "hexagon",
    "octagon",
    "teardrop",
    "star",
]
FrameType = Literal[
    "bar-below", "bar-above", "bubble-below", "bubble-above", "card", "brackets", "ribbon", "phone", "ticket"
]

Share = Annotated[float, Meta(ge=0, le=1)]


class Stop(Struct, frozen=True, forbid_unknown_fields=True):
    """One colour of a gradient. `offset` runs from 0 to 1. Its alpha is ignored: gradients are opaque."""

    offset: Share
    color: Color


class Gradient(Struct, frozen=True, forbid_unknown_fields=True):
    """A linear or radial gradient. `rotation` is in radians; beyond a full turn it is read as degrees."""

    color_stops: Annotated[tuple[Stop, ...], Meta(min_length=2, max_length=MAX_GRADIENT_STOPS)]
    type: Literal["linear", "radial"] = "linear"
    rotation: Annotated[float, Meta(ge=-3600, le=3600)] = 0.0

    @property
    def angle(self) -> float:
        """The rotation in radians (Linkbreakers' documents write degrees into the same member)."""
        return math.radians(self.rotation) if abs(self.rotation) > 6.2832 else self.rotation


Fill = Color | Gradient


class _Painted(Struct, frozen=True, forbid_unknown_fields=True):
    color: Color | None = None
    gradient: Gradient | None = None

    @property
    def fill(self) -> Fill | None:
        """The gradient if there is one, else the colour, else nothing of its own."""
        return self.gradient or self.color


class Dots(_Painted, frozen=True, forbid_unknown_fields=True):
    """The data modules."""

    type: DotType = "square"


class CornerSquare(_Painted, frozen=True, forbid_unknown_fields=True):
    """The finder patterns' rings. `radius` (modules, 0 to 3.5) overrules the type; up to 1 reads anywhere."""

    type: RingType | None = None
    radius: Annotated[float, Meta(ge=0, le=3.5)] | None = None


class CornerDot(_Painted, frozen=True, forbid_unknown_fields=True):
    """The 3 by 3 centres of the finder patterns."""

    type: EyeType | None = None


class Background(_Painted, frozen=True, forbid_unknown_fields=True):
    """What lies behind. `round` is the share of the half side that the corners are rounded by."""

    color: Color | None = WHITE
    round: Share = 0.0


class LogoStyle(Struct, frozen=True, forbid_unknown_fields=True):
    """How a central image sits.

    `size` is qr-code-styling's: a share of the modules that error correction could restore, not of the side.
    `width_share` overrules it with a share of the code's side. `margin` is in modules around the image.
    """

    size: Share = 0.4
    width_share: Annotated[float, Meta(gt=0, le=0.6)] | None = None
    margin: Annotated[float, Meta(ge=0, le=8)] = 0.0
    hide_background_dots: bool = True


class Frame(Struct, frozen=True, forbid_unknown_fields=True):
    """A frame with a call to action. Without colours it takes the dots' colour and the background's."""

    type: FrameType = "bar-below"
    text: Annotated[str, Meta(max_length=MAX_FRAME_TEXT_CHARS)] = "SCAN ME"
    color: Color | None = None
    text_color: Color | None = None


class Design(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about a code but its text, its size and its logo's bytes.

    `error_correction` None means M, or H with a logo. `boost` raises it as far as the symbol does not grow.
    `micro` asks for a Micro QR symbol. `alphanumeric` writes scheme and host of a web address in capitals,
    which means the same (RFC 3986 section 6.2.2.1) and packs tighter.
    """

    dots: Dots = Dots()
    corner_square: CornerSquare = CornerSquare()
    corner_dot: CornerDot = CornerDot()
    background: Background = Background()
    shape: Literal["square", "circle"] = "square"
    margin: Annotated[int, Meta(ge=0, le=MAX_MARGIN_MODULES)] = 4
    error_correction: Level | None = None
    boost: bool = True
    micro: bool = False
    alphanumeric: bool = False
    logo: LogoStyle = LogoStyle()
    frame: Frame | None = None

    def level(self, has_logo: bool) -> Level:
        """The level of error correction to ask for."""
        if self.error_correction:
            return self.error_correction
        return "H" if has_logo and not self.micro else "M"

    @property
    def dots_fill(self) -> Fill:
        return self.dots.fill or BLACK

    @property
    def ring_fill(self) -> Fill:
        return self.corner_square.fill or self.dots_fill

    @property
    def eye_fill(self) -> Fill:
        return self.corner_dot.fill or self.ring_fill

    @property
    def ring_type(self) -> RingType:
        """The ring's type; when not given, the dots' type if rings can wear it, else square."""
        if self.corner_square.type:
            return self.corner_square.type
        match self.dots.type:
            case "bubbly-dots" | "circuit-chip":
                return "square"
            case kind:
                return kind

    @property
    def ring_radius(self) -> float | None:
        """The ring's outer radius in modules where one is set. A ring that only inherits `extra-rounded` is
        as round as dots of that name are, one module; asked for by name it is the rounder ring."""
        ring = self.corner_square
        if ring.radius is None and not ring.type and self.dots.type == "extra-rounded":
            return 1.0
        return ring.radius

    @property
    def eye_type(self) -> EyeType:
        """The inner dot's type; when not given, the dots' type. Nine separate dots (qr-code-styling's choice)
        become one disc, because no decoder reads them."""
        if self.corner_dot.type:
            return self.corner_dot.type
        match self.dots.type:
            case "dots":
                return "dot"
            case "bubbly-dots" | "circuit-chip":
                return "square"
            case kind:
                return kind


_STYLING_NAMES = {
    "dots_options": "dots",
    "corners_square_options": "corner_square",
    "corners_dot_options": "corner_dot",
    "background_options": "background",
    "error_correction_level": "error_correction",
    "image_options": "logo",
    "image_size": "size",
}
_PAINTED = ("dots", "corner_square", "corner_dot", "background")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_PLACE = re.compile(r"^(?P<what>.*?) - at `\$\.?(?P<where>[^`]*)`$", re.DOTALL)

T = TypeVar("T")


def parse(document: bytes | str | Mapping[str, Any]) -> Design:
    """Read a design from JSON text or from its decoded object.

    Member names may also be qr-code-styling's (`dotsOptions`, `colorStops` ...). A `gradient` may be
    JSON text. Stops are sorted by offset. Raises InvalidDesign naming the member, such as
    `dots.gradient.color_stops[1].color`.
    """
    if isinstance(document, bytes | str):
        if len(document) > MAX_DESIGN_BYTES:
            raise InvalidDesign("", f"a design has at most {MAX_DESIGN_BYTES} bytes")
        document = _decode_json(document, "")
    if not isinstance(document, Mapping):
        raise InvalidDesign("", "a design is a JSON object")
    plain = _native_names(document)
    for name in _PAINTED:
        part = plain.get(name)
        if isinstance(part, dict) and "gradient" in part:
            part["gradient"] = _read_gradient(part["gradient"], f"{name}.gradient")
    return convert(plain, Design, InvalidDesign)


def known(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a document that a design has, in native names; what else is in it is somebody else's."""
    fields = Design.__struct_fields__
    return {name: member for name, member in _native_names(document).items() if name in fields}


def convert(document: object, kind: type[T], fault: type[QrFault]) -> T:
    """Check a decoded object against a struct, raising `fault` with the member's path."""
    try:
        return msgspec.convert(document, kind, dec_hook=_decode_hook)
    except msgspec.ValidationError as error:
        match = _PLACE.match(str(error))
        what, where = (match["what"], match["where"]) if match else (str(error), "")
        if unknown := _UNKNOWN.search(what):
            where = f"{where}.{unknown[1]}" if where else unknown[1]
        raise fault(where, what) from error


def to_document(design: Design) -> dict[str, Any]:
    """The design as plain objects for JSON; `parse` reads it back equal."""
    document: dict[str, Any] = msgspec.to_builtins(design, enc_hook=str)
    return document


def _decode_hook(kind: type, value: object) -> object:
    if kind is Color:
        if not isinstance(value, str):
            raise ValueError(f"Expected a colour as `str`, got `{type(value).__name__}`")
        return Color.parse(value)
    raise NotImplementedError(f"no reader for {kind}")


def _decode_json(text: bytes | str, field: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidDesign(field, f"is not JSON: {error}") from error


def _native_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        plain = {}
        for key, member in value.items():
            name = _CAPITAL.sub(lambda match: "_" + match[1].lower(), str(key))
            plain[_STYLING_NAMES.get(name, name)] = _native_names(member)
        return plain
    if isinstance(value, list):
        return [_native_names(member) for member in value]
    return value


def _read_gradient(value: Any, field: str) -> Any:
    if isinstance(value, str):
        value = _native_names(_decode_json(value, field)) if value.strip() else None
    if isinstance(value, dict) and isinstance(value.get("color_stops"), list):
        stops = value["color_stops"]
        if all(isinstance(stop, dict) and isinstance(stop.get("offset"), int | float) for stop in stops):
            value["color_stops"] = sorted(stops, key=lambda stop: stop["offset"])
    return value
