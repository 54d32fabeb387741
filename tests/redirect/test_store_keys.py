"""Keys of the link store: numbers for domains, and stores of another format."""

from pathlib import Path

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.redirect.link_store import build_store, stored_records

from waypost.redirect.paths import EdgePaths
from waypost.redirect.replica import Replica, StoreMissing
from waypost.redirect.replica_writer import ReplicaWriter
from waypost.redirect.store_format import Signals, ValueDamaged, current_store, value_of
from waypost.redirect.store_keys import StoreKeys, number_bytes
from waypost.wire.codec import encode
from waypost.wire.link import LinkState, LinkV1
from waypost.wire.record import RecordV1
from waypost.wire.slug import link_key, workspace_key

DOMAINS = [bytes([number]) * 16 for number in (3, 1, 2)]
numbers = st.integers(0, 300) | st.integers(0, 1 << 33)


def link(number: int) -> bytes:
    """A link's value."""
    return encode(LinkV1(bytes(16), bytes(16), LinkState.ACTIVE, b"https://example.com/%d" % number))


@given(numbers, numbers, st.binary(max_size=3), st.binary(max_size=3))
def test_numbers_sort_as_they_count_and_end_by_themselves(
    one: int, other: int, slug: bytes, other_slug: bytes
) -> None:
    """Snapshots are written in ascending order, and no slug may run into another domain's."""
    keys = number_bytes(one) + slug, number_bytes(other) + other_slug
    if one != other:
        assert (keys[0] < keys[1]) == (one < other)


def test_every_domain_keeps_its_links_over_edits_and_a_new_start(tmp_path: Path) -> None:
    """One slug under many domains: those of a snapshot, one that comes later, and a key that has none."""
    odd = b"l-too-short"
    records = {link_key(domain, "same"): link(number) for number, domain in enumerate(DOMAINS)}
    records |= {workspace_key(bytes(16)): encode({}), odd: b"kept, not served"}
    build_store(tmp_path, records)
    paths, late = EdgePaths(tmp_path), b"\x09" * 16
    signals = Signals(paths.signals)
    writer = ReplicaWriter(paths.links, signals)
    writer.apply([RecordV1(2, link_key(late, "same"), link(9))], 0, "")
    writer.close()
    writer = ReplicaWriter(paths.links, signals)
    writer.apply([RecordV1(3, link_key(DOMAINS[0], "same"), link(7))], 0, "")
    records |= {link_key(late, "same"): link(9), link_key(DOMAINS[0], "same"): link(7)}
    assert writer.scrub(b"", 100) == (b"", b"")
    writer.close()
    replica = Replica(paths.links, signals)
    replica.refresh()
    for key in records:
        if key != odd:
            assert value_of(key, replica.get(key) or b"") == (records[key] if key[:1] == b"l" else None)
    assert replica.get(link_key(b"\x08" * 16, "same")) is None
    assert replica._opened is not None
    assert {key for key, _ in stored_records(replica._opened.transaction)} == set(records)
    replica.close()
    signals.close()


def test_a_key_that_nobody_made_is_damage() -> None:
    """The slow reading of all records meets it."""
    with pytest.raises(ValueDamaged):
        StoreKeys().record(b"l\x05slug")


def test_a_store_of_another_format_is_not_opened(tmp_path: Path) -> None:
    """Neither by a worker, which then says "try again", nor by the agent, which fetches a snapshot."""
    build_store(tmp_path, {link_key(DOMAINS[0], "a"): link(1)})
    paths = EdgePaths(tmp_path)
    current = paths.links / "current"
    current.write_text(current.read_text().partition(" ")[2])  # as before there were formats
    signals = Signals(paths.signals)
    replica = Replica(paths.links, signals)
    replica.refresh()
    with pytest.raises(StoreMissing):
        replica.get(link_key(DOMAINS[0], "a"))
    writer = ReplicaWriter(paths.links, signals)
    assert writer.applied is None
    assert current_store(paths.links) is None
    assert [entry.name for entry in paths.links.iterdir()] == ["current"]
    writer.close()
    replica.close()
    signals.close()


def test_a_damaged_number_serves_nothing(tmp_path: Path) -> None:
    """A number that is not what was written must not lead to another domain's links."""
    build_store(tmp_path, {link_key(domain, "a"): link(1) for domain in DOMAINS})
    store = current_store(EdgePaths(tmp_path).links)
    assert store is not None
    with lmdb.open(str(store), map_size=1 << 30) as environment, environment.begin(write=True) as transaction:
        key = b"\x00domain" + DOMAINS[0]
        raw = bytearray(transaction.get(key) or b"")
        raw[9] ^= 3
        transaction.put(key, bytes(raw))
    signals = Signals(EdgePaths(tmp_path).signals)
    replica = Replica(EdgePaths(tmp_path).links, signals)
    replica.refresh()
    with pytest.raises(ValueDamaged):
        replica.get(link_key(DOMAINS[0], "a"))
    assert replica.get(link_key(DOMAINS[1], "a")) is not None
    replica.close()
    signals.close()
