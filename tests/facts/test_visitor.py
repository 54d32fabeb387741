"""Visitor ids and the salts that make them unlinkable."""

from hashlib import blake2b

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waypost.facts.limits import SALT_BYTES, SALTS_MAX, VISITOR_ID_BYTES
from waypost.facts.visitor import DailySalt, SaltBook, VisitorIds, agent_part, utc_day, visitor_id

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
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


@given(st.integers(min_value=0, max_value=2**45))
def test_a_salt_is_destroyed_within_48_hours_of_its_day(now_ms: int) -> None:
    """The privacy promise, for any clock: never used later than its day, gone 48 hours after."""
    today = utc_day(now_ms)
    book = SaltBook()
    for day in range(max(today - 3, 0), today + 4):
        book = book.with_salt(DailySalt(day, SALT))
    kept = book.without_expired(now_ms)
    assert all(now_ms < (salt.day + 1) * DAY_MS + 48 * HOUR_MS for salt in kept.salts)
    found = kept.for_instant(now_ms)
    assert found is not None
    assert found.day == today


def test_a_salt_outlives_its_day_for_24_hours_exactly() -> None:
    """The edge of the rule: a purge that runs hourly then always keeps the promise of 48."""
    salt = DailySalt(10, SALT)
    due = 11 * DAY_MS + 24 * HOUR_MS
    assert not salt.due_for_destruction(due - 1)
    assert salt.due_for_destruction(due)


def test_a_shared_salt_replaces_an_edges_own_and_is_never_replaced() -> None:
    """One edge alone makes do; as soon as all share one, all count the same visitor once."""
    own = SaltBook().with_salt(DailySalt(5, OTHER, shared=False))
    assert own.for_instant(5 * DAY_MS) == DailySalt(5, OTHER, shared=False)
    shared = own.with_salt(DailySalt(5, SALT))
    assert shared.salts == (DailySalt(5, SALT),)
    assert shared.with_salt(DailySalt(5, OTHER)) == shared
    assert shared.with_salt(DailySalt(5, OTHER, shared=False)) == shared


def test_missing_days_are_today_and_three_ahead_without_a_shared_salt() -> None:
    """This is what the giver of salts makes next."""
    book = SaltBook((DailySalt(7, SALT), DailySalt(8, SALT, shared=False)))
    assert book.days_missing(7 * DAY_MS) == (8, 9, 10)


def test_a_day_without_a_salt_has_none() -> None:
    """The caller must notice and make one; a silent default would be a shared constant."""
    assert SaltBook((DailySalt(7, SALT),)).for_instant(8 * DAY_MS) is None


def test_a_book_is_bounded_and_a_salt_has_its_size() -> None:
    """A broken giver must not grow the salt file, nor hand out short keys."""
    book = SaltBook()
    for day in range(SALTS_MAX):
        book = book.with_salt(DailySalt(day, SALT))
    with pytest.raises(ValueError, match="at most"):
        book.with_salt(DailySalt(SALTS_MAX, SALT))
    with pytest.raises(ValueError, match="32 bytes"):
        DailySalt(1, b"short")
