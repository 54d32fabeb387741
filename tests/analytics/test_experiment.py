"""The sequential test: no false winners however often one looks, and a true one in the end."""

import random

from waypost.analytics.reports.experiment import decide, interval, p_value


def test_no_winner_while_there_is_little_to_see() -> None:
    """Two of ten against one of ten is nothing, and must be called nothing."""
    answer = decide([("a", 10, 2), ("b", 10, 1)], 0.05)
    assert (answer.winner, answer.p_value) == (None, 1.0)
    assert decide([("a", 1000, 100)], 0.05).winner is None
    assert decide([], 0.05).arms == ()


def test_a_real_difference_is_found_and_named() -> None:
    """Ten against fifteen per cent over thousands of people is a winner."""
    answer = decide([("a", 4000, 400), ("b", 4000, 600)], 0.05)
    assert answer.winner == "b"
    assert answer.p_value < 0.01
    assert answer.people_needed == 0
    assert answer.arms[1].rate_low > answer.arms[0].rate


def test_peeking_after_every_visitor_finds_few_false_winners() -> None:
    """With equal rates the chance of ever announcing a winner stays below alpha; a fixed test peeked at this
    often would exceed it many times over."""
    chance = random.Random(7)
    false = 0
    runs = 200
    for _ in range(runs):
        counts = [[0, 0], [0, 0]]
        for step in range(3000):
            arm = counts[step % 2]
            arm[0] += 1
            arm[1] += chance.random() < 0.1
            if step % 25 == 0 and p_value((counts[0][0], counts[0][1]), (counts[1][0], counts[1][1])) <= 0.05:
                false += 1
                break
    assert false / runs <= 0.05


def test_more_arms_need_more_evidence() -> None:
    """Comparing many variants is many chances to be wrong."""
    two = decide([("a", 1500, 150), ("b", 1500, 210)], 0.05)
    many = decide([("a", 1500, 150), ("b", 1500, 210), *[(f"c{n}", 1500, 150) for n in range(6)]], 0.05)
    assert many.p_value > two.p_value
    assert decide([("a", 300, 30), ("b", 300, 36)], 0.05).people_needed > 600


def test_interval_holds_the_rate_and_shrinks() -> None:
    """An interval for every moment is wider than one for a single look, and still narrows."""
    wide, narrow = interval(200, 20, 0.05), interval(20_000, 2_000, 0.05)
    assert wide[0] < narrow[0] < 0.1 < narrow[1] < wide[1]
    assert interval(0, 0, 0.05) == (0.0, 1.0)
