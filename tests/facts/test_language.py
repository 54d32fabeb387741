"""Accept-Language becomes an ordered list of primary tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.facts.language import languages
from waypost.facts.limits import ACCEPT_LANGUAGE_CHARACTERS_MAX, LANGUAGES_MAX


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", ("de", "en")),
        ("en;q=0.5, fr", ("fr", "en")),
        ("da, en-gb;q=0.8, en;q=0.7", ("da", "en")),
        ("*", ()),
        ("*, pt-BR;q=0.3", ("pt",)),
        ("en;q=0, nl", ("nl",)),
        ("zh-Hant-TW", ("zh",)),
        ("fr;q=0.5,it;q=0.5", ("fr", "it")),
        ("EN-us", ("en",)),
        ("en;q=9, de;q=0.9", ("de",)),
        ("en ; q = 0.4, de", ("de", "en")),
        ("x, en", ("en",)),
        ("<script>, sv", ("sv",)),
        ("fil-PH, tl;q=0.1", ("fil", "tl")),
    ],
)
def test_tags_come_best_first(header: str, expected: tuple[str, ...]) -> None:
    """Language rules compare the first match, so order is meaning."""
    assert languages(header) == expected


@given(st.text(max_size=1000))
def test_any_text_gives_a_bounded_list_of_tags(header: str) -> None:
    """A stranger's header neither raises nor grows."""
    found = languages(header)
    assert len(found) <= LANGUAGES_MAX
    assert len(set(found)) == len(found)
    assert all(tag.isascii() and tag.islower() and 2 <= len(tag) <= 8 for tag in found)


def test_the_tail_of_an_overlong_header_is_dropped_whole() -> None:
    """A range cut in the middle could name another language."""
    header = "de," + " " * (ACCEPT_LANGUAGE_CHARACTERS_MAX - 6) + "english"
    assert languages(header) == ("de",)
