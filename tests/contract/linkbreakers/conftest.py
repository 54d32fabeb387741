"""A client as Linkbreakers' users have it, in this process and over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.analytics.counting import Bench
from tests.contract.linkbreakers.scan_store import count_visits
from tests.contract.running import serving
from tests.contract.world import World

from waypost.control.dialects.base.mount import Mounts
from waypost.control.dialects.dialect import application
from waypost.control.dialects.linkbreakers.dialect import LINKBREAKERS

MOUNT = "linkbreakers"
TARGET = "https://example.com/landing-page"


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose token may do everything."""
    async with world.client(LINKBREAKERS) as opened:
        yield opened


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty store of scans."""
    return Bench(tmp_path)


@pytest.fixture
async def link(client: httpx.AsyncClient, world: World, bench: Bench) -> dict[str, Any]:
    """A link that was scanned twice by one person and clicked by a robot."""
    answer = await client.post("/v1/links", json={"destination": TARGET, "name": "=Launch"})
    made: dict[str, Any] = answer.json()["link"]
    count_visits(world, bench, made["id"])
    return made


@pytest.fixture
async def served(world: World) -> AsyncIterator[str]:
    """The base URL of the dialect on a real port, for clients in other languages and processes."""
    inner = application(LINKBREAKERS, world.control, world.limiter)
    async with serving(world, Mounts({MOUNT: inner}, {}, inner)) as url:
        yield f"{url}/{MOUNT}"
