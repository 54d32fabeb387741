"""Ids in the vendor's form."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from waypost.control.dialects.codeqr import ids


@given(st.uuids())
def test_an_id_is_read_back_in_both_forms(uuid: UUID) -> None:
    """Clients keep ids for years, and other dialects know them as UUIDs."""
    shown = ids.shown(ids.LINK, str(uuid))
    assert len(shown) == len("link_") + 22
    assert ids.native(ids.LINK, shown) == str(uuid)
    assert ids.native(ids.LINK, str(uuid).upper()) == str(uuid)


@given(st.text(max_size=60))
def test_any_text_may_be_asked_for(text: str) -> None:
    """Whatever comes in a path is at most unknown."""
    assert isinstance(ids.native(ids.LINK, text), str)
    assert isinstance(ids.looks_like_one(ids.TAG, text), bool)
