"""Fixtures of the analytics tests."""

from pathlib import Path

import pytest
from tests.analytics.counting import ENGINES, Bench


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Both stores, with the same tests."""
    return str(request.param)


@pytest.fixture
def bench(tmp_path: Path, engine: str) -> Bench:
    """An empty store of this test's own."""
    return Bench(tmp_path, engine)
