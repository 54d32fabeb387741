"""Traffic shares: which visitors a percentage takes and which variant a split gives.

Both compare a hash of the visit's seed with a threshold (contract §1.3, semantics 5 and 6). The rule's
id salts the hash, so two rules draw independently from one seed; a checksum such as CRC would not do,
being affine: it splits the same visitors the same way under every salt.
"""

from bisect import bisect_right
from collections.abc import Callable
from hashlib import blake2b
from itertools import accumulate
from typing import TypeAlias

from waypost.rules.model import Decision, Rule, Split, Visit

Draw: TypeAlias = Callable[[bytes], int]
Pick: TypeAlias = Callable[[Visit], Decision]

_DRAWS = 2**64


def draw(purpose: bytes, rule_id: str) -> Draw:
    """Give the function from a seed to a number in `[0, 2**64)`, independent for each purpose and rule."""
    salt = blake2b(rule_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    fresh = blake2b(digest_size=8, salt=salt, person=purpose).copy

    def number(seed: bytes) -> int:
        hasher = fresh()
        hasher.update(seed)
        return int.from_bytes(hasher.digest(), "big")

    return number


def share_test(rule: Rule) -> Callable[[Visit], bool]:
    """Give the test that takes `rule.share` percent of all seeds."""
    threshold = round(max(rule.share, 0.0) / 100 * _DRAWS)
    number = draw(b"share", rule.id)
    return lambda visit: number(visit.seed) < threshold


def variant_pick(rule_id: str, split: Split) -> Pick:
    """Give the choice among the variants by their weights. Raises ValueError when none has weight."""
    variants = [variant for variant in split.variants if variant.weight > 0]
    if not variants:
        raise ValueError("a split needs a variant with a positive weight")
    decisions = [Decision(rule_id, variant.id, variant.url) for variant in variants]
    if len(decisions) == 1:
        return lambda visit: decisions[0]
    edges = list(accumulate(variant.weight for variant in variants))
    total = edges[-1]
    number = draw(b"split", rule_id)
    return lambda visit: decisions[bisect_right(edges, number(visit.seed) * total // _DRAWS)]
