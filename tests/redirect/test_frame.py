"""Frames and what survives of them, over thousands of damaged files."""

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect.frame import (
    SegmentName,
    encode_frame,
    epoch_seed,
    join_frames,
    parse_name,
    read_frames,
    segment_head,
)

EPOCH = 0x1234
SEED = epoch_seed(EPOCH)
IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
pytestmark = [pytest.mark.fault] if IS_LONG else []
MUTATED_FILES = 10_000 if IS_LONG else 1_500


def written(count: int, randomness: random.Random) -> tuple[bytes, dict[int, bytes], list[int]]:
    """A segment of so many frames, its payloads by offset, and where each frame ends."""
    data = bytearray(segment_head(EPOCH, "edge-0"))
    payloads, ends = {}, []
    for offset in range(count):
        payloads[offset] = randomness.randbytes(randomness.randrange(0, 300))
        data += encode_frame(SEED, offset, payloads[offset])
        ends.append(len(data))
    return bytes(data), payloads, ends


def mutate(data: bytes, randomness: random.Random) -> bytes:
    """One of the ways in which disks fail."""
    damaged = bytearray(data)
    position = randomness.randrange(len(damaged))
    match randomness.randrange(4):
        case 0:
            del damaged[position:]
        case 1:
            for _ in range(randomness.randrange(1, 9)):
                damaged[randomness.randrange(len(damaged))] ^= 1 << randomness.randrange(8)
        case 2:
            damaged[position : position + 4096] = bytes(len(damaged[position : position + 4096]))
        case _:
            start = position // 4096 * 4096
            damaged[position:position] = damaged[start : start + 4096]
    return bytes(damaged)


def test_nothing_is_invented_and_nothing_raises_over_mutated_files() -> None:
    """A frame that was never written would be a scan that never happened."""
    randomness = random.Random(7)
    for _ in range(MUTATED_FILES):
        data, payloads, _ = written(randomness.randrange(1, 60), randomness)
        found = list(read_frames(mutate(data, randomness), SEED))
        offsets = [frame.offset for frame in found]
        assert offsets == sorted(set(offsets))
        assert all(payloads[frame.offset] == frame.payload for frame in found)


@given(st.integers(0, 2**32), st.integers(0, 10_000_000))
def test_truncation_loses_only_the_frames_behind_the_cut(seed: int, cut: int) -> None:
    """A torn tail costs what was torn, not what lies before it."""
    data, _, ends = written(20, random.Random(seed))
    cut %= len(data)
    found = [frame.offset for frame in read_frames(data[:cut], SEED)]
    assert found == [offset for offset, end in enumerate(ends) if end <= cut]


@given(st.integers(0, 2**32), st.integers(0, 10_000_000))
def test_one_flipped_bit_loses_at_most_one_frame(seed: int, bit: int) -> None:
    """Reading goes on behind damage."""
    data, _, _ = written(20, random.Random(seed))
    damaged = bytearray(data)
    bit %= len(data) * 8
    damaged[bit // 8] ^= 1 << bit % 8
    assert len(list(read_frames(bytes(damaged), SEED))) >= 19


def test_frames_of_another_epoch_are_not_taken_for_ours() -> None:
    """Old blocks of a reused disk must not come back as new scans."""
    alien = encode_frame(epoch_seed(EPOCH + 1), 3, b"old")
    assert list(read_frames(alien, SEED)) == []


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(0, 2**40))
def test_frames_made_together_are_those_made_alone(payloads: list[bytes], first: int) -> None:
    """A turn's scans are framed together; the reader knows one kind of frame."""
    alone = [encode_frame(SEED, first + index, payload) for index, payload in enumerate(payloads)]
    assert join_frames(SEED, first, payloads) == b"".join(alone)


@given(st.binary(max_size=2000))
def test_reading_any_bytes_never_raises(data: bytes) -> None:
    """Whatever the disk gives back, the agent goes on."""
    assert len(list(read_frames(data, SEED))) == 0


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 2))
def test_names_round_trip_and_sort_as_written(epoch: int, first: int, number: int) -> None:
    """The order of names is the order of scans."""
    name = SegmentName(epoch, first, number)
    assert parse_name(str(name)) == name
    assert str(name) < str(SegmentName(epoch, first, number + 1))
    assert parse_name("lock") is None
