"""A client of the TrimLink dialect."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.contract.world import World

from waypost.control.dialects.trimlink.dialect import TRIMLINK


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """As a user of the vendor has it."""
    async with world.client(TRIMLINK) as opened:
        yield opened
