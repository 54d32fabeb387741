"""What browsers keep of a visitor's answers, and what is made of cookies that are not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect.limits import SAID_BYTES_MAX
from waypost.redirect.said import said, said_cookie, with_answers
from waypost.wire.content.form import Answers, Form, FormField, read_answers

FORM = Form(
    title="Join",
    fields=(
        FormField(name="budget", label="Budget", type="number"),
        FormField(name="news", label="News", type="checkbox"),
        FormField(name="mail", label="Mail"),
    ),
)
ASKED = frozenset({"budget", "news"})


def answered(**sent: str) -> Answers:
    """A form that was sent."""
    return read_answers(FORM, {name: [value] for name, value in sent.items()})


def test_only_what_rules_ask_for_is_kept() -> None:
    """A box says yes or no; what is left empty is not known any more; nothing else leaves the form."""
    first = with_answers({}, FORM, answered(budget="5", mail="ada@example.com"), ASKED)
    assert first == {"budget": "5", "news": "false"}
    assert with_answers(first, FORM, answered(news="on"), ASKED) == {"news": "true"}
    assert with_answers({}, FORM, answered(budget="9" * 300), ASKED) == {"news": "false"}


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=9), max_size=3))
def test_what_a_cookie_keeps_comes_back(known: dict[str, str]) -> None:
    """Whatever was said, in any script; and for the asked names alone."""
    header = said_cookie(known, b"/walk", 3600, secure=True).decode()
    pair, _, rest = header.partition(";")
    assert rest == " Max-Age=3600; HttpOnly; SameSite=Lax; Path=/walk; Secure"
    assert said(f"wp_seed=00; {pair}", known) == known
    assert said(pair, ()) == {}


@pytest.mark.parametrize("value", ["", "!", "e30", "bnVsbA", "eyJhIjoxfQ", "W10", "Zm9v", "A", "x" * 9000])
def test_a_cookie_of_somebody_else_says_nothing(value: str) -> None:
    """Neither half a one, nor one with numbers, nor one that is too long."""
    assert said(f"wp_said={value}", ASKED) == {}


def test_what_does_not_fit_is_not_kept() -> None:
    """A cookie is limited, and so are the paths it can have."""
    assert said_cookie({"a": "x" * SAID_BYTES_MAX}, b"/walk", 1, secure=False) == b""
    assert said_cookie({"a": "x"}, b"/a;b", 1, secure=False) == b""
