"""Shares and splits: as large as asked, and independent of each other."""

from hashlib import blake2b
from math import sqrt

import pytest

from waypost.rules import Rule, Split, Url, Variant
from waypost.rules.model import Visit
from waypost.rules.share import share_test, variant_pick

SEEDS = 100_000
SIGMAS = 5  # fixed seeds, so a pass is a pass for ever; five sigmas leave no room for a wrong threshold
VISITS = [Visit(at_ms=0, seed=blake2b(b"%d" % n, digest_size=16).digest()) for n in range(SEEDS)]
URL = Url("https://example.com/")


def within(count: int, trials: int, chance: float) -> bool:
    """Say whether a count lies within the binomial bounds."""
    return abs(count - trials * chance) <= SIGMAS * sqrt(trials * chance * (1 - chance))


@pytest.mark.parametrize("share", [0.1, 1, 10, 33.3, 50, 99.9])
def test_a_share_takes_its_percentage(share: float) -> None:
    """Whoever tests ten percent must get ten percent."""
    taken = sum(map(share_test(Rule(id="exp-1", share=share, then=URL)), VISITS))
    assert within(taken, SEEDS, share / 100)


@pytest.mark.parametrize(("share", "taken"), [(0, 0), (-1, 0), (100, SEEDS)])
def test_the_ends_of_the_scale_are_exact(share: float, taken: int) -> None:
    """Zero is never and a hundred is always (contract §1.3, semantics 5)."""
    assert sum(map(share_test(Rule(id="exp-1", share=share, then=URL)), VISITS)) == taken


@pytest.mark.parametrize("other", ["exp-2", "exp-1 ", "1-pxe", "x" * 500])
def test_two_rules_with_one_share_draw_independently(other: str) -> None:
    """Correlated draws would make a second experiment measure the first one."""
    first = share_test(Rule(id="exp-1", share=50, then=URL))
    second = share_test(Rule(id=other, share=50, then=URL))
    both = sum(first(visit) and second(visit) for visit in VISITS)
    either = sum(first(visit) != second(visit) for visit in VISITS)
    assert within(both, SEEDS, 0.25)
    assert within(either, SEEDS, 0.5)


def test_weights_set_the_sizes_of_variants() -> None:
    """Weights are relative: 1 to 3 to 6 is 10, 30 and 60 percent."""
    weights = {"a": 1, "b": 3, "c": 6}
    split = Split(
        tuple(Variant(name, f"https://example.com/{name}", weight) for name, weight in weights.items())
    )
    pick = variant_pick("exp-1", split)
    drawn = [pick(visit).variant_id for visit in VISITS]
    assert all(within(drawn.count(name), SEEDS, weight / 10) for name, weight in weights.items())


def test_the_share_of_a_rule_does_not_bias_its_split() -> None:
    """Both hash the same seed; with one hash, the first half of the seeds would get the first variants."""
    split = Split((Variant("a", "https://example.com/a"), Variant("b", "https://example.com/b")))
    in_share, pick = share_test(Rule(id="exp-1", share=50, then=split)), variant_pick("exp-1", split)
    taken = [pick(visit).variant_id for visit in VISITS if in_share(visit)]
    assert within(taken.count("a"), len(taken), 0.5)


def test_a_seed_sticks_to_its_variant() -> None:
    """A visitor who comes back with the cookie sees the same page."""
    split = Split(tuple(Variant(f"v{n}", f"https://example.com/{n}") for n in range(5)))
    first, again = variant_pick("exp-1", split), variant_pick("exp-1", split)
    assert all(first(visit) == again(visit) for visit in VISITS[:1000])


def test_draws_are_fixed_for_ever() -> None:
    """A new version must not move visitors between variants in the middle of an experiment."""
    split = Split(tuple(Variant(f"v{n}", f"https://example.com/{n}") for n in range(4)))
    pick = variant_pick("0198c0de-rule", split)
    assert "".join(pick(visit).variant_id[1] for visit in VISITS[:24]) == "133030123310301210023211"


def test_variants_without_weight_get_nobody() -> None:
    """A weight of zero in stored rules means nobody, and a split of only such variants is no target."""
    split = Split((Variant("a", "https://example.com/a", 0), Variant("b", "https://example.com/b", 2)))
    pick = variant_pick("exp-1", split)
    assert {pick(visit).variant_id for visit in VISITS[:1000]} == {"b"}
    with pytest.raises(ValueError, match="positive weight"):
        variant_pick("exp-1", Split((Variant("a", "https://example.com/a", 0),)))
