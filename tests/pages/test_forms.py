"""What visitors send to a form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pages.samples import checked, sample

from waypost.wire.content.check import Refused, check
from waypost.wire.content.form import Form, read_answers
from waypost.wire.content.limits import FORM_ANSWER_CHARACTERS_MAX
from waypost.wire.content.pattern import fits

GOOD = {
    "name": ["Ines"],
    "email": ["ines@example.com"],
    "time": ["Noon"],
    "wish": ["a\r\nb"],
    "consent": ["yes"],
}


def form() -> Form:
    """The sample form."""
    content = sample("form")
    assert isinstance(content, Form)
    return content


def test_good_answers_come_in_the_order_of_the_form_and_nothing_else_comes() -> None:
    """Stored answers are read as a table, and unknown keys are somebody's game."""
    answers = read_answers(form(), {"zzz": ["1"], **GOOD})
    assert answers.problems == {}
    assert answers.values == {
        "name": "Ines",
        "email": "ines@example.com",
        "guests": "",
        "time": "Noon",
        "wish": "a\nb",
    }
    assert answers.consent
    assert not answers.is_robot


def test_each_problem_is_named_by_its_field() -> None:
    """The page shows it beside the field."""
    sent = {"email": ["x"], "guests": ["700"], "time": [""], "wish": ["a" * (FORM_ANSWER_CHARACTERS_MAX + 1)]}
    assert read_answers(form(), sent).problems == {
        "name": "required", "email": "email", "guests": "choice", "time": "required", "wish": "too_long",
        "consent": "required",
    }  # fmt: skip


def test_numbers_dates_and_telephones_are_judged() -> None:
    """A field's type is a promise to whoever reads the answers."""
    fields = [{"name": kind, "label": kind, "type": kind} for kind in ("number", "date", "phone", "text")]
    content = checked("form", {"title": "a", "fields": fields})
    assert isinstance(content, Form)
    good = {"number": ["-1.5"], "date": ["2026-02-28"], "phone": ["+49 30 1"], "text": ["x"]}
    assert read_answers(content, good).problems == {}
    bad = {"number": ["nan"], "date": ["2026-02-30"], "phone": ["x"], "text": ["a\x00"]}
    assert read_answers(content, bad).problems == {
        "number": "number", "date": "date", "phone": "phone", "text": "characters",
    }  # fmt: skip


def test_answers_are_held_against_patterns() -> None:
    """As browsers test them: somewhere in the answer, unless the pattern says where. An empty one is not judged."""
    fields = [
        {"name": "plate", "label": "Plate", "pattern": "^[A-Z]{1,3}-[A-Z]{1,2} [0-9]{1,4}$"},
        {"name": "note", "label": "Note", "type": "textarea", "pattern": "please"},
        {"name": "size", "label": "Size", "type": "select", "options": ["S", "M"], "pattern": "L"},
    ]
    content = checked("form", {"title": "a", "fields": fields})
    assert isinstance(content, Form)
    good = {"plate": ["B-WP 2026"], "note": ["Now, please!"], "size": ["M"]}
    assert read_answers(content, good).problems == {}
    assert read_answers(content, {}).problems == {}
    bad = {"plate": ["xB-WP 2026"], "note": ["Now!"], "size": ["L"]}
    expected = {"plate": "pattern", "note": "pattern", "size": "choice"}
    assert read_answers(content, bad).problems == expected


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(.*a){12}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "a{1,1000}b{1,1000}"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """Backtracking engines need minutes or for ever for these; the test would hang until it is killed."""
    assert fits(pattern, "a" * FORM_ANSWER_CHARACTERS_MAX + "!") is False


@pytest.mark.parametrize("pattern", ["(", "(?=a)a", r"(a)\1", "x" * 201, "((a{100}){100}){100}"])
def test_patterns_that_cannot_be_followed_are_refused(pattern: str) -> None:
    """Where they are written; an edge that meets one takes the answer."""
    fields = [{"name": "a", "label": "a", "pattern": pattern}]
    refused = check("form", {"title": "a", "fields": fields})
    assert isinstance(refused, Refused)
    assert refused.findings[0].field == "fields[0].pattern"
    assert fits(pattern, "anything") or pattern == "x" * 201


def test_who_fills_the_hidden_field_is_a_robot() -> None:
    """Spam is dropped without being told."""
    assert read_answers(form(), {**GOOD, "website_2": ["https://spam.example/"]}).is_robot


@given(st.dictionaries(st.text(max_size=10) | st.sampled_from(list(GOOD)), st.lists(st.text(max_size=50))))
def test_anything_sent_is_judged_without_raising(sent: dict[str, list[str]]) -> None:
    """The body is a stranger's."""
    answers = read_answers(form(), sent)
    assert list(answers.values) == ["name", "email", "guests", "time", "wish"]
