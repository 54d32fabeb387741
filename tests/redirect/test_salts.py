"""Salts at an edge: shared ones replace its own, and those of days that are over leave disk and memory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.redirect.day_salts import DaySalts
from waypost.redirect.limits import SALTS_MAX
from waypost.redirect.salts import SaltFile, merge
from waypost.redirect.store_format import Signals

DAY_MS = 86_400_000
SALTS = {day: bytes([day]) * 32 for day in range(1, 60)}
OWN = b"\xff" * 32


@pytest.fixture
def file(tmp_path: Path) -> SaltFile:
    """An empty file."""
    return SaltFile(tmp_path / "salts")


@given(st.sets(st.integers(1, 59)), st.sets(st.integers(1, 59)), st.integers(1, 59))
def test_a_salt_is_kept_until_the_day_after_its_own(known: set[int], offered: set[int], today: int) -> None:
    """R39, for any clock: today has one, nothing is older than yesterday, and the file cannot grow."""
    kept = merge(dict.fromkeys(known, OWN), {day: SALTS[day] for day in offered}, today, OWN)
    assert today in kept
    assert min(kept) >= today - 1
    assert len(kept) <= SALTS_MAX + 1
    assert all(kept[day] == SALTS[day] for day in offered & set(kept))


def test_a_salt_that_is_over_is_overwritten(file: SaltFile, tmp_path: Path) -> None:
    """What is written nowhere else is destroyed by being overwritten; a file beside it would keep it."""
    file.write(merge({}, {day: SALTS[day] for day in (5, 6, 7)}, 5, OWN))
    file.write(merge(file.read(), {day: SALTS[day] for day in (6, 7, 8)}, 7, OWN))
    assert sorted(file.read()) == [6, 7, 8]
    assert [path.name for path in tmp_path.iterdir()] == ["salts"]
    assert SALTS[5] not in (tmp_path / "salts").read_bytes()


def test_a_worker_forgets_what_the_agent_destroyed(file: SaltFile, tmp_path: Path) -> None:
    """A worker lives for months; a core file of it must not hold the salts of all these days."""
    signals = Signals(tmp_path / "signals")
    salts = DaySalts(file, signals)
    file.write({5: SALTS[5], 6: SALTS[6]})
    signals.move(Signals.SALTS)
    assert salts.of(5 * DAY_MS) == SALTS[5]
    file.write({7: SALTS[7], 8: SALTS[8]})
    signals.move(Signals.SALTS)
    assert salts.of(7 * DAY_MS) == SALTS[7]
    assert salts.known(5 * DAY_MS) is None
