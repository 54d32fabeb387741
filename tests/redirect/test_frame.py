"""Frames and what survives of them, over thousands of damaged files."""

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect.frame import (
    SegmentName,
    encode_frame,
    encode_frames,
    epoch_seed,
    parse_name,
    read_frame,
    read_scans,
    segment_head,
)
from waypost.redirect.limits import FRAME_PAYLOAD_BYTES_MAX, RUN_SCANS_MAX

EPOCH = 0x1234
SEED = epoch_seed(EPOCH)
IS_LONG = os.environ.get("WAYPOST_FAULT") == "full"
pytestmark = [pytest.mark.fault] if IS_LONG else []
MUTATED_FILES = 10_000 if IS_LONG else 1_500


def written(count: int, randomness: random.Random) -> tuple[bytes, dict[int, bytes], list[int]]:
    """A segment of so many frames, scans alone and runs; its payloads by offset, and where each one's frame ends."""
    data = bytearray(segment_head(EPOCH, "edge-0"))
    payloads: dict[int, bytes] = {}
    ends: list[int] = []
    for _ in range(count):
        first = len(payloads)
        run = [
            randomness.randbytes(randomness.randrange(0, 300)) for _ in range(randomness.choice((1, 1, 2, 9)))
        ]
        payloads.update(enumerate(run, first))
        data += encode_frames(SEED, first, run)
        ends += [len(data)] * len(run)
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
        found = list(read_scans(mutate(data, randomness), SEED))
        offsets = [offset for offset, _ in found]
        assert offsets == sorted(set(offsets))
        assert all(payloads[offset] == payload for offset, payload in found)


@given(st.integers(0, 2**32), st.integers(0, 10_000_000))
def test_truncation_loses_only_the_frames_behind_the_cut(seed: int, cut: int) -> None:
    """A torn tail costs what was torn, not what lies before it."""
    data, _, ends = written(20, random.Random(seed))
    cut %= len(data)
    found = [offset for offset, _ in read_scans(data[:cut], SEED)]
    assert found == [offset for offset, end in enumerate(ends) if end <= cut]


@given(st.integers(0, 2**32), st.integers(0, 10_000_000))
def test_one_flipped_bit_loses_at_most_one_frame(seed: int, bit: int) -> None:
    """Reading goes on behind damage."""
    data, payloads, ends = written(20, random.Random(seed))
    damaged = bytearray(data)
    bit %= len(data) * 8
    damaged[bit // 8] ^= 1 << bit % 8
    found = {offset for offset, _ in read_scans(bytes(damaged), SEED)}
    assert len({ends[offset] for offset in payloads if offset not in found}) <= 1


def test_frames_of_another_epoch_are_not_taken_for_ours() -> None:
    """Old blocks of a reused disk must not come back as new scans."""
    alien = encode_frame(epoch_seed(EPOCH + 1), 3, b"old")
    assert list(read_scans(alien, SEED)) == []


_SIZES = st.integers(0, 300) | st.integers(0, FRAME_PAYLOAD_BYTES_MAX)


@given(st.lists(_SIZES, max_size=3 * RUN_SCANS_MAX), st.integers(0, 2**40), st.integers(0, 200))
def test_scans_written_together_are_read_one_by_one(sizes: list[int], first: int, begun: int) -> None:
    """From every scan on, also from the middle of a run, and whatever their sizes add up to."""
    payloads = [bytes([index % 256]) * size for index, size in enumerate(sizes)]
    data = encode_frames(SEED, first, payloads)
    begun = min(begun, len(payloads))
    assert list(read_scans(data, SEED, first + begun)) == list(enumerate(payloads[begun:], first + begun))


def test_a_run_costs_few_bytes() -> None:
    """A turn's scans share a frame, and with it a checksum and a head."""
    payloads = [b"scan" * 50] * RUN_SCANS_MAX
    data = encode_frames(SEED, 7, payloads)
    frame = read_frame(data, 0, SEED)
    assert frame is not None
    assert frame.payloads == tuple(payloads)
    assert len(data) < len(b"".join(payloads)) + 3 * RUN_SCANS_MAX


@given(st.binary(max_size=2000))
def test_reading_any_bytes_never_raises(data: bytes) -> None:
    """Whatever the disk gives back, the agent goes on."""
    assert len(list(read_scans(data, SEED))) == 0


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 2))
def test_names_round_trip_and_sort_as_written(epoch: int, first: int, number: int) -> None:
    """The order of names is the order of scans."""
    name = SegmentName(epoch, first, number)
    assert parse_name(str(name)) == name
    assert str(name) < str(SegmentName(epoch, first, number + 1))
    assert parse_name("lock") is None
