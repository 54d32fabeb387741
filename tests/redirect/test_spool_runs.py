"""Scans that are written together, as those of a turn of the event loop are: every one is read once, in its place."""

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.redirect.test_spool import read_all, wait_until_synced

from waypost.redirect import spool as spool_module
from waypost.redirect.limits import RUN_SCANS_MAX
from waypost.redirect.spool import Durability, Spool, segments_in
from waypost.redirect.spool_reader import HOLE, Position, SpoolReader

SCANS = [b"scan %03d " % number * 20 for number in range(3 * RUN_SCANS_MAX)]


@given(
    st.lists(st.integers(1, 2 * RUN_SCANS_MAX + 2), min_size=1, max_size=8),
    st.integers(1, 200),
    st.integers(1, 4000),
    st.integers(0, 2**32),
)
def test_runs_are_read_in_any_portions_and_from_anywhere(
    turns: list[int], count_max: int, bytes_max: int, seed: int
) -> None:
    """A message ends in the middle of a run, and a restart begins there."""
    randomness = random.Random(seed)
    scans = [randomness.randbytes(randomness.randrange(1, 60)) for _ in range(sum(turns))]
    with tempfile.TemporaryDirectory() as directory:
        spool = Spool(Path(directory), "edge-0", Durability.OS, segment_bytes=8_000)
        start = 0
        for turn in turns:
            spool.append_all(scans[start : start + turn])
            start += turn
        reader = SpoolReader(Path(directory))
        first = randomness.randrange(len(scans))
        reader.seek(Position(spool.epoch, first))
        found: list[bytes] = []
        while (run := reader.read(count_max, bytes_max)) is not None:
            assert run.first == first + len(found)
            assert len(run.payloads) <= count_max
            assert len(run.payloads) == 1 or sum(map(len, run.payloads)) <= bytes_max
            found += run.payloads
        assert found == scans[first:]
        assert (spool.dropped, reader.bad_frames) == (0, 0)
        reader.close()
        spool.close()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("then", ["has room", "stays full"])
def test_a_disk_that_takes_part_of_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, then: str
) -> None:
    """What lies there whole is not written twice; what does not is written anew, or counted as dropped."""
    monkeypatch.setattr(spool_module, "_SPACE_CHECK_INTERVAL_S", 0.0)
    spool = Spool(tmp_path, "edge-0", Durability.GROUP)
    spool.append(b"before")
    real_write = os.write
    writes = 0

    def failing(descriptor: int, data: bytes) -> int:
        nonlocal writes
        writes += 1
        if writes == 1:
            return real_write(descriptor, data[: int(len(data) * share)])
        return real_write(descriptor, data[:7]) if then == "stays full" else real_write(descriptor, data)

    monkeypatch.setattr(os, "write", failing)
    spool.append_all(SCANS)
    monkeypatch.setattr(os, "write", real_write)
    kept = len(SCANS) - spool.dropped
    assert kept == len(SCANS) if then == "has room" else kept == int(3 * share) * RUN_SCANS_MAX
    assert spool.append(b"after")
    spool.close()
    assert read_all(tmp_path) == [b"before", *SCANS[:kept], b"after"]


def test_a_sync_error_writes_the_scans_of_runs_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, from memory: the first segment is never needed again."""
    monkeypatch.setattr(spool_module, "_SPACE_CHECK_INTERVAL_S", 0.01)
    real_sync = os.fdatasync
    failures = [OSError(5, "Input/output error")]

    def failing_once(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        real_sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", failing_once)
    spool = Spool(tmp_path, "edge-0", Durability.GROUP)
    spool.append(b"first")
    spool.append_all(SCANS)
    wait_until_synced(spool)
    spool.close()
    assert read_all(tmp_path) == [b"first", *SCANS]
    (tmp_path / str(segments_in(tmp_path)[0])).unlink()
    assert read_all(tmp_path)[-len(SCANS) :] == SCANS


def test_a_damaged_run_is_holes_and_nothing_else_is_lost(tmp_path: Path) -> None:
    """Whoever counts sees how many scans the disk lost."""
    spool = Spool(tmp_path, "edge-0", Durability.OS)
    spool.append(b"first")
    spool.append_all(SCANS)
    spool.close()
    segment = tmp_path / str(segments_in(tmp_path)[0])
    data = bytearray(segment.read_bytes())
    data[data.index(SCANS[RUN_SCANS_MAX])] ^= 1
    segment.write_bytes(data)
    holes = [HOLE] * RUN_SCANS_MAX
    assert read_all(tmp_path) == [b"first", *SCANS[:RUN_SCANS_MAX], *holes, *SCANS[2 * RUN_SCANS_MAX :]]
