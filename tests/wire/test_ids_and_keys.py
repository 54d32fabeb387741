"""Ids, keys and subjects: the names everything is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.wire import ids, subjects
from waypost.wire.limits import SLUG_BYTES_MAX
from waypost.wire.slug import KeyTooLong, exact, fold, link_key


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_uuid7_has_its_version_its_variant_and_its_time(at_ms: int, randomness: bytes) -> None:
    """RFC 9562, clause 5.7; other people's libraries read these ids."""
    made = ids.uuid7(at_ms, randomness)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == at_ms
    assert ids.to_bytes(ids.to_text(made.bytes)) == made.bytes


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_later_ids_sort_behind_earlier_ones(at_ms: int, one: bytes, other: bytes) -> None:
    """Lists are paged by id."""
    assert str(ids.uuid7(at_ms, one)) < str(ids.uuid7(at_ms + 1, other))


@pytest.mark.parametrize("size", [0, 9, 11])
def test_uuid7_refuses_other_amounts_of_randomness(size: int) -> None:
    """A short source of randomness would make guessable ids."""
    with pytest.raises(ValueError, match="10 random bytes"):
        ids.uuid7(0, bytes(size))


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(slug: str) -> None:
    """Control folds when it stores, the edge when it looks up: both must meet."""
    assert fold(fold(slug)) == fold(slug)
    assert exact(exact(slug)) == exact(slug)


@pytest.mark.parametrize(("one", "other"), [("Summer", "sUMMER"), ("café", "CAFE\u0301"), ("/a/b/", "a/b")])
def test_what_people_take_for_the_same_slug_is_the_same(one: str, other: str) -> None:
    """Printed codes are typed by hand, in whatever case."""
    assert fold(one) == fold(other)


def test_a_slug_that_no_key_can_hold_is_refused() -> None:
    """LMDB keys end at 511 bytes."""
    assert len(link_key(bytes(16), "x" * SLUG_BYTES_MAX)) <= 511
    with pytest.raises(KeyTooLong):
        link_key(bytes(16), "x" * (SLUG_BYTES_MAX + 1))


@pytest.mark.parametrize("token", ["", "a.b", "a b", "*", ">", "a\r\nPUB x", "x" * 65])
def test_a_subject_is_never_built_from_anything_but_a_token(token: str) -> None:
    """A node name must not reach another node's subject or the protocol."""
    with pytest.raises(ValueError, match="not usable"):
        subjects.scans(token)
