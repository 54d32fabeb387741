"""Colours, gradients and shapes of a design part in the vendor's two vocabularies, and in ours.

Ours is that of `waypost.qr.design`: `{color, gradient: {type, rotation, color_stops}, type}`. The article
writes styling names, hex colours and gradients as JSON text; the generated client writes enumerations
and a `themeColor` of colours, stops and a direction. Rotations up to a full turn are radians, larger ones
degrees, since the article writes `rotation: 45` into a member that its library counts in radians.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.spelling import Twins, members
from waypost.control.model.faults import Invalid

Part = dict[str, Any]

PREFIXES = {
    "dots_options": "DOTS_TYPE_",
    "corners_square_options": "CORNERS_SQUARE_TYPE_",
    "corners_dot_options": "CORNERS_DOT_TYPE_",
    "background_options": "",
}
"""The client's enumeration of each part; the background has no type."""

_KNOWN = {
    "dots_options": "square dots rounded extra-rounded classy classy-rounded bubbly-dots circuit-chip hexagon octagon",
    "corners_square_options": "square dot extra-rounded hexagon octagon leaf",
    "corners_dot_options": "square dot hexagon octagon teardrop star",
    "background_options": "",
}
CLIENT_TYPES = {name: frozenset(words.split()) for name, words in _KNOWN.items()}
"""Styling names that the client's enumerations can say."""

ARTICLE_TYPES = {
    "dots_options": CLIENT_TYPES["dots_options"],
    "corners_square_options": CLIENT_TYPES["corners_square_options"]
    | {"dots", "rounded", "classy", "classy-rounded"},
    "corners_dot_options": CLIENT_TYPES["corners_dot_options"]
    | {"dots", "rounded", "extra-rounded", "classy", "classy-rounded"},
    "background_options": frozenset[str](),
}
"""Styling names that the article's library knows."""

_SIDES = {"to right": 0.0, "to bottom": 90.0, "to left": 180.0, "to top": 270.0}
_DEGREES = re.compile(r"(-?\d+(?:\.\d+)?)deg\Z")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%\Z")
_FULL_TURN = 6.2832


def lower(name: str, options: Mapping[str, Any]) -> Part:
    """A part of a design in our words. Raises Invalid naming the member."""
    given = members(options)
    part: Part = {}
    if (kind := given.get("type")) and (lowered := _type(name, kind)):
        part["type"] = lowered
    if theme := given.get("theme_color"):
        part |= _themed(f"{name}.theme_color", theme)
    elif gradient := given.get("gradient"):
        part["gradient"] = _gradient(f"{name}.gradient", gradient)
    elif (color := given.get("color")) is not None:
        if not isinstance(color, str):
            raise Invalid(f"{name}.color", "must be text")
        part["color"] = color
    return part


def lift(name: str, part: Mapping[str, Any]) -> Twins:
    """A part in both of the vendor's vocabularies."""
    return Twins(article=_article(part), client=_client(name, part))


def _type(name: str, kind: object) -> str:
    field, prefix = f"{name}.type", PREFIXES[name]
    if not isinstance(kind, str):
        raise Invalid(field, "must be text")
    if prefix and kind == f"{prefix}UNSPECIFIED":
        return ""
    if prefix and kind.startswith(prefix):
        word, known = kind.removeprefix(prefix).lower().replace("_", "-"), CLIENT_TYPES[name]
    else:
        word, known = kind, ARTICLE_TYPES[name]
    if word not in known:
        raise Invalid(field, f"is none of {', '.join(sorted(known)) or 'no types: a background has none'}")
    return word


def _gradient(field: str, gradient: object) -> dict[str, Any]:
    if isinstance(gradient, str):
        try:
            gradient = msgspec.json.decode(gradient)
        except msgspec.DecodeError as error:
            raise Invalid(field, "is not JSON") from error
    if not isinstance(gradient, dict):
        raise Invalid(field, "must be an object or its JSON text")
    given = members(gradient)
    rotation = given.get("rotation") or 0
    if not isinstance(rotation, int | float):
        raise Invalid(f"{field}.rotation", "must be a number")
    stops = given.get("color_stops")
    if not isinstance(stops, list) or not 2 <= len(stops) <= limits.GRADIENT_STOPS_MAX:
        raise Invalid(f"{field}.colorStops", f"must be 2 to {limits.GRADIENT_STOPS_MAX} stops")
    for index, stop in enumerate(stops):
        offset = stop.get("offset") if isinstance(stop, dict) else None
        if (
            not isinstance(offset, int | float)
            or not 0 <= offset <= 1
            or not isinstance(stop.get("color"), str)
        ):
            raise Invalid(f"{field}.colorStops[{index}]", "needs an offset from 0 to 1 and a color")
    return _made(
        field,
        given.get("type") or "linear",
        rotation,
        [(float(stop["offset"]), stop["color"]) for stop in stops],
    )


def _themed(field: str, theme: object) -> Part:
    if not isinstance(theme, dict):
        raise Invalid(field, "must be an object")
    given = members(theme)
    colors = given.get("colors")
    if not isinstance(colors, list) or not colors or not all(isinstance(color, str) for color in colors):
        raise Invalid(f"{field}.colors", "must be a list of colors")
    kind = str(given.get("type") or "").removeprefix("THEME_COLOR_TYPE_")
    if kind == "SOLID" or (kind in ("", "UNSPECIFIED") and len(colors) == 1):
        return {"color": colors[0]}
    if len(colors) < 2 or len(colors) > limits.GRADIENT_STOPS_MAX:
        raise Invalid(f"{field}.colors", f"a gradient has 2 to {limits.GRADIENT_STOPS_MAX} colors")
    kind = {"": "LINEAR", "UNSPECIFIED": "LINEAR"}.get(kind, kind)
    rotation = math.radians(_degrees(f"{field}.direction", given.get("direction") or "to right"))
    offsets = _offsets(f"{field}.stops", given.get("stops"), len(colors))
    return {"gradient": _made(field, kind.lower(), rotation, list(zip(offsets, colors, strict=True)))}


def _made(field: str, kind: object, rotation: float, stops: list[tuple[float, str]]) -> dict[str, Any]:
    if kind not in ("linear", "radial"):
        raise Invalid(f"{field}.type", "must be linear or radial")
    ordered = sorted(stops, key=lambda stop: stop[0])
    return {
        "type": kind,
        "rotation": rotation,
        "color_stops": [{"offset": offset, "color": color} for offset, color in ordered],
    }


def _degrees(field: str, direction: object) -> float:
    text = str(direction).strip().lower()
    if text in _SIDES:
        return _SIDES[text]
    found = _DEGREES.match(text)
    if found is None:
        raise Invalid(field, "must be degrees (135deg) or a side (to right)")
    return math.fmod(float(found[1]), 360)


def _offsets(field: str, stops: object, count: int) -> list[float]:
    if not stops:
        return [index / (count - 1) for index in range(count)]
    if not isinstance(stops, list) or len(stops) != count:
        raise Invalid(field, "must be as many as the colors")
    found = [_PERCENT.match(str(stop).strip()) for stop in stops]
    offsets = [float(match[1]) / 100 for match in found if match is not None]
    if len(offsets) != count or not all(0 <= offset <= 1 for offset in offsets):
        raise Invalid(field, "must be percentages from 0% to 100%")
    return offsets


def _article(part: Mapping[str, Any]) -> Part:
    result: Part = {}
    if gradient := part.get("gradient"):
        stops = [{"offset": stop["offset"], "color": stop["color"]} for stop in gradient["color_stops"]]
        text = {"type": gradient["type"], "rotation": gradient["rotation"], "colorStops": stops}
        result["gradient"] = msgspec.json.encode(text).decode()
    elif color := part.get("color"):
        result["color"] = color
    if kind := part.get("type"):
        result["type"] = kind
    return result


def _client(name: str, part: Mapping[str, Any]) -> Part:
    result: Part = {}
    if gradient := part.get("gradient"):
        rotation = gradient["rotation"]
        degrees = math.degrees(rotation) if abs(rotation) <= _FULL_TURN else rotation
        result["themeColor"] = {
            "type": f"THEME_COLOR_TYPE_{gradient['type'].upper()}",
            "colors": [stop["color"] for stop in gradient["color_stops"]],
            "stops": [f"{round(stop['offset'] * 100, 4):g}%" for stop in gradient["color_stops"]],
            "direction": f"{round(degrees, 4):g}deg",
        }
    elif color := part.get("color"):
        result["themeColor"] = {"type": "THEME_COLOR_TYPE_SOLID", "colors": [color]}
    if kind := part.get("type"):
        word = kind.upper().replace("-", "_") if kind in CLIENT_TYPES[name] else "UNSPECIFIED"
        result["type"] = PREFIXES[name] + word
    return result
