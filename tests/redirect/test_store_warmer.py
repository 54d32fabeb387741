"""The link store in the page cache: what was let go is read again, and nothing else."""

import os
from pathlib import Path

import pytest
from tests.redirect.fake_control import key_of, link_value
from tests.redirect.link_store import build_store

from waypost.redirect.paths import EdgePaths
from waypost.redirect.store_format import current_store
from waypost.redirect.store_warmer import StoreWarmer

LINKS = 2_000
ATTEMPTS = 20


def let_go(file: Path) -> bool:
    """Take a file out of memory; False where the file system has no such thing."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        for _ in range(ATTEMPTS):  # a page that is just being written stays
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            try:
                os.preadv(descriptor, [bytearray(1)], file.stat().st_size // 2, os.RWF_NOWAIT)
            except BlockingIOError:
                return True
            except OSError:
                return False
        return False
    finally:
        os.close(descriptor)


def test_a_cold_store_is_read_through_once(tmp_path: Path) -> None:
    """Visits then wait for no disk; a warm store is left alone."""
    url = "https://example.com/" + "x" * 100
    build_store(tmp_path, {key_of(f"s{number}"): link_value(f"s{number}", url) for number in range(LINKS)})
    directory = EdgePaths(tmp_path).links
    store = current_store(directory)
    assert store is not None
    file = store / "data.mdb"
    if not let_go(file):
        pytest.skip("this file system keeps everything in memory, or does not tell")
    warmer = StoreWarmer(directory)
    assert warmer.warm() == file.stat().st_size
    assert warmer.warm() == 0


def test_no_store_and_no_time_are_nothing_to_read(tmp_path: Path) -> None:
    """Before the first store, and when the worker ends."""
    assert StoreWarmer(tmp_path).warm() == 0
    build_store(tmp_path, {key_of("a"): link_value("a", "https://example.com/")})
    warmer = StoreWarmer(EdgePaths(tmp_path).links)
    warmer.stop()
    assert warmer.warm() == 0
