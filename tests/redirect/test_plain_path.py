"""The plain path beside what changes under it: what it remembers must not outlive what it was read from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.redirect.edge_host import EdgeHost
from tests.redirect.fake_control import WORKSPACE, key_of, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.spool_reader import SpoolReader
from waypost.redirect.store_format import Signals
from waypost.rules import Rule, Url, encode_rules
from waypost.wire.codec import decode_scan, encode
from waypost.wire.link import DomainV1, LinkOptionsV1, LinkState, WorkspaceV1
from waypost.wire.record import RecordV1
from waypost.wire.scan import ScanV1, Source
from waypost.wire.slug import domain_key, workspace_key

pytestmark = pytest.mark.system
URL = "https://example.com/first"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[EdgeHost]:
    """An edge with one plain link; the worker is not started yet."""
    host = EdgeHost(tmp_path)
    build_store(host.directory, {key_of("plain"): link_value("plain", URL)})
    yield host
    host.stop_all()


def apply(host: EdgeHost, *changes: tuple[bytes, bytes | None]) -> None:
    """Change records as the agent does."""
    paths = EdgePaths(host.directory)
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    assert writer.applied is not None
    ver = writer.applied.ver
    writer.apply([RecordV1(ver + at, key, value) for at, (key, value) in enumerate(changes, 1)], 0, "")
    writer.close()
    signals.close()


def scans(host: EdgeHost) -> list[ScanV1]:
    """What was recorded."""
    reader = SpoolReader(EdgePaths(host.directory).spool(0))
    run = reader.read(500, 10**6)
    reader.close()
    return [decode_scan(raw) for raw in run.payloads] if run is not None else []


def warm(host: EdgeHost) -> None:
    """Ask until block and link are remembered."""
    for _ in range(4):
        assert host.get("/plain").getheader("Location") == URL


def test_an_edit_a_pause_and_a_deletion_are_seen_at_once(host: EdgeHost) -> None:
    """A visitor who scans after the edit must not be sent where the link led before."""
    host.start_worker()
    warm(host)
    apply(host, (key_of("plain"), link_value("plain", "https://example.com/second")))
    assert host.get("/plain").getheader("Location") == "https://example.com/second"
    apply(host, (key_of("plain"), link_value("plain", URL, state=LinkState.PAUSED)))
    assert host.get("/plain").status == 404
    apply(host, (key_of("plain"), link_value("plain", URL)))
    warm(host)
    apply(host, (key_of("plain"), None))
    assert host.get("/plain").status == 404


def test_a_workspace_and_a_domain_that_change_are_seen_at_once(host: EdgeHost) -> None:
    """Over quota, suspended, or no longer served: the link's own record says nothing of it."""
    host.start_worker()
    warm(host)
    for changed, status in (
        (WorkspaceV1(WORKSPACE, over_scan_quota=True), 503),
        (WorkspaceV1(WORKSPACE, suspended=True), 410),
        (WorkspaceV1(WORKSPACE, interstitial_s=3), 200),
    ):
        apply(host, (workspace_key(WORKSPACE), encode(changed)))
        assert host.get("/plain").status == status
        apply(host, (workspace_key(WORKSPACE), None))
        warm(host)
    apply(host, (domain_key("short.test"), encode(DomainV1(b"d" * 16, serving=False))))
    assert host.get("/plain").status == 404


def test_rules_that_change_or_stop_are_seen_at_once(host: EdgeHost) -> None:
    """A link with rules is remembered as they led; a plan may end that."""

    def ruled(target: str) -> bytes:
        rules = encode_rules((Rule(id="all", then=Url(target)),))
        return link_value("plain", URL, options=LinkOptionsV1(rules=rules))

    def leads_to(target: str) -> None:
        for _ in range(4):
            assert host.get("/plain").getheader("Location") == target

    host.start_worker()
    warm(host)
    for target in ("https://example.com/one", "https://example.com/two"):
        apply(host, (key_of("plain"), ruled(target)))
        leads_to(target)
    apply(host, (workspace_key(WORKSPACE), encode(WorkspaceV1(WORKSPACE, rules=False))))
    leads_to(URL)
    assert host.stop("worker0") == 0
    assert [scan.rule_id for scan in scans(host)] == [""] * 4 + ["all"] * 8 + [""] * 4


def test_the_marker_tells_scans_from_clicks(host: EdgeHost) -> None:
    """Every code carries it; an empty query says nothing."""
    host.start_worker()
    for path in ("/plain", "/plain?", "/plain?qr=1") * 3:
        assert host.get(path).getheader("Location") == URL
    assert host.stop("worker0") == 0
    assert [scan.source for scan in scans(host)] == [Source.LINK, Source.LINK, Source.QR] * 3
