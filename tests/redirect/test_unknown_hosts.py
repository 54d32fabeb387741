"""Hosts that are no domain here, where the operator wants them refused, and those that are not proven yet."""

from pathlib import Path

import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store

from waypost.wire.codec import encode
from waypost.wire.link import DomainV1
from waypost.wire.slug import domain_key

pytestmark = pytest.mark.system
OWN = DomainV1(b"\x01" * 16, root_url=b"https://example.com/own")


@pytest.mark.parametrize("fast_lane", ["on", "off"])
def test_strangers_are_refused_and_our_own_hosts_are_not(tmp_path: Path, fast_lane: str) -> None:
    """The default domain has no record: its host is that of the public address."""
    edge = EdgeHost(tmp_path / "edge")
    edge.environment |= {
        "WAYPOST_UNKNOWN_HOST": "refuse",
        "WAYPOST_PUBLIC_URL": "https://Go.Example:8443",
        "WAYPOST_FAST_LANE": fast_lane,
    }
    links = {key_of("plain"): link_value("plain", "https://example.com/plain")}
    build_store(edge.directory, {**links, domain_key("own.test"): encode(OWN)})
    edge.start_worker()
    try:
        statuses = {
            host: [edge.get(path, headers={"Host": host}).status for path in ("/plain", "/", "/robots.txt")]
            for host in ("go.example", "GO.example:8443", "own.test", "stranger.test", "127.0.0.1")
        }
    finally:
        edge.stop_all()
    assert statuses == {
        "go.example": [302, 200, 200],
        "GO.example:8443": [302, 200, 200],
        "own.test": [404, 302, 200],
        "stranger.test": [421, 421, 421],
        "127.0.0.1": [421, 421, 421],
    }


def test_a_host_that_is_only_claimed_says_nothing_of_its_claimant(tmp_path: Path) -> None:
    """Else anybody could claim a host that points here, and lead its visitors and its apps away."""
    edge = EdgeHost(tmp_path / "edge")
    claimed = DomainV1(
        b"\x02" * 16,
        root_url=b"https://example.com/root",
        not_found_url=b"https://example.com/missing",
        robots_txt="User-agent: *\nDisallow: /claimed\n",
        association_files={"assetlinks.json": "[]"},
        serving=False,
    )
    build_store(edge.directory, {domain_key("claimed.test"): encode(claimed)})
    edge.start_worker()
    try:
        found = {
            path: edge.get(path, headers={"Host": "claimed.test"})
            for path in ("/", "/any", "/.well-known/assetlinks.json", "/robots.txt")
        }
    finally:
        edge.stop_all()
    assert [answer.status for answer in found.values()] == [404, 404, 404, 200]
    assert b"claimed" not in found["/robots.txt"].body
