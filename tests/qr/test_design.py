"""Reading designs: the vendors' vocabulary in, faults that name the member."""

import json
from typing import Any

import pytest

from waypost.qr import design as designs
from waypost.qr.color import Color
from waypost.qr.design import Design, Gradient
from waypost.qr.faults import InvalidDesign

RED = {"offset": 0, "color": "red"}
GRADIENT = {"type": "linear", "colorStops": [{"offset": 1, "color": "red"}, {"offset": 0, "color": "#00F"}]}


def test_nothing_given_is_the_safe_default() -> None:
    """Integrators who send {} get a quiet zone and a level that any reader copes with."""
    design = designs.parse("{}")
    assert design == Design()
    assert (design.margin, design.level(False), design.level(True)) == (4, "M", "H")


@pytest.mark.parametrize("gradient", [GRADIENT, json.dumps(GRADIENT)], ids=["object", "text"])
def test_gradients_come_as_objects_or_as_json_text(gradient: Any) -> None:
    """Linkbreakers' documents write gradients as JSON text."""
    read = designs.parse({"dots": {"gradient": gradient}}).dots.fill
    assert isinstance(read, Gradient)
    assert [(stop.offset, stop.color) for stop in read.color_stops] == [(0.0, "#0000ff"), (1.0, "#ff0000")]


def test_names_of_qr_code_styling_are_understood() -> None:
    """A design object of that library works unchanged."""
    design = designs.parse(
        {
            "dotsOptions": {"type": "classy-rounded", "color": "#123"},
            "cornersSquareOptions": {"type": "extra-rounded"},
            "cornersDotOptions": {"type": "dot"},
            "backgroundOptions": {"color": "transparent", "round": 0.2},
            "imageOptions": {"imageSize": 0.3, "hideBackgroundDots": False},
        }
    )
    assert (design.dots.type, design.dots.fill) == ("classy-rounded", Color("#112233"))
    assert (design.ring_type, design.eye_type, design.background.round) == ("extra-rounded", "dot", 0.2)
    assert (design.logo.size, design.logo.hide_background_dots) == (0.3, False)


def test_a_design_written_out_reads_back_equal() -> None:
    """Stored designs must not change by being stored."""
    design = designs.parse(
        {"dots": {"gradient": GRADIENT}, "frame": {"type": "ticket", "text": "Hi"}, "margin": 2}
    )
    assert designs.parse(json.dumps(designs.to_document(design))) == design


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"dots": {"color": "blurple"}}, "dots.color"),
        ({"dots": {"type": "blob"}}, "dots.type"),
        ({"corner_dot": {"colour": "red"}}, "corner_dot.colour"),
        ({"margin": -1}, "margin"),
        ({"margin": 2.5}, "margin"),
        ({"logo": {"size": 2}}, "logo.size"),
        ({"dots": {"gradient": "{"}}, "dots.gradient"),
        (
            {"dots": {"gradient": {"color_stops": [{"offset": 0, "color": "red"}]}}},
            "dots.gradient.color_stops",
        ),
        (
            {
                "dots": {
                    "gradient": {"color_stops": [{"offset": 0, "color": "red"}, {"offset": 1, "color": "?"}]}
                }
            },
            "dots.gradient.color_stops[1].color",
        ),
        ({"frame": {"text": "x" * 41}}, "frame.text"),
        ("[]", ""),
        ("{", ""),
        ("x" * 70_000, ""),
    ],
)
def test_bad_designs_name_the_member(document: Any, field: str) -> None:
    """A fault that does not say where is of no use to an integrator."""
    with pytest.raises(InvalidDesign) as caught:
        designs.parse(document)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#abc", "#aabbcc"),
        ("ABCDEF", "#abcdef"),
        ("#abcd", "#aabbccdd"),
        ("#11223380", "#11223380"),
        ("rgb(255, 0, 16)", "#ff0010"),
        ("rgba(255 0 0 / 50%)", "#ff000080"),
        ("hsl(120, 100%, 25%)", "#008000"),
        ("hsla(240, 100%, 50%, 1)", "#0000ff"),
        ("RebeccaPurple", "#663399"),
        ("transparent", "#00000000"),
    ],
)
def test_colours_have_one_spelling(text: str, expected: str) -> None:
    """Every CSS form vendors accept becomes #rrggbb or #rrggbbaa."""
    assert Color.parse(text) == expected


@pytest.mark.parametrize("text", ["", "#12", "rgb(1,2)", "rgb(a,b,c)", "url(x)", "#1234567", "x" * 100])
def test_what_is_no_colour_is_refused(text: str) -> None:
    """Nothing but a colour may reach an SVG attribute."""
    with pytest.raises(ValueError, match=r"colour|takes|number"):
        Color.parse(text)
