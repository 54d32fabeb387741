"""Fixtures of the analytics tests."""

from pathlib import Path

import pytest
from tests.analytics.counting import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty store of this test's own."""
    return Bench(tmp_path)
