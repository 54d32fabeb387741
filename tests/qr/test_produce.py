"""The whole way from text to a picture that may be handed out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.qr.camera import grey_of, read_zxing
from tests.qr.conftest import SHORT_URL
from tests.qr.random_designs import random_design, random_logo, random_text

from waypost.qr import design as designs
from waypost.qr.design import Design
from waypost.qr.faults import Unscannable
from waypost.qr.logo import Logo
from waypost.qr.matrix import encode
from waypost.qr.produce import Refused, produce
from waypost.qr.verify import verify


@settings(max_examples=60, deadline=None)
@given(pick=st.randoms(use_true_random=False))
def test_nothing_that_does_not_scan_is_handed_out(pick: Any) -> None:
    """Any design either raises or yields a picture that reads back."""
    text, with_logo = random_text(pick), pick.random() < 0.4
    logo = random_logo(pick) if with_logo else None
    try:
        product = produce(text, random_design(pick, with_logo), "png", 400, logo)
    except Unscannable:
        return
    assert read_zxing(grey_of(product.picture)) == [text]


def test_what_only_its_frame_makes_unreadable_is_refused() -> None:
    """Beside a dark bar, decoders take pale corners for white."""
    look: dict[str, Any] = {
        "corner_square": {"gradient": {"type": "radial", "color_stops": [
            {"offset": 0, "color": "#000000"}, {"offset": 1, "color": "#9ca3af"}
        ]}},
        "margin": 3, "error_correction": "L",
    }  # fmt: skip
    text = "https://shop.example/222/222?utm_source=poster&utm_campaign=222"
    bare = produce(text, designs.parse(look), "png", 400)
    assert read_zxing(grey_of(bare.picture)) == [text]
    with pytest.raises(Unscannable, match="at its size"):
        produce(text, designs.parse({**look, "frame": {"type": "bar-above"}}), "png", 400)


def test_a_refusal_carries_the_findings() -> None:
    """The API shows them as they are."""
    with pytest.raises(Refused) as caught:
        produce(SHORT_URL, designs.parse({"dots": {"color": "#eee"}}), "png", 400)
    assert [finding.code for finding in caught.value.report.findings] == ["contrast"]
    assert caught.value.field == "dots"


def test_impossible_texts_are_refused_alike() -> None:
    """One fault type for everything that cannot be handed out."""
    for repair in (False, True):
        with pytest.raises(Refused) as caught:
            produce("x" * 3000, Design(), "png", 400, repair=repair)
        assert caught.value.report.findings[0].code == "text-too-long"


def test_repair_says_what_it_changed(logo: Logo) -> None:
    """The automatic mode is not silent."""
    design = designs.parse({"logo": {"width_share": 0.5}})
    product = produce(SHORT_URL, design, "svg", 400, logo, repair=True)
    assert product.changes
    assert product.design != design
    assert product.picture.startswith(b"<svg")


def test_verify_refuses_what_no_decoder_reads() -> None:
    """The last line of defence does not trust the guard."""
    design = designs.parse({"corner_dot": {"type": "dots"}})
    with pytest.raises(Unscannable):
        verify(encode(SHORT_URL, design), design)


def test_micro_symbols_are_verified_too() -> None:
    """They need a decoder of their own format."""
    design = designs.parse({"micro": True, "error_correction": "L", "margin": 2})
    assert produce("12345", design, "png", 200).report.findings[0].code == "micro"
