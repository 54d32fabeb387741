"""The verdict on each scan, from what the scan carries. Pure; memoised, because agents repeat.

Codes are stored, so their numbers never change; new ones are added at the end.
"""

from typing import Protocol

VERDICTS = ("human", "bot", "preview", "prefetch", "monitor", "head", "duplicate")
HUMAN = 0


class Judge(Protocol):
    """Decides (verdict code, reason) from user agent, method, purpose and network."""

    def __call__(self, user_agent: str, method: str, purpose: str, asn: int) -> tuple[int, str]: ...


def judge_plainly(user_agent: str, method: str, purpose: str, asn: int) -> tuple[int, str]:
    """A stand-in that knows methods, purposes and the word bot, until the maintained lists are in."""
    if method == "HEAD":
        return VERDICTS.index("head"), "method_head"
    if purpose in {"prefetch", "preview"}:
        return VERDICTS.index(purpose), f"purpose_{purpose}"
    lowered = user_agent.lower()
    if not lowered.strip():
        return VERDICTS.index("bot"), "user_agent_empty"
    if any(word in lowered for word in ("bot", "crawler", "spider", "preview")):
        return VERDICTS.index("bot"), "robot_bot"
    return HUMAN, "human"
