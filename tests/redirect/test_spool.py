"""The spool on a real disk: what is written, what is refused, what an error of the disk costs."""

import errno
import os
import time
from pathlib import Path

import pytest

from waypost.redirect import spool as spool_module
from waypost.redirect.limits import FRAME_PAYLOAD_BYTES_MAX
from waypost.redirect.spool import Durability, Spool, SpoolTaken, new_epoch, segments_in
from waypost.redirect.spool_reader import HOLE, Position, SpoolReader, prune


def read_all(directory: Path) -> list[bytes]:
    """Every scan of a spool, from the beginning."""
    reader = SpoolReader(directory)
    scans: list[bytes] = []
    while (run := reader.read(500, 100_000)) is not None:
        scans += run.payloads
    reader.close()
    return scans


def wait_until_synced(spool: Spool, *, deadline_s: float = 10.0) -> None:
    """Until everything appended is on the disk."""
    deadline = time.monotonic() + deadline_s
    while spool.synced_offset < spool.next_offset:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("durability", list(Durability))
def test_what_is_appended_is_read_back_in_order_over_segments(tmp_path: Path, durability: Durability) -> None:
    """Order and completeness are what offsets stand for."""
    spool = Spool(tmp_path, "edge-0", durability, segment_bytes=4096)
    scans = [b"scan %d" % number for number in range(1000)]
    assert all(map(spool.append, scans))
    spool.close()
    assert len(segments_in(tmp_path)) > 5
    assert read_all(tmp_path) == scans


def test_a_group_reaches_the_disk_without_further_scans(tmp_path: Path) -> None:
    """The last scan before a quiet hour must not wait for the next one."""
    spool = Spool(tmp_path, "edge-0", Durability.GROUP)
    spool.append(b"only")
    wait_until_synced(spool)
    assert (spool.synced_offset, spool.unsynced_age_s) == (1, 0.0)
    spool.close()


def test_each_start_has_its_own_epoch_and_reading_crosses_them(tmp_path: Path) -> None:
    """No (epoch, offset) may name two scans, whatever the last process left behind."""
    epochs = []
    for text in (b"one", b"two", b"three"):
        spool = Spool(tmp_path, "edge-0", Durability.OS)
        spool.append(text)
        epochs.append(spool.epoch)
        spool.close()
    assert epochs == sorted(set(epochs))
    assert read_all(tmp_path) == [b"one", b"two", b"three"]
    assert new_epoch(5, 0, existing=10**18) == 10**18 + 1


def test_a_torn_tail_ends_its_epoch_and_hides_nothing(tmp_path: Path) -> None:
    """A process killed in the middle of a write leaves half a frame; the next start goes on behind it."""
    spool = Spool(tmp_path, "edge-0", Durability.OS)
    spool.append(b"whole")
    spool.close()
    with (tmp_path / str(segments_in(tmp_path)[0])).open("ab") as segment:
        segment.write(b"\xa7WPF\x00\x00")
    second = Spool(tmp_path, "edge-0", Durability.OS)
    second.append(b"next")
    second.close()
    assert read_all(tmp_path) == [b"whole", b"next"]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """Two processes on one spool would share offsets."""
    first = Spool(tmp_path, "edge-0", Durability.OS)
    with pytest.raises(SpoolTaken):
        Spool(tmp_path, "edge-0", Durability.OS)
    first.close()
    Spool(tmp_path, "edge-0", Durability.OS).close()


def test_a_full_spool_drops_exactly_and_takes_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redirects go on; every scan that could not be kept is counted."""
    monkeypatch.setattr(spool_module, "_SPACE_CHECK_INTERVAL_S", 0.0)
    spool = Spool(tmp_path, "edge-0", Durability.OS, bytes_max=20_000, segment_bytes=4096)
    kept = sum(spool.append(b"x" * 100) for _ in range(500))
    assert 100 < kept < 200
    assert spool.dropped == 500 - kept
    for name in segments_in(tmp_path)[:-1]:
        (tmp_path / str(name)).unlink()
    assert spool.append(b"again")
    assert not spool.append(b"x" * (FRAME_PAYLOAD_BYTES_MAX + 1))
    assert spool.dropped == 501 - kept
    spool.close()


def test_a_disk_that_refuses_writes_costs_only_counted_scans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC and short writes leave garbage behind; no frame is appended behind it."""
    monkeypatch.setattr(spool_module, "_SPACE_CHECK_INTERVAL_S", 0.0)
    spool = Spool(tmp_path, "edge-0", Durability.OS)
    spool.append(b"before")
    real_write = os.write
    calls = 0

    def failing(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls % 2:
            return real_write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", failing)
    assert [spool.append(b"lost") for _ in range(6)] == [False] * 6
    monkeypatch.setattr(os, "write", real_write)
    assert spool.append(b"after")
    spool.close()
    assert spool.dropped == 6
    assert read_all(tmp_path) == [b"before", b"after"]


def test_a_sync_error_writes_the_frames_anew_and_never_syncs_them_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed fdatasync the kernel forgets what it could not write, and says all is well."""
    monkeypatch.setattr(spool_module, "_SPACE_CHECK_INTERVAL_S", 0.01)
    synced: list[int] = []
    real_sync = os.fdatasync

    def failing_once(descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        synced.append(inode)
        if len(synced) == 1:
            raise OSError(errno.EIO, "Input/output error")
        real_sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", failing_once)
    spool = Spool(tmp_path, "edge-0", Durability.GROUP)
    scans = [b"scan %d" % number for number in range(100)]
    for scan in scans:
        spool.append(scan)
    wait_until_synced(spool)
    spool.close()
    assert synced[0] not in synced[1:]
    assert len(segments_in(tmp_path)) == 2
    assert read_all(tmp_path) == scans
    first = segments_in(tmp_path)[0]
    (tmp_path / str(first)).unlink()
    assert read_all(tmp_path) == scans


def test_lost_frames_are_delivered_as_holes(tmp_path: Path) -> None:
    """Whoever counts must see that scans were lost, not wait for them."""
    spool = Spool(tmp_path, "edge-0", Durability.OS, segment_bytes=1000)
    for number in range(100):
        spool.append(b"%03d" % number * 10)
    spool.close()
    names = segments_in(tmp_path)
    victim = tmp_path / str(names[1])
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 0xFF
    victim.write_bytes(data)
    (tmp_path / str(names[2])).write_bytes(b"")
    lost = names[3].first - names[2].first + 1
    scans = read_all(tmp_path)
    assert len(scans) == 100
    assert scans.count(HOLE) == lost
    assert all(scan in {HOLE, b"%03d" % number * 10} for number, scan in enumerate(scans))


def test_reading_goes_on_from_any_position(tmp_path: Path) -> None:
    """A start, a rewind and a fence all begin somewhere in the middle."""
    spool = Spool(tmp_path, "edge-0", Durability.OS, segment_bytes=2000)
    for number in range(200):
        spool.append(b"%d" % number)
    reader = SpoolReader(tmp_path)
    for offset in (0, 199, 57, 120):
        reader.seek(Position(spool.epoch, offset))
        run = reader.read(3, 1000)
        assert run is not None
        assert (run.first, run.payloads[0]) == (offset, b"%d" % offset)
    assert reader.read(500, 10) is not None
    reader.seek(Position(spool.epoch, 200))
    assert reader.read(10, 1000) is None
    spool.append(b"new")
    fresh = reader.read(10, 1000)
    assert fresh is not None
    assert fresh.payloads == (b"new",)
    reader.close()
    spool.close()


def test_shipped_segments_stay_until_they_are_old_or_room_is_short(tmp_path: Path) -> None:
    """A broker that lost what it acknowledged is given it again from here."""
    spool = Spool(tmp_path, "edge-0", Durability.OS, segment_bytes=2000)
    for _ in range(200):
        spool.append(b"x" * 50)
    spool.close()
    shipped = Position(spool.epoch, 100)
    before = len(segments_in(tmp_path))
    prune(tmp_path, shipped, time.time())
    assert len(segments_in(tmp_path)) == before
    prune(tmp_path, shipped, time.time(), bytes_max=1)
    left = segments_in(tmp_path)
    assert left[0].first <= 100 < left[1].first
