"""Text stays readable in every theme and on every colour that an author may pick."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect.pages import Visit, render_content
from waypost.redirect.pages.colours import TEXT_CONTRAST, contrast, parsed
from waypost.redirect.pages.themes import theme_css
from waypost.wire.content import THEMES, Look
from waypost.wire.content.notes import Message

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
TOKEN = re.compile(r"--([a-z-]+):(#[0-9a-f]{6})")


def assert_readable(look: Look) -> None:
    """Every ink of every rule reaches WCAG's contrast on the grounds it is used on."""
    rules = re.findall(r":root\{[^}]*\}", theme_css(look))
    assert len(rules) == (1 if look.theme != "auto" or look.background else 2)
    for rule in rules:
        colours = {name: parsed(code) for name, code in TOKEN.findall(rule)}
        for ink in ("ink", "muted", "accent-ink"):
            for ground in ("top", "bottom", "surface", "tint", "glow"):
                assert contrast(colours[ink], colours[ground]) >= TEXT_CONTRAST, (look, ink, ground)
        assert contrast(colours["on-accent"], colours["accent"]) >= TEXT_CONTRAST
        for ink in ("danger", "good", "warm"):
            assert contrast(colours[ink], colours["surface"]) >= TEXT_CONTRAST


@given(theme=st.sampled_from(THEMES), accent=st.just("") | COLOUR)
def test_every_theme_is_readable_with_any_accent(theme: str, accent: str) -> None:
    """A brand colour is picked for a logo, not for text."""
    assert_readable(Look(theme=theme, accent=accent))


@given(background=COLOUR, accent=st.just("") | COLOUR)
def test_any_background_is_readable(background: str, accent: str) -> None:
    """Middle greys are where naive schemes fail."""
    assert_readable(Look(background=background, accent=accent))


@pytest.mark.parametrize("code", ["red", "#fff", "#12345g", "#123456;}", "url(x)", "#123456\n"])
def test_what_is_no_colour_never_reaches_the_style(code: str) -> None:
    """The style element is the one place that escaping does not guard."""
    assert theme_css(Look(accent=code, background=code)) == theme_css(Look())


@given(background=COLOUR, background_to=COLOUR, surface=COLOUR)
def test_a_ground_that_could_not_be_read_on_is_left_out(
    background: str, background_to: str, surface: str
) -> None:
    """Black cards on a white page, or a page that fades from one to the other, have no ink for both."""
    assert_readable(Look(background=background, background_to=background_to, surface=surface))


@given(background=COLOUR, ink=COLOUR)
def test_an_authors_colours_of_text_are_readable(background: str, ink: str) -> None:
    """Moved as far as their ground asks for."""
    look = Look(background=background, title_color=ink, body_color=ink, button_color=ink, icon_color=ink)
    assert_readable(look)
    colours = {name: parsed(code) for name, code in TOKEN.findall(theme_css(look))}
    for name in ("title-ink", "icon-ink"):
        assert contrast(colours[name], colours["surface"]) >= TEXT_CONTRAST


def test_fonts_have_sizes_and_slants_and_cards_borders() -> None:
    """Within what can be read; words that this edge does not know are the usual."""
    css = theme_css(
        Look(
            title_size_px=96, body_size_px=20, button_style="bold-italic", title_style="x;}", border_px=3,
            border_style="dashed", border_color="#ff0000",
        )
    )  # fmt: skip
    for token in (
        "--title-size:4rem", "--body-size:1.25rem", "--button-slant:italic", "--button-weight:700",
        "--card-border:3px dashed", "--border:#ff0000",
    ):  # fmt: skip
        assert token in css
    assert "x;" not in css
    stacks = theme_css(
        Look(title_stack="Inter, 'Segoe UI'", title_font="georgia", body_stack="a;}", button_stack="b")
    )
    assert "--title-font:Inter, 'Segoe UI',Georgia,serif;--button-font:b,system-ui,sans-serif" in stacks
    assert "--card-border" not in theme_css(Look(border_px=3, border_style="x;}"))


def test_a_look_has_fonts_corners_and_pictures() -> None:
    """Only families that visitors have, only pictures that the page's policy shows; unknown words are the usual."""
    look = Look(background="#101020", surface="#181830", square=True, title_font="georgia", body_font="x;}")
    css = theme_css(look)
    assert "--surface:#181830" in css
    assert "--title-font:Georgia,serif;--card-radius:0;--button-radius:0" in css
    assert "x;}" not in css
    page = render_content(
        Message(
            title="t",
            look=Look(cover="/-/assets/a/c.png", badge="https://elsewhere.example/b.png", cover_place="top"),
        ),
        Visit(at_ms=0),
        nonce="n" * 24,
    )
    assert b'class="backdrop top"><img src="/-/assets/a/c.png"' in page.body
    assert b"elsewhere.example" not in page.body
