"""Robots are told from people by user agent, on a corpus of both."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.facts.limits import AGENT_LABEL_CHARACTERS_MAX
from waypost.facts.robot_table import FIRST_ROWS, LAST_ROWS, PATTERNS_LEFT_OUT
from waypost.facts.robots import RobotReader, listed_crawlers

from .conftest import corpus

KINDS = ("preview", "scanner", "monitor", "agent", "bot")


@pytest.mark.parametrize(
    ("kind", "entry"), [(kind, entry) for kind in KINDS for entry in corpus(f"robots_{kind}")]
)
def test_each_known_robot_has_its_kind_and_name(
    robots: RobotReader, kind: str, entry: dict[str, str]
) -> None:
    """A robot taken for a person inflates every count; the wrong kind hides who came."""
    found = robots.classify(entry["user_agent"])
    assert found.kind == kind
    assert found.name == entry.get("name", found.name)


def test_the_corpus_is_broad() -> None:
    """A handful of robots proves nothing: previews, crawlers, monitors, scanners and agents, each many times."""
    assert sum(len(corpus(f"robots_{kind}")) for kind in KINDS) >= 200
    assert min(len(corpus(f"robots_{kind}")) for kind in KINDS) >= 20


@pytest.mark.parametrize("file", ["browsers", "in_app_browsers"])
def test_no_person_is_taken_for_a_robot(robots: RobotReader, file: str) -> None:
    """A person taken for a robot is a scan the customer paid for and never sees."""
    taken = [entry["user_agent"] for entry in corpus(file) if robots.classify(entry["user_agent"]).kind]
    assert taken == []


def test_the_list_recognises_its_own_examples(robots: RobotReader) -> None:
    """Joining the maintained patterns to few alternations must not lose any of them."""
    missed = [
        instance
        for crawler in listed_crawlers()
        if crawler.pattern not in PATTERNS_LEFT_OUT
        for instance in crawler.instances
        if re.search(crawler.pattern, instance) and not robots.classify(instance).kind
    ]
    assert missed == []


def test_patterns_left_out_are_still_in_the_list() -> None:
    """An exclusion that no longer excludes anything is dead weight, or a renamed pattern came back."""
    listed = {crawler.pattern for crawler in listed_crawlers()}
    assert set(PATTERNS_LEFT_OUT) <= listed


def test_the_list_is_large_and_tagged() -> None:
    """A broken or emptied package must not silently turn robots into people."""
    listed = listed_crawlers()
    assert len(listed) > 1400
    assert sum("social-preview" in crawler.tags for crawler in listed) > 50


def test_every_own_row_names_its_source() -> None:
    """A pattern nobody can trace is a pattern nobody dares to remove."""
    assert all(row.source and row.pattern for row in (*FIRST_ROWS, *LAST_ROWS))


@given(st.text(max_size=3000))
def test_any_text_is_classified_within_bounds(robots: RobotReader, user_agent: str) -> None:
    """A user agent is a stranger's text: it may be anything and as long as the server lets it be."""
    found = robots.classify(user_agent)
    assert found.kind in ("", *KINDS)
    assert len(found.name) <= AGENT_LABEL_CHARACTERS_MAX
