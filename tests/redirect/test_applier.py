"""The applier against every order in which records can come, and hostile ones among them."""

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import stored_version

from waypost.redirect.applier import Health, Step, compare, flags_of, judge
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import REFUSED, Applied, Signals
from waypost.wire.codec import encode
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.link import DomainV1, LinkOptionsV1
from waypost.wire.record import HeartbeatV1, RecordBatchV1, RecordV1, record_hash, set_hash_bytes
from waypost.wire.slug import domain_key
from waypost.wire.snapshot import SnapshotHeader, write

IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800)] if IS_LONG else []
EXAMPLES = 5_000 if IS_LONG else 60
START = Applied("e", 0, 0, "now", 0, bytes(16))


def empty_snapshot() -> bytes:
    """A snapshot of nothing."""
    return b"".join(write(SnapshotHeader("e", 0, 0, 0, bytes(16)), []))


def new_writer(directory: Path, signals: Signals) -> ReplicaWriter:
    """A writer whose store holds nothing yet."""
    writer = ReplicaWriter(directory, signals)
    draft = writer.draft("first")
    draft.feed(empty_snapshot())
    writer.put_in_force(draft, draft.finish("now", 0))
    return writer


def test_batches_are_old_next_or_gap() -> None:
    """Only what follows on is applied; the rest is known or missing."""
    at_five = Applied("e", 5, 1, "now", 0, bytes(16))

    def batch(*versions: int, epoch: str = "e") -> RecordBatchV1:
        return RecordBatchV1(epoch, tuple(RecordV1(ver, b"lk", b"v") for ver in versions))

    assert judge(at_five, batch(4, 5))[0] is Step.OLD
    assert judge(at_five, batch(7))[0] is Step.GAP
    assert judge(at_five, batch(6, 8))[0] is Step.GAP
    assert judge(at_five, batch(6, epoch="other"))[0] is Step.OTHER_EPOCH
    step, fresh = judge(at_five, batch(5, 6, 7))
    assert (step, [record.ver for record in fresh]) == (Step.NEXT, [6, 7])


def test_heartbeats_tell_how_an_edge_stands() -> None:
    """Same version and other records is damage, whatever the reason."""
    at_five = Applied("e", 5, 1, "now", 2, bytes(16))

    def beat(epoch: str = "e", ver: int = 5, count: int = 2) -> HeartbeatV1:
        return HeartbeatV1(epoch, ver, count, bytes(16), 0)

    assert compare(at_five, beat()) is Health.CURRENT
    assert compare(at_five, beat(ver=6)) is Health.BEHIND
    assert compare(at_five, beat(ver=4)) is Health.AHEAD
    assert compare(at_five, beat(epoch="f")) is Health.OTHER_EPOCH
    assert compare(at_five, beat(count=3)) is Health.DIFFERENT


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32))
def test_no_delivery_order_takes_a_link_back(seed: int) -> None:
    """Redelivered and reordered batches leave the newest version of each link, and the right hash."""
    randomness = random.Random(seed)
    batches, live, ver = [], {}, 0
    for _ in range(30):
        records = []
        for _ in range(randomness.randrange(1, 5)):
            ver += 1
            slug = f"s{randomness.randrange(8)}"
            value = None if randomness.random() < 0.2 else link_value(slug, f"https://example.com/{ver}")
            records.append(RecordV1(ver, key_of(slug), value))
            live[key_of(slug)] = (ver, value)
        batches.append(RecordBatchV1("e", tuple(records)))
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        signals = Signals(root / "signals")
        writer = new_writer(root / "links", signals)
        seen: dict[bytes, int] = {}
        position = 0
        while position < len(batches):
            chosen = max(0, min(len(batches) - 1, position + randomness.choice([-3, -1, 0, 0, 0, 1, 2])))
            assert writer.applied is not None
            step, fresh = judge(writer.applied, batches[chosen])
            if step is Step.NEXT:
                writer.apply(fresh, chosen, "now")
                position = chosen + 1
            if randomness.random() < 0.1:
                writer.close()
                writer = ReplicaWriter(root / "links", signals)
            for key in live:
                version = stored_version(writer, key)
                assert version == 0 or version >= seen.get(key, 0)
                seen[key] = max(version, seen.get(key, 0))
        kept = {key: (ver, value) for key, (ver, value) in live.items() if value is not None}
        applied = writer.applied
        assert applied is not None
        expected = sum(record_hash(key, ver, value) for key, (ver, value) in kept.items())
        assert (applied.count, applied.set_hash) == (len(kept), set_hash_bytes(expected))
        writer.close()
        signals.close()


@pytest.mark.parametrize(
    "value",
    [
        link_value("a", "javascript:alert(1)"),
        link_value("a", "https://example.com/\r\nSet-Cookie: x"),
        link_value("a", "https://user@example.com/"),
        link_value("a", "https://example.com/", options=LinkOptionsV1(expired_url=b"data:text/html,x")),
        link_value("a", "https://example.com/", options=LinkOptionsV1(fallback_url=b" https://example.com/")),
        b"not msgpack",
        b"",
    ],
)
def test_hostile_records_are_kept_but_never_served(value: bytes) -> None:
    """Whatever reaches the bus, no header is split and no script scheme leaves."""
    assert flags_of(key_of("a"), value) == REFUSED


def test_servable_records_pass() -> None:
    """The check must not take good links down."""
    good = link_value("a", "https://example.com/", options=LinkOptionsV1(expired_url=b"https://example.org/"))
    assert flags_of(key_of("a"), good) == 0
    domain = encode(DomainV1(DEFAULT_DOMAIN_ID, root_url=b"https://example.com/"))
    assert flags_of(domain_key("a.example"), domain) == 0
    assert flags_of(b"x-unknown-kind", good) == REFUSED
