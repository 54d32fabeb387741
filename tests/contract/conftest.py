"""Fixtures of the contract tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.contract.world import World, new_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A Waypost in this process, with a clock that the test moves."""
    async with new_world(tmp_path) as opened:
        yield opened
