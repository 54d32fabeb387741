"""The snapshot file: what was written is read, and nothing else is ever believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.wire.record import record_hash, set_hash_bytes
from waypost.wire.snapshot import SnapshotDamaged, SnapshotHeader, SnapshotReader, write

Records = dict[bytes, tuple[int, bytes]]
records = st.dictionaries(
    st.binary(min_size=1, max_size=40), st.tuples(st.integers(1, 2**40), st.binary(max_size=60)), max_size=20
)


def build(content: Records) -> bytes:
    """A whole snapshot file of these records."""
    rows = [(key, *content[key]) for key in sorted(content)]
    total = sum(record_hash(key, ver, value) for key, ver, value in rows)
    header = SnapshotHeader("e1", 2**40, 7, len(rows), set_hash_bytes(total))
    return b"".join(write(header, rows))


def read(raw: bytes, cuts: list[int]) -> Records:
    """Feed the file in pieces of these sizes and return what it holds once it is proven whole."""
    reader = SnapshotReader()
    found: Records = {}
    position = 0
    for size in [*cuts, len(raw)]:
        for key, ver, value in reader.feed(raw[position : position + size]):
            found[key] = (ver, value)
        position += size
    reader.finish()
    return found


@given(records, st.lists(st.integers(1, 30), max_size=60))
def test_any_records_in_any_chunks_come_back(content: Records, cuts: list[int]) -> None:
    """An edge receives the file in chunks it does not choose."""
    assert read(build(content), cuts) == content


@given(records, st.data())
def test_any_altered_file_is_refused(content: Records, data: st.DataObject) -> None:
    """A wrong destination must never come from a damaged file."""
    raw = bytearray(build(content))
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SnapshotDamaged):
        read(bytes(raw), [])


@given(records, st.data())
def test_any_cut_or_lengthened_file_is_refused(content: Records, data: st.DataObject) -> None:
    """A download that broke off is not a smaller set of links."""
    raw = build(content)
    changed = raw[: data.draw(st.integers(0, len(raw) - 1))] if data.draw(st.booleans()) else raw + b"x"
    with pytest.raises(SnapshotDamaged):
        read(changed, [])


def test_a_snapshot_that_does_not_add_up_is_never_written() -> None:
    """Control finds its own fault before an edge does."""
    header = SnapshotHeader("e1", 1, 1, 1, bytes(16))
    with pytest.raises(ValueError, match="add up"):
        list(write(header, [(b"a", 1, b"x")]))
    with pytest.raises(ValueError, match="order"):
        list(write(header, [(b"b", 1, b"x"), (b"a", 1, b"x")]))
