"""Withheld signals: gone from the scan, and robots are still told from people."""

import json
from pathlib import Path

import msgspec
import pytest
from tests.analytics.scans import scan

from waypost.facts.agent import AgentReader
from waypost.facts.robots import RobotReader
from waypost.redirect.withhold import withhold
from waypost.wire.scan import ScanV1

CORPUS = Path(__file__).parent.parent / "facts" / "corpus"
KNOWN_BY_VERSION = {"Internet Explorer", "Sogou Explorer"}
"""Browsers that say who they are with a number only; they become one of the others."""
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"

PHONE_OF_ANY_VERSION = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 10_0 like Mac OS X) Version/10.0 Mobile/10E148 Safari/10.0"
)
ROBOTS = [f"robots_{kind}" for kind in ("agent", "bot", "monitor", "preview", "scanner")]


def full() -> ScanV1:
    """A scan that says everything."""
    return scan(
        user_agent=PHONE,
        country="DE",
        region="BE",
        city="Berlin",
        continent="EU",
        asn=3320,
        language="de",
        referrer="news.example",
        utm=("a", "", "", "", ""),
    )


@pytest.mark.parametrize(
    ("signal", "blank"),
    [
        ("visitor", {"visitor": b""}),
        ("country", {"country": "", "region": "", "city": ""}),
        ("region", {"region": "", "city": ""}),
        ("city", {"city": ""}),
        ("network", {"asn": 0}),
        ("language", {"language": ""}),
        ("referrer", {"referrer": ""}),
        ("utm", {"utm": None}),
        ("versions", {"user_agent": PHONE_OF_ANY_VERSION}),
        ("something newer", {}),
    ],
)  # fmt: skip
def test_signal_takes_out_what_it_names_and_nothing_else(signal: str, blank: dict[str, object]) -> None:
    """Who switches one thing off loses no other figure."""
    assert withhold(full(), [signal]) == msgspec.structs.replace(full(), **blank)


def test_scanners_of_mail_are_known_by_their_network_whatever_is_withheld() -> None:
    """A switch for privacy must not turn robots into people."""
    assert withhold(scan(asn=22843), ["network"]).asn == 22843


@pytest.mark.parametrize("name", ["browsers", *ROBOTS])
def test_agents_without_versions_are_taken_for_the_same(name: str) -> None:
    """Family, system, device and whether it is a robot do not hang on a number."""
    robots = RobotReader()
    reader = AgentReader(robots)
    different: list[str] = []
    for entry in json.loads((CORPUS / f"{name}.json").read_text()):
        before = entry["user_agent"]
        after = withhold(scan(user_agent=before), ["versions"]).user_agent
        if robots.classify(before).kind != robots.classify(after).kind:
            different.append(before)
        if name == "browsers":
            one, two = reader.parse(before), reader.parse(after)
            if (one.browser, one.os, one.device) != (two.browser, two.os, two.device):
                different.append(one.browser)
            assert two.browser_version in {"", "10", "10.0"}, two
    assert set(different) <= KNOWN_BY_VERSION
