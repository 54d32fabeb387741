"""Visitor ids: who is told apart, and that a salt is all it hangs on."""

from hashlib import blake2b

from hypothesis import example, given
from hypothesis import strategies as st

from waypost.facts.limits import SALT_BYTES, VISITOR_ID_BYTES
from waypost.facts.visitor import VisitorIds, agent_part, visitor_id

SALT = bytes(range(SALT_BYTES))
OTHER = bytes(SALT_BYTES)


def test_the_id_is_keyed_blake2b_over_domain_address_and_agent() -> None:
    """All edges must make the same id, in every version: this is a wire format."""
    expected = blake2b(b"go.example\x00192.0.2.7\x00agent", digest_size=8, key=SALT).digest()
    assert visitor_id(SALT, b"go.example", "192.0.2.7", "agent") == expected
    assert len(expected) == VISITOR_ID_BYTES


def test_any_change_of_day_domain_address_or_agent_is_another_visitor() -> None:
    """Ids of different days or customers must not be joinable (reliability R39)."""
    base = (SALT, b"go.example", "192.0.2.7", "agent")
    ids = {
        visitor_id(*base),
        visitor_id(OTHER, *base[1:]),
        visitor_id(SALT, b"other.example", "192.0.2.7", "agent"),
        visitor_id(SALT, b"go.example", "192.0.2.8", "agent"),
        visitor_id(SALT, b"go.example", "192.0.2.7", "agent 2"),
    }
    assert len(ids) == 5


@given(st.text(max_size=60), st.text(max_size=200))
@example("\ud800", "\udfff\x00")
def test_any_text_has_an_id(ip: str, user_agent: str) -> None:
    """Header text is a stranger's: lone surrogates and NULs must not stop a redirect."""
    assert len(visitor_id(SALT, b"go.example", ip, user_agent)) == VISITOR_ID_BYTES


@given(st.text(max_size=60), st.text(max_size=200))
def test_an_id_made_in_parts_is_the_same(ip: str, user_agent: str) -> None:
    """An edge makes them in parts; every visitor of the day would be counted twice otherwise."""
    ids = VisitorIds(SALT, b"go.example")
    made = ids.of(ip.encode("utf-8", "surrogatepass"), agent_part(user_agent))
    assert made == visitor_id(SALT, b"go.example", ip, user_agent)
