"""Hosts that are no domain here, where the operator wants them refused."""

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
