"""Was this scan a person? Pure: facts in, verdict and reason out; the same facts give the same verdict for
ever.

The surest fact decides: the method, then what the browser says of its own request, then the user agent,
then the network. A request that repeats another is still a person's; only its reason says so. The reasons are
stable codes; they are stored with each scan and documented in docs/facts.md.
"""

from typing import Literal

import msgspec

from waypost.facts.limits import PURPOSE_CHARACTERS_MAX
from waypost.facts.robot_table import SCANNER_NETWORKS, RobotKind
from waypost.facts.robots import NO_ROBOT, RobotClass

VerdictKind = Literal["human", "bot", "preview", "prefetch", "monitor", "head"]
Reason = Literal[
    "human",
    "method_head",
    "sec_purpose_prefetch",
    "purpose_prefetch",
    "purpose_preview",
    "robot_bot",
    "robot_preview",
    "robot_monitor",
    "robot_scanner",
    "robot_agent",
    "user_agent_empty",
    "from_header",
    "scanner_network",
    "duplicate",
]

_OF_ROBOT: dict[RobotKind, tuple[VerdictKind, Reason]] = {
    "bot": ("bot", "robot_bot"),
    "preview": ("preview", "robot_preview"),
    "monitor": ("monitor", "robot_monitor"),
    "scanner": ("bot", "robot_scanner"),
    "agent": ("bot", "robot_agent"),
}


class RequestFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict is made from. Header values as received, empty when absent.

    `sender` is the `From` header (RFC 9110 §10.1.2); `asn` 0 when unknown; `is_duplicate` is the caller's
    finding.
    """

    method: str = "GET"
    user_agent: str = ""
    robot: RobotClass = NO_ROBOT
    sec_purpose: str = ""
    purpose: str = ""
    x_purpose: str = ""
    x_moz: str = ""
    sender: str = ""
    asn: int = 0
    is_duplicate: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """Only `human` counts as a person. `name` says who, where that is known (`Slack`, `Proofpoint`)."""

    kind: VerdictKind
    reason: Reason
    name: str = ""


HUMAN = Verdict("human", "human")


def verdict(facts: RequestFacts) -> Verdict:
    """The verdict on one request. Total: every combination has an answer, nothing raises."""
    name = facts.robot.name
    if facts.method == "HEAD":
        return Verdict("head", "method_head", name)
    if facts.sec_purpose or facts.purpose or facts.x_purpose or facts.x_moz:
        announced = _announced(facts)
        if announced is not None:
            return announced
    if facts.robot.kind:
        return Verdict(*_OF_ROBOT[facts.robot.kind], name)
    return _of_unnamed(facts)


def _of_unnamed(facts: RequestFacts) -> Verdict:
    """The verdict on a request whose user agent names no robot."""
    if not facts.user_agent.strip():
        return Verdict("bot", "user_agent_empty")
    if facts.sender:
        return Verdict("bot", "from_header")
    if facts.asn in SCANNER_NETWORKS:
        return Verdict("bot", "scanner_network", SCANNER_NETWORKS[facts.asn])
    return Verdict("human", "duplicate") if facts.is_duplicate else HUMAN


def _announced(facts: RequestFacts) -> Verdict | None:
    """What the browser says of its own request: `Sec-Purpose` (Fetch standard), and what stood there before
    it.

    `Purpose` came from Chrome and Safari, `X-Purpose` from Safari and Facebook's application, `X-Moz` from
    Firefox.
    """
    if _names(facts.sec_purpose, "prefetch") or _names(facts.sec_purpose, "prerender"):
        return Verdict("prefetch", "sec_purpose_prefetch", facts.robot.name)
    older = (facts.purpose, facts.x_purpose, facts.x_moz)
    if any(_names(value, "prefetch") or _names(value, "prerender") for value in older):
        return Verdict("prefetch", "purpose_prefetch", facts.robot.name)
    if any(_names(value, "preview") for value in older):
        return Verdict("preview", "purpose_preview", facts.robot.name)
    return None


def _names(header: str, word: str) -> bool:
    return any(
        item.strip().lower() == word for item in header[:PURPOSE_CHARACTERS_MAX].replace(";", ",").split(",")
    )
