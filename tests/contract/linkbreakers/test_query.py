"""Query strings: lists, times, pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.query import Pager, Query, time_ms
from waypost.control.model.faults import Invalid, InvalidCursor

NEW_YEAR_MS = 1_704_067_200_000


def test_lists_come_repeated_with_commas_and_in_both_spellings() -> None:
    """The client repeats, the article uses commas; both ask for the same relations."""
    query = Query([("include", "qrcodeDesign, tags"), ("include", "custom_domain"), ("include", "tags")])
    assert query.included() == {"qrcode_design", "tags", "custom_domain"}
    assert query.many("include") == ["qrcodeDesign", "tags", "custom_domain"]


def test_camel_case_wins_for_a_single_value() -> None:
    """As in bodies."""
    assert Query([("pageSize", "5"), ("page_size", "7")]).page_items() == 5
    assert Query([("page_size", "7")]).page_items() == 7


@pytest.mark.parametrize("text", ["0", "-1", "ten", "1.5", "١", "9" * 30])
def test_page_sizes_that_are_none_are_refused(text: str) -> None:
    """A client learns at once that its page size means nothing."""
    with pytest.raises(Invalid) as caught:
        Query([("page_size", text)]).page_items()
    assert caught.value.field == "page_size"


def test_page_sizes_have_a_default_and_are_clamped() -> None:
    """The vendor allows 1000 and never requires the member, though its client sends it."""
    assert Query([]).page_items() == limits.PAGE_ITEMS_DEFAULT
    assert Query([("pageSize", "5000")]).page_items() == limits.PAGE_ITEMS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00+00:00",
        "2024-01-01T00:00:00.000000+0000",
        "2024-01-01T00:00:00.000000 0000",
        "2024-01-01T01:00:00.000+0100",
        "2024-01-01T00:00:00",
        "2024-01-01",
    ],
)
def test_times_are_read_as_clients_write_them(text: str) -> None:
    """The generated client writes `+0000`, and its plus may arrive as a space."""
    assert time_ms("start_date", text) == NEW_YEAR_MS


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", "1704067200"])
def test_a_text_that_is_no_time_names_its_parameter(text: str) -> None:
    """A date that is read wrongly would answer for another month."""
    with pytest.raises(Invalid) as caught:
        time_ms("start_date", text)
    assert caught.value.field == "start_date"


@given(st.text(max_size=60), st.text(max_size=20))
def test_a_page_token_opens_for_its_own_question_only(cursor: str, question: str) -> None:
    """A token of another query or another workspace would let rows jump pages."""
    pager = Pager(b"secret", "links", question)
    token = pager.seal(cursor)
    if not cursor:
        assert token == ""
        return
    assert pager.open(token) == cursor
    for other in (Pager(b"secret", "links", question + "x"), Pager(b"another", "links", question)):
        with pytest.raises(InvalidCursor):
            other.open(token)


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused(token: str) -> None:
    """Tokens are opaque; guessing one must not work, nor break anything."""
    with pytest.raises(InvalidCursor):
        Pager(b"secret", "links").open(token)


def test_enumerations_take_their_default_and_refuse_strangers() -> None:
    """`*_UNSPECIFIED` means the default in the vendor's client."""
    choices = ("SORT_A", "SORT_B")
    assert Query([("sort_by", "SORT_UNSPECIFIED")]).choice("sort_by", choices, "SORT_A") == "SORT_A"
    assert Query([("sortBy", "SORT_B")]).choice("sort_by", choices, "SORT_A") == "SORT_B"
    with pytest.raises(Invalid):
        Query([("sort_by", "SORT_C")]).choice("sort_by", choices, "SORT_A")
