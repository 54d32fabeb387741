"""User agents become Waypost's labels."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waypost.facts.agent import UNKNOWN_AGENT, AgentReader
from waypost.facts.limits import (
    AGENT_CACHE_ENTRIES_MAX,
    AGENT_LABEL_CHARACTERS_MAX,
    USER_AGENT_CHARACTERS_MAX,
)

from .conftest import corpus


@pytest.mark.parametrize("entry", corpus("browsers") + corpus("in_app_browsers"))
def test_browsers_get_their_labels(agents: AgentReader, entry: dict[str, str]) -> None:
    """Device rules and breakdowns match these labels, so a wrong one sends people to the wrong store."""
    found = agents.parse(entry["user_agent"])
    assert (found.os, found.browser, found.device, found.brand) == (
        entry["os"],
        entry["browser"],
        entry["device"],
        entry["brand"],
    )
    assert not found.robot.kind


@pytest.mark.parametrize("kind", ["preview", "scanner", "monitor", "agent", "bot"])
def test_robots_have_the_device_bot(agents: AgentReader, kind: str) -> None:
    """One look-up answers both questions on the hot path: what device, and is it a robot."""
    for entry in corpus(f"robots_{kind}"):
        found = agents.parse(entry["user_agent"])
        assert (found.device, found.robot.kind) == ("bot", kind)


@pytest.mark.parametrize("kind", ["browsers", "in_app_browsers", "robots_bot", "robots_preview"])
def test_the_system_alone_is_that_of_the_whole(agents: AgentReader, kind: str) -> None:
    """The edge asks for it alone, to do without the patterns of models; rules must not see a difference."""
    for entry in corpus(kind):
        alone, whole = agents.system(entry["user_agent"]), agents.parse(entry["user_agent"])
        assert (alone.os, alone.os_version) == (whole.os, whole.os_version)
        assert (alone.browser, alone.browser_version) == (whole.browser, whole.browser_version)


def test_versions_are_major_and_minor(agents: AgentReader) -> None:
    """Full versions would make one group per build."""
    found = agents.parse(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Mobile/15E148 Safari/604.1"
    )
    assert (found.os_version, found.browser_version) == ("18.5", "18.5")


@pytest.mark.parametrize("user_agent", ["", " ", "\t \t"])
def test_an_empty_user_agent_is_unknown(agents: AgentReader, user_agent: str) -> None:
    """Nothing said is nothing known, and not a bot by itself: the verdict decides that."""
    assert agents.parse(user_agent) == UNKNOWN_AGENT


def test_a_robot_only_ua_parser_knows_is_a_bot(agents: AgentReader) -> None:
    """Two maintained lists see more than one."""
    found = agents.parse("Mozilla/5.0 (compatible; htdig/3.1.6)")
    assert (found.device, found.robot.kind) == ("bot", "bot")


@given(st.text(max_size=3000))
@example("(" * 3000)
@example("Mozilla/5.0 (Macintosh" + "; Mobile" * 300)
@example("\ud800 lone surrogate")
def test_any_text_is_parsed_within_bounds(agents: AgentReader, user_agent: str) -> None:
    """No user agent may raise on the redirect path or store an unbounded label."""
    found = agents.parse(user_agent)
    labels = (found.os, found.os_version, found.browser, found.browser_version, found.brand, found.model)
    assert all(len(label) <= AGENT_LABEL_CHARACTERS_MAX for label in labels)


def test_only_the_bounded_part_of_a_user_agent_is_read(agents: AgentReader) -> None:
    """Time per parse is bounded by the length read."""
    padding = "x" * USER_AGENT_CHARACTERS_MAX
    assert agents.parse(padding + " Googlebot/2.1") == agents.parse(padding)


def test_the_cache_is_bounded(agents: AgentReader) -> None:
    """A client that sends a new user agent each time must not fill the memory."""
    info = agents.parse.cache_info()
    assert info.maxsize == AGENT_CACHE_ENTRIES_MAX
