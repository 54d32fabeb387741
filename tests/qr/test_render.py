"""Pictures in every format: sizes, sameness of bytes and of looks, transparency, refusals."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.qr.camera import grey_of, read_zxing
from tests.qr.conftest import SHORT_URL
from tests.qr.random_designs import random_design, random_text

from waypost.qr import design as designs
from waypost.qr.design import Design, DotType, FrameType
from waypost.qr.faults import InvalidDesign, InvalidSize
from waypost.qr.frames import aspect
from waypost.qr.layout import Format, PrintSize, Size
from waypost.qr.logo import Logo
from waypost.qr.render import render

ROUND: dict[str, Any] = {"dots": {"type": "dots"}, "shape": "circle"}
SHADED: dict[str, Any] = {
    "dots": {
        "type": "rounded",
        "gradient": {
            "rotation": 0.7,
            "color_stops": [{"offset": 0, "color": "#1e3a8a"}, {"offset": 1, "color": "#86198f"}],
        },
    },
    "background": {
        "gradient": {
            "type": "radial",
            "color_stops": [{"offset": 0, "color": "#fff"}, {"offset": 1, "color": "#fef3c7"}],
        }
    },
    "corner_square": {"type": "extra-rounded", "color": "#7c2d12"},
    "frame": {"type": "ticket", "text": "Scannen & sparen"},
}


@settings(max_examples=40, deadline=None)
@given(pick=st.randoms(use_true_random=False), kind=st.sampled_from(get_args(Format)))
def test_same_input_gives_same_bytes(pick: Any, kind: Format) -> None:
    """Caches and ETags rest on this."""
    text, design = random_text(pick), random_design(pick, with_logo=False)
    assert render(text, design, kind, 300) == render(text, design, kind, 300)


@pytest.mark.parametrize("style", get_args(DotType))
@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_every_dot_style_reads_in_every_raster_format(style: DotType, kind: Format) -> None:
    """No style may be a trap."""
    design = designs.parse({"dots": {"type": style, "color": "#1e3a8a"}})
    assert read_zxing(grey_of(render(SHORT_URL, design, kind, 420))) == [SHORT_URL]


@pytest.mark.parametrize("kind", get_args(FrameType))
def test_every_frame_keeps_its_shape_and_reads(kind: FrameType) -> None:
    """A frame must not eat the quiet zone, and its picture is as high as it says."""
    design = designs.parse({"frame": {"type": kind, "text": "Сканируй меня"}})
    picture = grey_of(render(SHORT_URL, design, "png", 500))
    assert picture.shape == (round(500 * aspect(kind)), 500)
    assert read_zxing(picture) == [SHORT_URL]


@pytest.mark.parametrize("size", [64, 257, Size(300, 200), Size(200, 4096)])
def test_the_canvas_is_exactly_as_asked(size: int | Size) -> None:
    """TrimLink promises size by size pixels, whole modules, the rest in the quiet zone."""
    wanted = (size.width, size.height) if isinstance(size, Size) else (size, size)
    with Image.open(io.BytesIO(render("A", Design(), "png", size))) as image:
        assert image.size == wanted


def test_paper_sizes_are_kept_in_every_vector_format_and_noted_in_png() -> None:
    """A printer must not have to guess."""
    size = PrintSize(50, 300)
    assert b'width="50mm"' in render(SHORT_URL, Design(), "svg", size)
    assert b"/MediaBox [0 0 141.732 141.732]" in render(SHORT_URL, Design(), "pdf", size)
    assert b"%%HiResBoundingBox: 0 0 141.732 141.732" in render(SHORT_URL, Design(), "eps", size)
    with Image.open(io.BytesIO(render(SHORT_URL, Design(), "png", size))) as image:
        assert image.size == (591, 591)
        assert round(image.info["dpi"][0]) == 300


@pytest.mark.parametrize(("size", "field"), [(63, "width"), (4097, "width"), (Size(100, 5000), "height")])
def test_absurd_sizes_are_refused(size: int | Size, field: str) -> None:
    """64 to 4096 px, both sides."""
    with pytest.raises(InvalidSize) as caught:
        render("A", Design(), "png", size)
    assert caught.value.field == field


def test_a_symbol_that_does_not_fit_its_pixels_is_refused_but_drawn_as_vector() -> None:
    """Vector formats have no pixels to run out of."""
    text = "x" * 2000
    with pytest.raises(InvalidSize):
        render(text, Design(), "png", 100)
    assert render(text, Design(), "svg", 100).startswith(b"<svg")


def test_a_transparent_background_stays_transparent() -> None:
    """Codes are laid over other artwork."""
    design = designs.parse({"background": {"color": "transparent"}})
    for kind in ("png", "webp"):
        with Image.open(io.BytesIO(render(SHORT_URL, design, kind, 200))) as image:
            assert image.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]  # RGBA pixels are tuples
    with Image.open(io.BytesIO(render(SHORT_URL, design, "jpeg", 200))) as image:
        assert image.getpixel((0, 0)) == (255, 255, 255)
    assert b"fill" not in render(SHORT_URL, design, "svg", 200)


def test_rounded_backgrounds_leave_the_corners_free() -> None:
    """`round` cuts the canvas' corners, not the code's."""
    design = designs.parse({"background": {"color": "#fef3c7", "round": 0.5}})
    with Image.open(io.BytesIO(render(SHORT_URL, design, "png", 200))) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((1, 1))[3] == 0  # type: ignore[index]  # RGBA pixels are tuples
        assert image.getpixel((100, 4)) == (254, 243, 199, 255)


def test_text_the_font_lacks_is_refused_by_name() -> None:
    """Better a clear fault than an empty box on a poster."""
    design = designs.parse({"frame": {"type": "card", "text": "スキャン"}})
    with pytest.raises(InvalidDesign, match="スキャン"):
        render(SHORT_URL, design, "png", 300)


def test_svg_is_well_formed_small_and_holds_no_script(logo: Logo) -> None:
    """SVG goes onto other people's pages."""
    drawn = render(SHORT_URL, designs.parse(SHADED), "svg", 600, logo)
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawn).iter()}
    assert tags <= {"svg", "defs", "linearGradient", "radialGradient", "stop", "path", "image"}
    assert len(render(SHORT_URL, designs.parse({"dots": {"type": "rounded"}}), "svg", 600)) < 8000


@pytest.mark.parametrize("kind", ["pdf", "eps", "svg"])
@pytest.mark.parametrize(
    "document", [{}, SHADED, {"dots": {"type": "dots"}, "shape": "circle"}], ids=["plain", "shaded", "circle"]
)
def test_vector_formats_look_like_the_png(
    kind: Format, document: dict[str, Any], logo: Logo, tmp_path: Path
) -> None:
    """One geometry, several writers: an independent renderer of each format must show what the PNG shows."""
    tool = "rsvg-convert" if kind == "svg" else "gs"
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    design = designs.parse(document)
    source, target = tmp_path / f"code.{kind}", tmp_path / "code.png"
    source.write_bytes(render(SHORT_URL, design, kind, 480, logo))
    if kind == "svg":
        command = ["rsvg-convert", "-b", "white", "-o", str(target), str(source)]
    else:
        command = ["gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-dEPSCrop", "-sDEVICE=png16m", "-r96"]
        command += ["-dGraphicsAlphaBits=4", f"-sOutputFile={target}", str(source)]
    subprocess.run(command, check=True, timeout=60)
    ours, theirs = grey_of(render(SHORT_URL, design, "png", 480, logo)), grey_of(target.read_bytes())
    assert abs(ours.shape[0] - theirs.shape[0]) <= 1
    height = min(ours.shape[0], theirs.shape[0])
    difference = np.abs(ours[:height].astype(int) - theirs[:height].astype(int))
    assert difference.mean() < 4
    assert read_zxing(theirs) == [SHORT_URL]
