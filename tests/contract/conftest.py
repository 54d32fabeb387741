"""Fixtures of the contract tests."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.analytics.counting import Bench
from tests.contract.running import serving
from tests.contract.world import World, new_world
from tests.control.test_reports import LocalBus


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A Waypost in this process, with a clock that the test moves."""
    async with new_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    """Where the world is served, for clients in other processes; dialects stand below it."""
    async with serving(world) as url:
        yield url


@pytest.fixture
def bench(world: World, tmp_path: Path) -> Iterator[Bench]:
    """A scan store in this process, which dialects ask; only the broker is left out."""
    bench = Bench(tmp_path / "analytics")
    with ThreadPoolExecutor(2) as threads:
        world.control.bus = LocalBus(bench.desk(threads))
        yield bench
    bench.store.close()
