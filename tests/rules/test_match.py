"""The leaf predicates: what strangers can send them, and the few shapes worth seeing alone."""

from math import inf
from typing import SupportsIndex

import pytest

from waypost.rules import Visit, limits
from waypost.rules import model as m
from waypost.rules.match import attribute_text, condition_test, edges_of


def test_intervals_merge_into_rising_edges() -> None:
    """One binary search answers for any number of windows, networks or ranges."""
    assert edges_of([(5, 9), (1, 3), (2, 4), (9, 10), (20, inf), (7, 7)]) == [1, 4, 5, 10, 20, inf]
    assert edges_of([]) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (12.0, "12"), (12, "12"), (0.5, "0.5"), ("GOLD", "gold"), (inf, "inf")],
)
def test_attributes_compare_as_people_write_them(value: str | float | bool, text: str) -> None:
    """A count that a client stored as 12.0 is still the 12 of the rule."""
    assert attribute_text(value) == text


def test_words_that_look_like_numbers_to_python_stay_words() -> None:
    """`nan` compares with nothing as a number, so it is text."""
    at_most_nan = condition_test(m.Attribute("name", "at_most", ("nan",)))
    assert at_most_nan(Visit(at_ms=0, attributes={"name": "Ana"}))
    assert not at_most_nan(Visit(at_ms=0, attributes={"name": "Zoe"}))
    assert not condition_test(m.Attribute("n", "at_least", ("0",)))(Visit(at_ms=0, attributes={"n": "nan"}))


def test_ipv6_networks_hold_no_ipv4_visitors() -> None:
    """Whoever writes ::/0 means visitors with IPv6."""
    any_ipv6 = condition_test(m.Ip(("::/0",)))
    assert any_ipv6(Visit(at_ms=0, ip="2001:db8::1"))
    assert not any_ipv6(Visit(at_ms=0, ip="192.0.2.1"))
    assert not any_ipv6(Visit(at_ms=0, ip="::ffff:192.0.2.1"))


def test_only_a_bounded_part_of_a_visitors_words_is_looked_at() -> None:
    """A header of many thousand dashes or dots must not buy a stranger time on the edge."""
    looked_at = []

    class Watched(str):
        """Text that tells how much of it was taken."""

        __slots__ = ()

        def __getitem__(self, key: SupportsIndex | slice) -> str:
            taken = super().__getitem__(key)
            looked_at.append(len(taken))
            return taken

    visit = Visit(
        at_ms=0, language=Watched("de" + "-a" * 4000), referrer_host=Watched("a." * 4000 + "example.com")
    )
    assert condition_test(m.Language(("de",)))(visit)
    assert condition_test(m.Referrer(("example.com",)))(visit)
    assert looked_at == [limits.LANGUAGE_LENGTH_MAX, limits.HOST_LENGTH_MAX]
