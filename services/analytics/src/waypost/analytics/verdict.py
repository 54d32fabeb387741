"""The verdict on each scan, from what the scan carries. Memoised, because agents repeat.

Codes are stored, so their numbers never change; new ones are added at the end.
"""

from collections.abc import Sequence

from waypost.analytics.limits import VERDICTS_CACHED_MAX
from waypost.facts.robots import RobotReader
from waypost.facts.verdict import RequestFacts, verdict

VERDICTS = ("human", "bot", "preview", "prefetch", "monitor", "head")
HUMAN = 0
_CODES = {name: code for code, name in enumerate(VERDICTS)}

Facts = tuple[str, str, str, int]
"""(user agent, method, purpose, network): everything a verdict rests on."""


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

    def all(self, facts: Sequence[Facts]) -> list[tuple[int, str]]:
        """The verdicts on many scans, in order."""
        found = list(map(self._known.get, facts))
        return [
            self(each) if verdict is None else verdict for each, verdict in zip(facts, found, strict=True)
        ]

    def _decide(self, facts: Facts) -> tuple[int, str]:
        user_agent, method, purpose, asn = facts
        robot = self._robots.classify(user_agent)
        found = verdict(
            RequestFacts(method=method, user_agent=user_agent, robot=robot, purpose=purpose, asn=asn)
        )
        return _CODES[found.kind], found.reason
