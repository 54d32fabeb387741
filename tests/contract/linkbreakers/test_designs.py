"""QR designs in the article's vocabulary and in the client's."""

import base64
import math
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkbreakers.models.corners_dot_type import CornersDotType
from linkbreakers.models.corners_square_type import CornersSquareType
from linkbreakers.models.dots_type import DotsType
from linkbreakers.models.qrcode_design import QrcodeDesign

from waypost.control.dialects.linkbreakers.errors import CentralImageInvalid, CentralImageTooLarge
from waypost.control.dialects.linkbreakers.mapping import paint
from waypost.control.dialects.linkbreakers.mapping.designs import Look, central_image, lift, lower
from waypost.control.dialects.linkbreakers.schemas.designs import DesignIn
from waypost.control.dialects.linkbreakers.spelling import read, spell
from waypost.control.model.faults import Invalid

ARTICLE = {
    "output_file_format": "OUTPUT_FILE_FORMAT_PNG",
    "width": 500,
    "height": 500,
    "central_image_size": 0.3,
    "dots_options": {"color": "#2563eb", "type": "rounded"},
    "corners_square_options": {"color": "#1e40af", "type": "extra-rounded"},
    "background_options": {"color": "#ffffff"},
    "shape": "SHAPE_SQUARE",
    "error_correction_level": "M",
    "hide_background_dots": True,
}
STOPS = [{"offset": 0, "color": "#3b82f6"}, {"offset": 1, "color": "#8b5cf6"}]
LINEAR = msgspec.json.encode({"type": "linear", "rotation": 45, "colorStops": STOPS}).decode()
ENUMERATIONS: dict[str, type[Enum]] = {
    "dots_options": DotsType,
    "corners_square_options": CornersSquareType,
    "corners_dot_options": CornersDotType,
}
COLORS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def looked(raw: dict[str, Any], current: Look | None = None) -> Look:
    """The look that a request asks for."""
    return lower(read(raw, DesignIn), current)


def answered(look: Look) -> dict[str, Any]:
    """A design as it leaves."""
    body: dict[str, Any] = spell(lift("an-id", look, created_ms=0, updated_ms=0))
    return body


def test_the_articles_design_comes_back_in_the_articles_words() -> None:
    """What a person wrote is what a person reads."""
    answer = answered(looked(ARTICLE))
    assert {name: answer[name] for name in ARTICLE} == ARTICLE


def test_the_vendors_client_reads_the_articles_design() -> None:
    """Its parser throws on a styling name or a missing list of colours."""
    design = QrcodeDesign.from_dict(answered(looked(ARTICLE | {"dots_options": {"gradient": LINEAR}})))
    assert design is not None
    assert design.dots_options is not None
    assert design.dots_options.theme_color is not None
    assert design.dots_options.theme_color.type == "THEME_COLOR_TYPE_LINEAR"
    assert design.dots_options.theme_color.colors == ["#3b82f6", "#8b5cf6"]
    assert design.dots_options.theme_color.stops == ["0%", "100%"]
    assert design.dots_options.theme_color.direction == "45deg"
    assert design.corners_square_options is not None
    assert design.corners_square_options.type == "CORNERS_SQUARE_TYPE_EXTRA_ROUNDED"
    assert (design.width, design.output_file_format) == (500, "OUTPUT_FILE_FORMAT_PNG")


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_every_word_of_the_vendors_client_has_a_styling_name(name: str) -> None:
    """Both vocabularies say the same shapes."""
    for member in ENUMERATIONS[name]:
        part = paint.lower(name, {"type": member.value})
        if member.value.endswith("UNSPECIFIED"):
            assert part == {}
            continue
        assert part["type"] in paint.CLIENT_TYPES[name]
        assert paint.lift(name, part).client["type"] == member.value
        assert paint.lower(name, {"type": part["type"]}) == part
    assert len(paint.CLIENT_TYPES[name]) == len(ENUMERATIONS[name]) - 1


@given(
    st.sampled_from(["THEME_COLOR_TYPE_LINEAR", "THEME_COLOR_TYPE_RADIAL"]),
    st.lists(COLORS, min_size=2, max_size=5),
    st.integers(-360, 720),
)
def test_a_theme_color_survives_both_ways(kind: str, colors: list[str], degrees: int) -> None:
    """The client reads back the colours and the angle that it wrote."""
    theme = {"type": kind, "colors": colors, "direction": f"{degrees}deg"}
    lifted = paint.lift("dots_options", paint.lower("dots_options", {"themeColor": theme})).client[
        "themeColor"
    ]
    assert (lifted["type"], lifted["colors"]) == (kind, colors)
    assert float(lifted["direction"].removesuffix("deg")) == pytest.approx(math.fmod(degrees, 360), abs=1e-3)
    again = paint.lower("dots_options", {"theme_color": lifted})
    assert paint.lift("dots_options", again).client["themeColor"] == lifted


def test_a_gradient_may_be_an_object_and_its_stops_unsorted() -> None:
    """The article sends JSON text, people send objects; offsets decide the order."""
    gradient = {"type": "radial", "colorStops": [STOPS[1], STOPS[0]]}
    part = paint.lower("background_options", {"gradient": gradient})
    assert part["gradient"] == {"type": "radial", "rotation": 0, "color_stops": STOPS}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"type": "zigzag"}, "dots_options.type"),
        ({"type": "DOTS_TYPE_ZIGZAG"}, "dots_options.type"),
        ({"type": 3}, "dots_options.type"),
        ({"color": 3}, "dots_options.color"),
        ({"gradient": "{not json"}, "dots_options.gradient"),
        ({"gradient": "[]"}, "dots_options.gradient"),
        ({"gradient": {"colorStops": STOPS[:1]}}, "dots_options.gradient.colorStops"),
        (
            {"gradient": {"colorStops": [*STOPS, {"offset": 2, "color": "#fff"}]}},
            "dots_options.gradient.colorStops[2]",
        ),
        ({"gradient": {"type": "conic", "colorStops": STOPS}}, "dots_options.gradient.type"),
        ({"gradient": {"rotation": "x", "colorStops": STOPS}}, "dots_options.gradient.rotation"),
        ({"themeColor": {"type": "THEME_COLOR_TYPE_SOLID"}}, "dots_options.theme_color.colors"),
        (
            {"themeColor": {"type": "THEME_COLOR_TYPE_LINEAR", "colors": ["#fff"]}},
            "dots_options.theme_color.colors",
        ),
        (
            {"themeColor": {"colors": ["#fff", "#000"], "direction": "up"}},
            "dots_options.theme_color.direction",
        ),
        ({"themeColor": {"colors": ["#fff", "#000"], "stops": ["0%"]}}, "dots_options.theme_color.stops"),
    ],
)
def test_a_paint_that_is_none_names_its_member(options: dict[str, Any], field: str) -> None:
    """A designer sees where the mistake is."""
    with pytest.raises(Invalid) as caught:
        paint.lower("dots_options", options)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"width": 63}, "width"),
        ({"height": 4097}, "height"),
        ({"shape": "SHAPE_STAR"}, "shape"),
        ({"output_file_format": "OUTPUT_FILE_FORMAT_GIF"}, "output_file_format"),
        ({"error_correction_level": "X"}, "error_correction_level"),
        ({"central_image_size": 1.5}, "central_image_size"),
        ({"central_image_margin": -1}, "central_image_margin"),
        ({"width": "500"}, "width"),
    ],
)
def test_a_member_out_of_bounds_is_named(raw: dict[str, Any], field: str) -> None:
    """Nothing absurd is drawn."""
    with pytest.raises(Invalid) as caught:
        looked(raw)
    assert caught.value.field == field


def test_a_change_keeps_what_it_does_not_name() -> None:
    """PATCH of a colour leaves the shape alone, and a colour replaces a gradient."""
    before = looked(ARTICLE | {"dots_options": {"gradient": LINEAR, "type": "dots"}})
    after = looked(
        {"dotsOptions": {"themeColor": {"type": "THEME_COLOR_TYPE_SOLID", "colors": ["#111111"]}}}, before
    )
    assert after.design["dots"] == {"type": "dots", "color": "#111111"}
    assert after.design["corner_square"] == before.design["corner_square"]
    assert (after.width, after.format) == (500, "png")


def test_a_central_image_is_read_bounded_and_removable() -> None:
    """3 MB is the vendor's limit; its client may send a data URL."""
    small = base64.b64encode(b"picture").decode()
    assert central_image(read({"central_image_data": small}, DesignIn)) == b"picture"
    assert central_image(read({"centralImageData": f"data:image/png;base64,{small}"}, DesignIn)) == b"picture"
    assert central_image(read({"centralImageDelete": True}, DesignIn)) is None
    large = base64.b64encode(bytes(3 * 1024 * 1024 + 1)).decode()
    with pytest.raises(CentralImageTooLarge):
        central_image(read({"central_image_data": large}, DesignIn))
    with pytest.raises(CentralImageInvalid):
        central_image(read({"central_image_data": "no base64!"}, DesignIn))
    with pytest.raises(Invalid):
        central_image(read({"central_image_data": small, "central_image_delete": True}, DesignIn))
