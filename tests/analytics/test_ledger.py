"""The ledger decides which scans are new: the heart of counting each scan once."""

from hypothesis import given
from hypothesis import strategies as st

from waypost.analytics.ledger import Gap, Ledger


def test_equal_is_taken_lower_is_skipped_overlap_in_part() -> None:
    """Agents ship again what they are not sure of; nothing of it may count twice."""
    ledger = Ledger({}, {})
    assert ledger.place("a", 1, 0, 10, 1).skip == 0
    assert ledger.place("a", 1, 0, 10, 2).skip == 10
    assert ledger.place("a", 1, 4, 10, 3).skip == 6
    assert ledger.next_offsets == {("a", 1): 14}


def test_gap_holds_its_spool_only_and_is_named() -> None:
    """A lost message must be seen, and must not stop the other edges."""
    ledger = Ledger({("a", 1): 5}, {})
    placement = ledger.place("a", 1, 8, 4, 70)
    assert placement.gap == Gap("a", 1, 5, 8, 70)
    assert ledger.place("a", 1, 12, 4, 71).gap == Gap("a", 1, 5, 8, 70)
    assert ledger.place("b", 1, 0, 4, 72).gap is None
    assert ledger.next_offsets == {("a", 1): 5, ("b", 1): 4}


def test_missing_scans_close_the_gap() -> None:
    """An agent that ships again what the broker lost mends the count without an operator."""
    ledger = Ledger({("a", 1): 5}, {})
    ledger.place("a", 1, 8, 4, 70)
    assert ledger.place("a", 1, 5, 3, 75).skip == 0
    assert ledger.gaps == {}
    assert ledger.filled == [Gap("a", 1, 5, 8, 70)]


def test_accepting_a_gap_goes_on_where_scans_were_found() -> None:
    """Giving up is a decision of an operator, and it is exact."""
    ledger = Ledger({("a", 1): 5}, {})
    ledger.place("a", 1, 8, 4, 70)
    assert ledger.accept("a", 1) == Gap("a", 1, 5, 8, 70)
    assert ledger.accept("a", 1) is None
    assert ledger.place("a", 1, 8, 4, 70).skip == 0


def test_epochs_of_a_node_are_told_apart() -> None:
    """A spool directory that was made anew starts at zero again."""
    ledger = Ledger({("a", 1): 500}, {})
    assert ledger.place("a", 2, 0, 3, 1).skip == 0


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=60),
    st.integers(1, 60),
)
def test_every_offset_is_taken_at_most_once_and_without_holes(
    batches: list[tuple[int, int]], rounds: int
) -> None:
    """Whatever order batches come in, what is taken is 0, 1, 2 … without a repeat or a hole."""
    ledger = Ledger({}, {})
    taken: list[int] = []
    for number, (first, count) in enumerate(batches * min(rounds, 3)):
        placement = ledger.place("a", 1, first, count, number)
        taken += range(first + placement.skip, first + placement.stop)
    assert taken == list(range(len(taken)))
