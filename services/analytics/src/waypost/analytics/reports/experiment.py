"""Which variant is better, said only when it is true: an always-valid sequential test. Pure.

Looking at an ordinary p-value again and again finds winners that are none. The mixture sequential
probability ratio test does not: its p-value may be read after every visitor and the experiment stopped
whenever it is small (Robbins 1970; Johari, Koomen, Pekelis and Walsh, "Always Valid Inference: Continuous
Monitoring of A/B Tests", Operations Research 70(3), 2022, equations 10 to 13 for the difference of two
rates with a normal mixture).
"""

import math

from waypost.wire.queries import Arm, ExperimentAnswer

EFFECT_SCALE = 0.05
"""Standard deviation of the mixture: differences of about five points are what one hopes to find. It
changes how fast a winner is found, never how often a false one is."""

PEOPLE_MIN = 100
CONVERTED_MIN = 10
"""Below these the normal approximation of a rate does not hold, so nothing is said."""


def decide(arms: list[tuple[str, int, int]], alpha: float) -> ExperimentAnswer:
    """Judge (variant, people, converted) arms. With k arms each pair is tested at alpha divided by the
    number of pairs (Bonferroni), so the chance of any false winner stays below `alpha`."""
    pairs = max(1, len(arms) * (len(arms) - 1) // 2)
    level = alpha / pairs
    shown = tuple(_arm(variant, people, converted, level) for variant, people, converted in arms)
    if len(arms) < 2:
        return ExperimentAnswer(shown, None, 1.0, 0)
    best = max(arms, key=lambda arm: _rate(arm[1], arm[2]))
    against = [p_value(best[1:], arm[1:]) for arm in arms if arm is not best]
    worst = min(1.0, max(against) * pairs)
    decided = worst <= alpha
    needed = 0 if decided else _people_needed(best, [arm for arm in arms if arm is not best], level)
    return ExperimentAnswer(shown, best[0] if decided else None, worst, needed)


def p_value(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The always-valid p-value that two arms (people, converted) have the same rate."""
    if min(first[0], second[0]) < PEOPLE_MIN or first[1] + second[1] < CONVERTED_MIN:
        return 1.0
    difference = _rate(*first) - _rate(*second)
    variance = _variance(*first) + _variance(*second)
    scale = EFFECT_SCALE**2
    # The likelihood ratio of "a difference drawn from N(0, scale)" against "no difference".
    exponent = scale * difference**2 / (2 * variance * (variance + scale))
    log_ratio = 0.5 * math.log(variance / (variance + scale)) + exponent
    return min(1.0, math.exp(-log_ratio))


def interval(people: int, converted: int, level: float) -> tuple[float, float]:
    """Where a rate lies with confidence 1 - level at every moment of the experiment."""
    if people == 0:
        return 0.0, 1.0
    variance, scale = _variance(people, converted), EFFECT_SCALE**2
    half = math.sqrt(
        variance
        * (variance + scale)
        / scale
        * (math.log((variance + scale) / variance) - 2 * math.log(level))
    )
    rate = _rate(people, converted)
    return max(0.0, rate - half), min(1.0, rate + half)


def _arm(variant: str, people: int, converted: int, level: float) -> Arm:
    low, high = interval(people, converted, level)
    return Arm(variant, people, converted, _rate(people, converted), low, high)


def _rate(people: int, converted: int) -> float:
    return converted / people if people else 0.0


def _variance(people: int, converted: int) -> float:
    """Of the observed rate; half a success and half a failure are added, so that 0 of n is not certainty."""
    rate = (converted + 0.5) / (people + 1)
    return rate * (1 - rate) / max(people, 1)


def _people_needed(best: tuple[str, int, int], others: list[tuple[str, int, int]], level: float) -> int:
    """How many more people it takes if the smallest difference seen so far is the true one."""
    people = best[1] + sum(arm[1] for arm in others)
    if not people or any(_rate(*arm[1:]) == _rate(*best[1:]) for arm in others):
        return 0
    for factor in range(2, 1_000):
        grown = [(arm[1] * factor, arm[2] * factor) for arm in others]
        top = (best[1] * factor, best[2] * factor)
        if all(p_value(top, arm) <= level for arm in grown):
            return people * (factor - 1)
    return 0
