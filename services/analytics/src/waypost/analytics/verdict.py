"""The verdict on each scan, from what the scan carries. Memoised, because agents repeat.

Codes are stored, so their numbers never change; new ones are added at the end.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from waypost.analytics.limits import VERDICTS_CACHED_MAX
from waypost.facts.robots import RobotReader
from waypost.facts.verdict import RequestFacts, verdict

VERDICTS = ("human", "bot", "preview", "prefetch", "monitor", "head")
HUMAN = 0
_CODES = {name: code for code, name in enumerate(VERDICTS)}

Facts = tuple[str, str, str, int]
"""(user agent, method, purpose, network): everything a verdict rests on."""

_FACTS = ("user_agent", "method", "purpose", "asn")


class Judgement(Struct, frozen=True):
    """A verdict and a reason for each of many scans."""

    verdicts: pa.Array
    reasons: pa.Array


class Judge:
    """Decides (verdict code, reason), the same for the same facts."""

    def __init__(self, robots: RobotReader) -> None:
        self._robots = robots
        self._known: dict[Facts, tuple[int, str]] = {}

    def __call__(self, facts: Facts) -> tuple[int, str]:
        """The verdict on one scan. Never raises."""
        found = self._known.get(facts)
        if found is None:
            if len(self._known) >= VERDICTS_CACHED_MAX:
                self._known.clear()
            found = self._known[facts] = self._decide(facts)
        return found

    def all(self, scans: pa.Table) -> Judgement:
        """The verdicts on many scans, in order. Those with the same facts are judged once."""
        numbers, examples = alike([scans[name] for name in _FACTS])
        different = scans.select(_FACTS).take(examples)
        facts = zip(*(column.to_pylist() for column in different.columns), strict=True)
        judged = [self(each) for each in facts]
        verdicts = pa.array([code for code, _ in judged], pa.uint8())
        reasons = pa.array([reason for _, reason in judged], pa.string())
        return Judgement(verdicts.take(numbers), reasons.take(numbers))

    def _decide(self, facts: Facts) -> tuple[int, str]:
        user_agent, method, purpose, asn = facts
        robot = self._robots.classify(user_agent)
        found = verdict(
            RequestFacts(method=method, user_agent=user_agent, robot=robot, purpose=purpose, asn=asn)
        )
        return _CODES[found.kind], found.reason


def alike(columns: list[pa.ChunkedArray]) -> tuple[pa.Array, pa.Array]:
    """Number the rows so that two have the same number when they are equal in all columns; and the first row
    of each number."""
    numbers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values = column.combine_chunks()
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        if len(encoded.dictionary) <= 1:
            continue  # all rows are alike in this one
        # Both factors are at most the number of rows, and numbers are made dense again after each column.
        pairs = numbers * len(encoded.dictionary) + encoded.indices.to_numpy()
        numbers = pc.dictionary_encode(pa.array(pairs)).indices.to_numpy().astype(np.int64)
    examples = np.zeros(numbers.max(initial=-1) + 1, dtype=np.int64)
    examples[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return pa.array(numbers), pa.array(examples)
