"""The verdict: only people count as people."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.facts.robots import NO_ROBOT, RobotClass, RobotReader
from waypost.facts.verdict import HUMAN, RequestFacts, Verdict, verdict

from .conftest import corpus

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
FACTS = st.builds(
    RequestFacts,
    method=st.sampled_from(["GET", "HEAD", "POST", ""]),
    user_agent=st.text(max_size=40),
    robot=st.builds(
        RobotClass,
        kind=st.sampled_from(["", "bot", "preview", "monitor", "scanner", "agent"]),
        name=st.text(max_size=8),
    ),
    sec_purpose=st.text(max_size=40),
    purpose=st.text(max_size=40),
    x_purpose=st.text(max_size=40),
    x_moz=st.text(max_size=40),
    sender=st.text(max_size=10),
    asn=st.sampled_from([0, 22843, 3320]),
    is_duplicate=st.booleans(),
)


@pytest.mark.parametrize("entry", corpus("requests"), ids=lambda entry: entry["about"])
def test_real_requests_get_their_verdict_and_reason(robots: RobotReader, entry: dict[str, Any]) -> None:
    """Each is a request as its sender documents it; a wrong verdict is a wrong count."""
    request = entry["request"]
    found = verdict(RequestFacts(robot=robots.classify(request["user_agent"]), **request))
    assert (found.kind, found.reason) == (entry["kind"], entry["reason"])


@pytest.mark.parametrize("kind", ["preview", "scanner", "monitor", "agent", "bot"])
def test_no_known_robot_counts_as_a_person(robots: RobotReader, kind: str) -> None:
    """The corpus requirement: 0 of them counted as human."""
    human = [
        entry["user_agent"]
        for entry in corpus(f"robots_{kind}")
        if verdict(
            RequestFacts(user_agent=entry["user_agent"], robot=robots.classify(entry["user_agent"]))
        ).kind
        == "human"
    ]
    assert human == []


@given(FACTS)
def test_every_request_has_one_verdict_and_only_clean_ones_are_human(facts: RequestFacts) -> None:
    """Total, and never generous: a robot, a HEAD or an empty agent is not a person, whatever else is said."""
    found = verdict(facts)
    assert isinstance(found, Verdict)
    assert (found.kind == "human") == (found.reason in {"human", "duplicate"})
    assert found.reason != "duplicate" or facts.is_duplicate
    if facts.method == "HEAD" or facts.robot.kind or not facts.user_agent.strip():
        assert found.kind != "human"


@given(st.sampled_from(["prefetch", "PREFETCH", " prefetch ; prerender", "a, prefetch", "prerender"]))
def test_a_prefetch_is_found_in_any_spelling(value: str) -> None:
    """Structured fields have parameters, and proxies change case and spaces."""
    assert verdict(RequestFacts(user_agent=BROWSER, sec_purpose=value)).kind == "prefetch"


@pytest.mark.parametrize("value", ["noprefetch", "prefetching", "", "x" * 10_000 + ",prefetch"])
def test_what_only_resembles_a_prefetch_is_a_person(value: str) -> None:
    """Substring matching would lose people; a header of any length costs the same."""
    assert verdict(RequestFacts(user_agent=BROWSER, robot=NO_ROBOT, purpose=value)) == HUMAN
