"""Both spellings, in and out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.spelling import Twins, camel, members, read, snake, spell
from waypost.control.model.faults import Invalid, Malformed

NAMES = st.from_regex(r"[a-z]+(_[a-z][a-z0-9]*){0,3}", fullmatch=True)


class Inner(Struct):
    """Something nested."""

    deep_member: int


class Outer(Struct):
    """Something that answers."""

    id: str
    first_name: str
    user_map: dict[str, Any]
    inner_list: list[Inner]
    look_options: Twins
    not_there: str | UnsetType = UNSET


ANSWER = Outer(
    "1", "Ada", {"snake_key": 1, "camelKey": 2}, [Inner(3)], Twins({"type": "dots"}, {"type": "DOTS"})
)


@given(NAMES)
def test_spelling_a_name_both_ways_loses_nothing(name: str) -> None:
    """A member must come back to the name it left with."""
    assert snake(camel(name)) == name


def test_an_answer_has_both_spellings_at_every_depth() -> None:
    """The article reads one spelling and the generated client the other, from the same answer."""
    assert spell(ANSWER) == {
        "id": "1",
        "first_name": "Ada",
        "firstName": "Ada",
        "user_map": {"snake_key": 1, "camelKey": 2},
        "userMap": {"snake_key": 1, "camelKey": 2},
        "inner_list": [{"deep_member": 3, "deepMember": 3}],
        "innerList": [{"deep_member": 3, "deepMember": 3}],
        "look_options": {"type": "dots"},
        "lookOptions": {"type": "DOTS"},
    }


def test_an_answer_can_be_narrowed_to_one_spelling() -> None:
    """`X-Field-Case` halves an answer for who asks."""
    assert set(spell(ANSWER, "snake")) == {"id", "first_name", "user_map", "inner_list", "look_options"}
    assert set(spell(ANSWER, "camel")) == {"id", "firstName", "userMap", "innerList", "lookOptions"}
    assert spell(ANSWER, "camel")["innerList"] == [{"deepMember": 3}]


def test_camel_case_wins_over_snake_case() -> None:
    """A client that sends both means what its generated code writes."""
    assert members({"custom_domain_id": "a", "customDomainId": "b"}) == {"custom_domain_id": "b"}
    assert members({"customDomainId": "b", "custom_domain_id": "a"}) == {"custom_domain_id": "b"}


@pytest.mark.parametrize(
    ("raw", "fault", "field"),
    [
        ([], Malformed, ""),
        ("text", Malformed, ""),
        ({}, Invalid, "deep_member"),
        ({"deepMember": "x"}, Invalid, "deep_member"),
    ],
)
def test_a_body_that_does_not_fit_names_its_member(raw: Any, fault: type[Invalid], field: str) -> None:
    """The vendor's error names what was wrong."""
    with pytest.raises(fault) as caught:
        read(raw, Inner)
    assert caught.value.field == field


def test_unknown_members_are_ignored() -> None:
    """The vendor promises additive evolution, so clients may be newer than we are."""
    assert read({"deepMember": 1, "somethingNew": 2}, Inner) == Inner(1)
