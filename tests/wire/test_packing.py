"""Packed text: what comes out is what went in, or a refusal."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.wire import codec
from waypost.wire.limits import EXPORT_TEXT_BYTES_MAX
from waypost.wire.packing import Damaged, lines_of, pack, unpack
from waypost.wire.scan_events import ExportChunk


@given(st.binary(max_size=300) | st.binary(max_size=9).map(lambda some: some * 500))
def test_a_text_comes_back(text: bytes) -> None:
    """An export is what its lines were, byte for byte."""
    assert unpack(pack(text), len(text)) == text


@given(st.binary(max_size=100), st.integers(0, 200))
def test_other_bytes_are_refused_or_fit_the_length(packed: bytes, size: int) -> None:
    """Whatever arrives, the asker gets a text of the length it was told, or an error that it knows."""
    try:
        assert len(unpack(packed, size)) == size
    except Damaged:
        return


def test_a_chunk_that_opens_to_too_much_is_refused() -> None:
    """Memory stays bounded even when a message says otherwise."""
    text = b"0" * (EXPORT_TEXT_BYTES_MAX + 1)
    with pytest.raises(Damaged):
        lines_of(ExportChunk(pack(text), 1, 1, len(text)))


def test_a_chunk_of_an_older_service_is_read() -> None:
    """Services are updated one after the other: who does not know of packing sends lines as they are."""
    older = codec.encode({"data": b"lines", "rows": 1, "cursor": 7})
    assert lines_of(msgspec.msgpack.decode(older, type=ExportChunk)) == b"lines"
